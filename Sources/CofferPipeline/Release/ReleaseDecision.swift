/// The levels at which a table is released, and what that costs.
package struct ReleaseDecision: Sendable {
    /// A quasi-identifier and its level.
    package struct Column: Sendable {
        /// The column.
        package let name: String
        /// Its level, 0 for values as they are.
        package let level: Int
        /// The coarsest level of its ladder.
        package let coarsest: Int
        /// What the level makes of values.
        package let summary: String
        /// What it loses, from 0 to 1.
        package let loss: Double
    }

    /// The quasi-identifiers.
    package let columns: [Column]
    /// How many rows a class has at least.
    package let k: Int
    /// Rows of the source.
    package let rows: Int
    /// Rows that are left out.
    package let suppressed: Int
    /// How many may be.
    package let suppressionLimit: Int
    /// What is lost altogether, from 0 to 1.
    package let loss: Double
    /// Combinations of levels there are, and how many of them were looked at.
    package let combinations: Int, looked: Int
    /// The table as it is, and as it is released.
    package let before: RiskFigures, after: RiskFigures
    /// Columns kept beside the quasi-identifiers, by which nothing was counted.
    package internal(set) var uncounted: [String] = []

    /// The levels, in the order of the columns.
    var levels: [Int] { columns.map(\.level) }
    let gate: ReleaseGate
    /// The conditions, in the order they are written.
    let conditions: [SensitiveRule]

    /// Reads what `rule` looks at of `source`, and finds the levels that lose least.
    /// - Throws: ``PipelineError`` where the table can't be released so.
    init(
        _ rule: ReleaseRule, _ source: any Source, textColumns: Set<String>, engine: Engine,
        _ cancellation: Cancellation
    ) throws {
        let table = try CountedTable(
            source, rule.quasi.map(\.column), sensitive: rule.sensitive.map(\.column), isReleased: true,
            textColumns: textColumns, engine: engine, cancellation)
        try self.init(rule, table, check: cancellation.check)
    }

    /// The table ends with the classes that are made of it: it takes as much memory as they do.
    init(_ rule: ReleaseRule, _ table: consuming CountedTable, check: () throws -> Void = {}) throws {
        var (tables, places): ([LevelTable], [[UInt32]]) = ([], [])
        for (quasi, (field, values)) in zip(rule.quasi, table.quasi) {
            let (levels, place) = try LevelTable.make(quasi, field, values)
            tables.append(levels)
            places.append(place)
        }
        let (classes, cardinalities) = (table.classes(tables, places: places), table.cardinalities)
        _ = consume table
        var search = try ReleaseSearch(rule, classes, tables: tables, sensitive: cardinalities)
        guard let levels = try search.run(check: check) else { throw Self.refusal(rule, classes) }
        let released = classes.coarser(
            tables.indices.map { tables[$0].map(from: 0, to: levels[$0]) },
            cardinalities: tables.indices.map { tables[$0].cardinalities[levels[$0]] },
            sensitive: cardinalities)
        (k, rows, conditions) = (rule.k, classes.rows, rule.sensitive)
        suppressionLimit = rule.suppressionLimit.part(of: classes.rows)
        let judgement = Judgement(released, rule, sensitive: cardinalities, limit: suppressionLimit)
        suppressed = judgement.suppressed
        let losses = search.loss(released, judgement, levels)
        loss = losses.all
        columns = rule.quasi.enumerated().map { at, quasi in
            Column(
                name: quasi.column, level: levels[at], coarsest: quasi.ladder.rungs.count,
                summary: quasi.ladder.summary(levels[at]), loss: losses.columns[at])
        }
        (combinations, looked) = (tables.reduce(1) { $0 * $1.codes.count }, search.looked)
        let sensitive = zip(rule.sensitive, cardinalities).map {
            ($0.column, $1, $0.closeness?.distance ?? .equal)
        }
        before = RiskFigures(classes, sensitive)
        after = RiskFigures(released, kept: judgement.kept, sensitive)
        gate = ReleaseGate(
            zip(rule.quasi, zip(tables, levels)).map { $0.gate($1.0, level: $1.1) }, released, judgement.kept)
    }

    private static func refusal(_ rule: ReleaseRule, _ classes: Classes) -> PipelineError {
        guard classes.rows >= rule.k else {
            return PipelineError(
                .policy, "the table can't be released: it has \(classes.rows) rows, fewer than k_anonymity",
                hint: "release more rows at once, or ask for less in k_anonymity")
        }
        return PipelineError(
            .policy,
            "the table can't be released: even with every quasi-identifier hidden, its sensitive columns have too few values",
            hint: "ask for less in l_diversity, or drop or encrypt the column and take it out of release.sensitive")
    }
}

extension ReleaseRule.Quasi {
    /// What the gate knows a value of the source by, at a level.
    fileprivate func gate(_ table: LevelTable, level: Int) -> ReleaseGate.Column {
        // At the last level all values are written alike, so it does not matter which one it is.
        ReleaseGate.Column(
            name: column, values: level == ladder.rungs.count ? nil : (table.values[0], table.codes[level]),
            cardinality: table.cardinalities[level])
    }
}
