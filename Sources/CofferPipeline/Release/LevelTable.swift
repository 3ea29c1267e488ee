/// The values of a quasi-identifier at every level of its ladder, as codes.
struct LevelTable: Sendable {
    /// For each level the code of each value of level 0, which has its own.
    let codes: [[UInt32]]
    /// How many different values each level has.
    let cardinalities: [Int]
    /// For each level, for each code: how many values of level 0 it stands for, less one.
    let lost: [[Int]]
    /// The values themselves, by level.
    let values: [ValueTable]

    /// How many values of level 0 there are, less one: what a row loses where it is left out.
    var mostLost: Int { max(0, cardinalities[0] - 1) }

    /// What all rows lose together at a level, in values; `counts` says how often each value stands in the table.
    func loss(_ level: Int, _ counts: [Int]) -> Int {
        zip(codes[level], counts).reduce(0) { $0 + $1.1 * lost[level][Int($1.0)] }
    }

    /// Which code each code of level `from` becomes at the coarser level `to`; nil where the two are the same.
    func map(from: Int, to: Int) -> [UInt32]? {
        if from == to { return nil }
        var map = [UInt32](repeating: 0, count: cardinalities[from])
        for (old, new) in zip(codes[from], codes[to]) { map[Int(old)] = new }
        return map
    }

    /// Tables of the values of each level, one for each value of level 0.
    /// - Throws: ``PipelineError`` where a level is not coarser than the one before.
    init(_ codes: [[UInt32]], _ values: [ValueTable], column: String) throws(PipelineError) {
        (self.codes, self.values) = (codes, values)
        cardinalities = values.map(\.count)
        for level in codes.indices.dropFirst() {
            var coarser = [UInt32?](repeating: nil, count: values[level - 1].count)
            for (old, new) in zip(codes[level - 1], codes[level]) {
                guard coarser[Int(old)] ?? new == new else {
                    throw PipelineError(
                        .policy,
                        "column \(column): two values that are one at level \(level - 1) of its ladder differ at level \(level)",
                        hint: "each level has to group the groups of the one before")
                }
                coarser[Int(old)] = new
            }
        }
        lost = codes.indices.map { level in
            var lost = [Int](repeating: -1, count: values[level].count)
            for code in codes[level] { lost[Int(code)] += 1 }
            return lost
        }
    }
}
