/// Finds the levels at which a table loses least and still meets the rule: among all combinations of levels, exactly.
///
/// What is lost is the mean over all cells of the part of a column's values that a cell no longer tells apart (Iyengar 2002, the
/// loss metric; the normalized certainty penalty of Xu et al. 2006 counts alike), columns by their weights; a row that
/// is left out loses everything. Two things prune. What a combination loses without leaving out a row is a bound on
/// it and on all coarser ones, and adds up column by column. And where too many rows are unfit, so they are at all finer ones
/// (see ``Judgement/unfit``). Of equal losses the one with the fewest steps up wins, then the first by column.
struct ReleaseSearch {
    /// A combination of levels that meets the rule.
    struct Found {
        let node: Int
        let loss: Double
        /// Steps up in all columns together.
        let steps: Int
    }

    private enum State: UInt8 {
        case unknown, hopeless, possible, seen
    }

    private let rule: ReleaseRule
    private let tables: [LevelTable]
    private let sensitive: [Int]
    private let lattice: Lattice
    private let rows: Int
    private let limit: Int
    /// For each column and level its part of the loss where no row is left out.
    private let parts: [[Double]]
    private var states: [State]
    private var anchors: Anchors
    private(set) var best: Found?
    /// Combinations that were looked at.
    private(set) var looked = 0

    /// A search over `classes` of level 0; `sensitive` says how many values each sensitive column has.
    init(_ rule: ReleaseRule, _ classes: Classes, tables: [LevelTable], sensitive: [Int]) throws(PipelineError) {
        guard let lattice = Lattice(tables.map(\.codes.count)) else {
            throw PipelineError(
                .tooLarge, "the ladders of release have over \(Lattice.limit) combinations of levels",
                hint: "take out levels, or columns")
        }
        (self.rule, self.tables, self.sensitive, self.lattice) = (rule, tables, sensitive, lattice)
        rows = classes.rows
        limit = rule.suppressionLimit.part(of: classes.rows)
        states = [State](repeating: .unknown, count: lattice.count)
        anchors = Anchors(classes, tables: tables, sensitive: sensitive)
        let all = classes.rows
        var parts: [[Double]] = []
        for (column, table) in tables.enumerated() {
            var counts = [Int](repeating: 0, count: table.cardinalities[0])
            for (code, count) in zip(classes.codes[column], classes.counts) { counts[Int(code)] += count }
            parts.append(
                table.codes.indices.map { Self.part(table.loss($0, counts), of: table, left: 0, rows: all) })
        }
        self.parts = parts
    }

    /// What a column loses, from 0 to 1.
    private static func part(_ lost: Int, of table: LevelTable, left: Int, rows: Int) -> Double {
        guard rows > 0 else { return 0 }
        guard table.mostLost > 0 else { return Double(left) / Double(rows) }
        return (Double(lost) + Double(left) * Double(table.mostLost)) / (Double(rows) * Double(table.mostLost))
    }

    private func mean(_ part: (Int) -> Double) -> Double {
        var (sum, weights) = (0.0, 0.0)
        for (column, quasi) in rule.quasi.enumerated() {
            let weight = quasi.weight.approximate
            (sum, weights) = (sum + weight * part(column), weights + weight)
        }
        return sum / weights
    }

    private func bound(_ node: Int) -> Double { mean { parts[$0][lattice.level(node, $0)] } }

    /// What is lost at the levels of a node: of each column, and of all.
    func loss(_ classes: Classes, _ judgement: Judgement, _ levels: [Int]) -> (columns: [Double], all: Double) {
        let columns = tables.indices.map { column in
            let (table, level) = (tables[column], levels[column])
            var lost = 0
            for (id, code) in classes.codes[column].enumerated() where judgement.kept[id] {
                lost += classes.counts[id] * table.lost[level][Int(code)]
            }
            return Self.part(lost, of: table, left: judgement.suppressed, rows: rows)
        }
        return (columns, mean { columns[$0] })
    }

    /// The levels that lose least; nil where not even the coarsest meet the rule. `check` may end the search.
    mutating func run(check: () throws -> Void) throws -> [Int]? {
        guard look(lattice.top) else { return nil }
        for node in lattice.finestFirst where states[node] == .unknown {
            try check()
            if isWorse(bound(node)) { continue }
            try follow(path(from: node), check)
        }
        let open = states.indices.filter { states[$0] == .possible || states[$0] == .unknown }
            .map { (node: $0, bound: bound($0)) }.filter { !isWorse($0.bound) }
            .sorted { ($0.bound, $0.node) < ($1.bound, $1.node) }
        for (node, bound) in open where states[node] == .possible || states[node] == .unknown {
            if isWorse(bound) { break }
            try check()
            _ = look(node)
        }
        return best.map { lattice.levels(of: $0.node) }
    }

