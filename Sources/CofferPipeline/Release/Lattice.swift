/// All combinations of levels, numbered.
struct Lattice: Sendable {
    /// How many levels each column has.
    let levels: [Int]
    /// What a step up in a column adds to the number.
    let strides: [Int]
    let count: Int

    /// Nil where there are more than ``limit``.
    init?(_ levels: [Int]) {
        var (strides, product) = ([Int](), 1)
        for level in levels {
            strides.append(product)
            product *= level
            if product > Self.limit { return nil }
        }
        (self.levels, self.strides, count) = (levels, strides, product)
    }

    static let limit = 4_000_000

    var top: Int { count - 1 }

    func level(_ node: Int, _ column: Int) -> Int { node / strides[column] % levels[column] }

    func levels(of node: Int) -> [Int] { levels.indices.map { level(node, $0) } }

    /// Calls `body` for each node one step coarser.
    func forEachAbove(_ node: Int, _ body: (Int) -> Void) {
        for column in levels.indices where level(node, column) + 1 < levels[column] { body(node + strides[column]) }
    }

    /// Calls `body` for each node one step finer.
    func forEachBelow(_ node: Int, _ body: (Int) -> Void) {
        for column in levels.indices where level(node, column) > 0 { body(node - strides[column]) }
    }
}
