/// Rows by their combination of quasi-identifiers, as codes: what is left of a table for whoever only looks at these.
struct Classes: Sendable {
    /// For each quasi-identifier the code of each class.
    let codes: [[UInt32]]
    /// How many rows each class has.
    let counts: [Int]
    /// For each sensitive column its values in the classes.
    let values: [Values]

    /// How often values stand in classes: entries in no order, none twice.
    struct Values: Sendable {
        var classes: [UInt32] = []
        var values: [UInt32] = []
        var counts: [Int] = []
    }

    var count: Int { counts.count }
    var rows: Int { counts.reduce(0, +) }

    /// The classes of rows with these codes; `rows` says how often each of them stands in the table.
    init(_ codes: [[UInt32]], _ values: [[UInt32]], rows: [Int], cardinalities: [Int], sensitive: [Int]) {
        let entries = values.map { Values(classes: Array(0..<UInt32(rows.count)), values: $0, counts: rows) }
        self.init(codes, counts: rows, values: entries, cardinalities: cardinalities, sensitive: sensitive)
    }

    private init(
        _ codes: [[UInt32]], counts: [Int], values: [Values], cardinalities: [Int], sensitive: [Int]
    ) {
        var ids: [UInt32] = []
        let combinations = Combinations(codes, cardinalities: cardinalities, rows: counts.count, ids: &ids)
        let count = combinations.count
        var (sums, firsts) = ([Int](repeating: 0, count: count), [Int](repeating: -1, count: count))
        for (row, id) in ids.enumerated() {
            sums[Int(id)] += counts[row]
            if firsts[Int(id)] < 0 { firsts[Int(id)] = row }
        }
        self.codes = codes.map { column in firsts.map { column[$0] } }
        self.counts = sums
        self.values = zip(values, sensitive).map { $0.joined(ids, $1) }
    }

    /// Fewer classes, where `maps` says which code each code becomes; nil: it stays.
    func coarser(_ maps: [[UInt32]?], cardinalities: [Int], sensitive: [Int]) -> Classes {
        let mapped = zip(codes, maps).map { column, map in
            map.map { map in column.map { map[Int($0)] } } ?? column
        }
        return Classes(mapped, counts: counts, values: values, cardinalities: cardinalities, sensitive: sensitive)
    }
}

extension Classes.Values {
    /// The entries of classes that have become one, together.
    fileprivate func joined(_ ids: [UInt32], _ cardinality: Int) -> Classes.Values {
        var (table, joined) = (IntegerTable(capacity: min(values.count, 1 << 16)), Classes.Values())
        for entry in values.indices {
            let id = ids[Int(classes[entry])]
            let place = Int(table.insert(UInt64(id) * UInt64(cardinality) + UInt64(values[entry])))
            if place == joined.counts.count {
                joined.classes.append(id)
                joined.values.append(values[entry])
                joined.counts.append(counts[entry])
            } else {
                joined.counts[place] += counts[entry]
            }
        }
        return joined
    }

    /// The entries class by class, in the order of values: sums of fractions come out the same however rows are ordered.
    func byClass(_ count: Int) -> Grouped {
        var starts = [Int](repeating: 0, count: count + 1)
        for id in classes { starts[Int(id) + 1] += 1 }
        for id in 0..<count { starts[id + 1] += starts[id] }
        var (next, order) = (starts, [Int](repeating: 0, count: classes.count))
        for entry in classes.indices {
            order[next[Int(classes[entry])]] = entry
            next[Int(classes[entry])] += 1
        }
        for id in 0..<count { order[starts[id]..<starts[id + 1]].sort { values[$0] < values[$1] } }
        return Grouped(starts: starts, values: order.map { values[$0] }, counts: order.map { counts[$0] })
    }

    /// Values and how often they stand in a class, class by class.
    struct Grouped: Sendable {
        let starts: [Int]
        let values: [UInt32]
        let counts: [Int]

        func range(_ id: Int) -> Range<Int> { starts[id]..<starts[id + 1] }
    }
}
