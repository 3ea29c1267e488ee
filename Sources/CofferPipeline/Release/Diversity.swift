#if canImport(Glibc)
    import Glibc
#endif

/// How much a class tells of a sensitive column: the values of its rows, by how often they stand there.
enum Diversity {
    /// As many equally frequent values would have the same entropy (Machanavajjhala et al. 2007, 4.1).
    static func entropy(_ counts: some Collection<Int>) -> Double {
        let total = Double(counts.reduce(0, +))
        guard total > 0 else { return 0 }
        // By size, so that the sum does not depend on the order.
        return exp(counts.sorted(by: >).reduce(0.0) { $0 - Double($1) / total * log(Double($1) / total) })
    }

    /// Whether the most frequent value is rarer than `c` times all from the `l`-th most frequent on together.
    static func isRecursive(_ counts: some Collection<Int>, c: Double, l: Int) -> Bool {
        let sorted = counts.sorted(by: >)
        guard sorted.count >= l else { return false }
        return Double(sorted[0]) < c * Double(sorted[(l - 1)...].reduce(0, +))
    }

    /// What all rows have of each value, to compare classes with.
    struct Reference: Sendable {
        private let shares: [Double]
        /// The values that there are, in order.
        private let present: [Int]

        /// `counts` by value.
        init(_ counts: [Int]) {
            let total = Double(max(1, counts.reduce(0, +)))
            shares = counts.map { Double($0) / total }
            present = counts.indices.filter { counts[$0] > 0 }
        }

        /// The earth mover's distance of a class from all rows (Li et al. 2007, 4.1 and 4.2).
        func distance(
            _ values: ArraySlice<UInt32>, _ counts: ArraySlice<Int>, _ distance: SensitiveRule.Distance
        ) -> Double {
            let total = Double(counts.reduce(0, +))
            guard total > 0, present.count > 1 else { return 0 }
            var sum = 0.0
            if distance == .equal {
                var covered = 0.0
                for (value, count) in zip(values, counts) {
                    sum += abs(Double(count) / total - shares[Int(value)])
                    covered += shares[Int(value)]
                }
                return (sum + max(0, 1 - covered)) / 2
            }
            var (at, carried) = (values.startIndex, 0.0)
            for value in present {
                if at < values.endIndex, Int(values[at]) == value {
                    carried += Double(counts[at]) / total
                    at += 1
                }
                carried -= shares[value]
                sum += abs(carried)
            }
            return sum / Double(present.count - 1)
        }
    }

    /// How often each of `cardinality` values stands in the classes that `kept` leaves.
    static func totals(_ values: Classes.Values, cardinality: Int, kept: [Bool]) -> [Int] {
        var totals = [Int](repeating: 0, count: cardinality)
        for entry in values.values.indices where kept[Int(values.classes[entry])] {
            totals[Int(values.values[entry])] += values.counts[entry]
        }
        return totals
    }
}
