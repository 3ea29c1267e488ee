/// Which classes of a table may be released, and which rows are left out.
struct Judgement: Sendable {
    /// For each class whether it stays.
    private(set) var kept: [Bool]
    /// Rows in classes too small, or with too few different values. Coarser levels never have more of them: a class that others
    /// join keeps its rows and its values. Nothing of the kind holds of entropy, (c, l) and t where rows may be left out,
    /// since a class that is left out can join one that is not.
    let unfit: Int
    /// Rows in classes that are left out for whatever reason.
    private(set) var suppressed: Int

    /// Judges `classes`; classes are looked at closely only where no more than `limit` rows are unfit.
    init(_ classes: Classes, _ rule: ReleaseRule, sensitive: [Int], limit: Int) {
        kept = classes.counts.map { $0 >= rule.k }
        for (column, values) in zip(rule.sensitive, classes.values) where column.distinct > 1 {
            var distinct = [Int](repeating: 0, count: classes.count)
            for id in values.classes { distinct[Int(id)] += 1 }
            for id in kept.indices where distinct[id] < column.distinct { kept[id] = false }
        }
        unfit = Self.leftOut(classes, kept)
        suppressed = unfit
        guard unfit <= limit, rule.sensitive.contains(where: { !$0.isMonotone }) else { return }
        let grouped = classes.values.map { $0.byClass(classes.count) }
        for (column, grouped) in zip(rule.sensitive, grouped) where column.entropy != nil || column.recursive != nil {
            for id in kept.indices where kept[id] {
                let counts = grouped.counts[grouped.range(id)]
                // What is just as much as asked for must not fail by rounding.
                let hasEntropy = column.entropy.map { Diversity.entropy(counts) >= $0 * (1 - 1e-12) } ?? true
                let isRecursive =
                    column.recursive.map { Diversity.isRecursive(counts, c: $0.c, l: $0.l) } ?? true
                kept[id] = hasEntropy && isRecursive
            }
        }
        bringClose(classes, rule, sensitive, grouped)
        suppressed = Self.leftOut(classes, kept)
    }

    /// Leaves out classes that are too far from all rows that stay, until none is.
    private mutating func bringClose(
        _ classes: Classes, _ rule: ReleaseRule, _ sensitive: [Int], _ grouped: [Classes.Values.Grouped]
    ) {
        var isStable = false
        while !isStable {
            isStable = true
            let before = kept
            for (at, column) in rule.sensitive.enumerated() {
                guard let closeness = column.closeness else { continue }
                let reference = Diversity.Reference(
                    Diversity.totals(classes.values[at], cardinality: sensitive[at], kept: before))
                for id in kept.indices where kept[id] {
                    let range = grouped[at].range(id)
                    let distance = reference.distance(
                        grouped[at].values[range], grouped[at].counts[range], closeness.distance)
                    if distance > closeness.t + 1e-12 { (kept[id], isStable) = (false, false) }
                }
            }
        }
    }

    private static func leftOut(_ classes: Classes, _ kept: [Bool]) -> Int {
        zip(classes.counts, kept).reduce(0) { $1.1 ? $0 : $0 + $1.0 }
    }
}