    /// Whether nothing with this bound can be the best any more. Bounds are sums of fractions, rounded here and there.
    private func isWorse(_ bound: Double) -> Bool { best.map { bound > $0.loss + 1e-12 } ?? false }

    /// Nodes of which nothing is known, from `node` up, by the steps that lose least.
    private func path(from node: Int) -> [Int] {
        var path = [node]
        while let last = path.last {
            var next: (node: Int, bound: Double)?
            lattice.forEachAbove(last) { above in
                guard states[above] == .unknown else { return }
                let bound = bound(above)
                if next.map({ bound < $0.bound }) ?? true { next = (above, bound) }
            }
            guard let next else { break }
            path.append(next.node)
        }
        return path
    }

    /// Finds out where on a path the rule begins to be met.
    private mutating func follow(_ path: [Int], _ check: () throws -> Void) throws {
        var (low, high) = (0, path.count - 1)
        while low <= high {
            let middle = (low + high) / 2
            try check()
            if look(path[middle]) { high = middle - 1 } else { low = middle + 1 }
        }
    }

    /// Judges a node and notes what it says of others. False where no finer one can meet the rule either.
    @discardableResult
    private mutating func look(_ node: Int) -> Bool {
        let levels = lattice.levels(of: node)
        let classes = anchors.classes(at: levels)
        let judgement = Judgement(classes, rule, sensitive: sensitive, limit: limit)
        looked += 1
        // Where no row may be left out, all criteria hold for coarser levels once they hold.
        let isHopeless = limit == 0 ? judgement.suppressed > 0 : judgement.unfit > limit
        spread(from: node, isHopeless ? .hopeless : .possible)
        states[node] = isHopeless ? .hopeless : .seen
        if isHopeless { return false }
        if judgement.suppressed <= limit {
            let found = Found(
                node: node, loss: loss(classes, judgement, levels).all, steps: levels.reduce(0, +))
            let isBetter = best.map { (found.loss, found.steps, found.node) < ($0.loss, $0.steps, $0.node) } ?? true
            if isBetter { best = found }
        }
        return true
    }

    /// What holds for a node holds for all finer ones (hopeless) or all coarser ones (possible).
    private mutating func spread(from node: Int, _ state: State) {
        var stack = [node]
        while let at = stack.popLast() {
            func visit(_ next: Int) {
                guard states[next] == .unknown else { return }
                states[next] = state
                stack.append(next)
            }
            if state == .hopeless { lattice.forEachBelow(at, visit) } else { lattice.forEachAbove(at, visit) }
        }
    }
}

extension Lattice {
    /// All nodes by their steps up, then by number.
    fileprivate var finestFirst: [Int] {
        let steps = (0..<count).map { levels(of: $0).reduce(0, +) }
        return (0..<count).sorted { (steps[$0], $0) < (steps[$1], $1) }
    }
}

/// Classes at levels that were looked at, to make coarser ones from: the fewer there are, the sooner it is done. All together
/// they are no more than those of the values as they are, so memory stays bounded.
struct Anchors {
    private static let limit = 64
    private let tables: [LevelTable]
    private let sensitive: [Int]
    private var kept: [(levels: [Int], classes: Classes)]

    init(_ classes: Classes, tables: [LevelTable], sensitive: [Int]) {
        (self.tables, self.sensitive) = (tables, sensitive)
        kept = [(tables.map { _ in 0 }, classes)]
    }

    mutating func classes(at levels: [Int]) -> Classes {
        var from = kept[0]
        for anchor in kept where anchor.classes.count < from.classes.count {
            if zip(anchor.levels, levels).allSatisfy({ $0 <= $1 }) { from = anchor }
        }
        if from.levels == levels { return from.classes }
        let classes = from.classes.coarser(
            tables.indices.map { tables[$0].map(from: from.levels[$0], to: levels[$0]) },
            cardinalities: tables.indices.map { tables[$0].cardinalities[levels[$0]] }, sensitive: sensitive)
        if classes.count * 2 <= from.classes.count {
            kept.append((levels, classes))
            var count = kept.dropFirst().reduce(0) { $0 + $1.classes.count }
            while kept.count > Self.limit || count > kept[0].classes.count {
                count -= kept.remove(at: 1).classes.count
            }
        }
        return classes
    }
}
