/// How easily the rows of a table can be told apart by its quasi-identifiers.
package struct RiskFigures: Sendable {
    /// Rows looked at.
    package let rows: Int
    /// Combinations of quasi-identifiers.
    package let classes: Int
    /// Rows of the smallest class: the k of the table.
    package let smallest: Int
    /// Rows that nobody else is like.
    package let unique: Int
    /// What classes tell of sensitive columns.
    package var sensitive: [Sensitive] = []

    /// What the classes of a table tell of a sensitive column, each figure that of the class which tells most.
    package struct Sensitive: Sendable {
        /// The column.
        package let column: String
        /// Different values, at the least.
        package let distinct: Int
        /// As many equally frequent values have the entropy of the class with the least.
        package let entropy: Double
        /// The largest distance from all rows.
        package let distance: Double
        /// How far two values are from each other.
        package let ground: SensitiveRule.Distance
    }

    /// Rows of a class on average.
    package var average: Double { classes == 0 ? 0 : Double(rows) / Double(classes) }
    /// The part of all rows that nobody else is like.
    package var uniqueness: Double { rows == 0 ? 0 : Double(unique) / Double(rows) }

    /// How likely somebody is found: with the least luck, and on average over all rows.
    package struct Risk: Sendable {
        /// For the row that is found most easily.
        package let highest: Double
        /// On average.
        package let average: Double
    }

    /// The risk for somebody who is known to be in the table.
    package var prosecutor: Risk { risk(inPopulation: rows) }

    /// The risk where nobody knows who is in the table, a sample of `population` rows like it. The average is also what
    /// somebody gains who wants to find as many as he can (the marketer's risk).
    package func journalist(population: Int) -> Risk { risk(inPopulation: population) }

    private func risk(inPopulation population: Int) -> Risk {
        guard rows > 0, smallest > 0 else { return Risk(highest: 0, average: 0) }
        let part = min(1, Double(rows) / Double(max(rows, population)))
        return Risk(highest: part / Double(smallest), average: part * Double(classes) / Double(rows))
    }

    /// Figures of classes, by how many there are of each size.
    init(_ sizes: [(rows: Int, classes: Int)]) {
        rows = sizes.reduce(0) { $0 + $1.rows * $1.classes }
        classes = sizes.reduce(0) { $0 + $1.classes }
        smallest = sizes.map(\.rows).min() ?? 0
        unique = sizes.first { $0.rows == 1 }?.classes ?? 0
    }

    /// Figures of the classes that `kept` leaves; nil for all.
    init(_ all: Classes, kept: [Bool]? = nil, _ columns: [(name: String, values: Int, SensitiveRule.Distance)]) {
        let kept = kept ?? [Bool](repeating: true, count: all.count)
        var sizes: [Int: Int] = [:]
        for (count, stays) in zip(all.counts, kept) where stays { sizes[count, default: 0] += 1 }
        self.init(sizes.map { ($0.key, $0.value) })
        sensitive = zip(all.values, columns).map { values, column in
            let grouped = values.byClass(all.count)
            let reference = Diversity.Reference(Diversity.totals(values, cardinality: column.values, kept: kept))
            var (distinct, entropy, distance) = (Int.max, Double.infinity, 0.0)
            for id in kept.indices where kept[id] {
                let range = grouped.range(id)
                let (values, counts) = (grouped.values[range], grouped.counts[range])
                distinct = min(distinct, counts.count)
                entropy = min(entropy, Diversity.entropy(counts))
                distance = max(distance, reference.distance(values, counts, column.2))
            }
            if distinct == .max { (distinct, entropy) = (0, 0) }
            return Sensitive(
                column: column.name, distinct: distinct, entropy: entropy, distance: distance, ground: column.2)
        }
    }
}
