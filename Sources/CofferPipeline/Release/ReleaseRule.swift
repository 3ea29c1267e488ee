import Coffer

/// `release:` of a pipeline: how many rows must be alike before the table may leave the house.
package struct ReleaseRule: Sendable {
    /// A column by which somebody might find a person.
    struct Quasi: Sendable {
        let column: String
        let line: Int
        let ladder: Ladder
        /// How much its loss counts beside that of the others.
        let weight: Quantity
    }

    /// How many rows a class has at least.
    let k: Int
    /// In the order they are written.
    let quasi: [Quasi]
    /// Columns nobody may learn about a person, in the order they are written.
    let sensitive: [SensitiveRule]
    /// The part of all rows that may be left out.
    let suppressionLimit: Share
    /// Where it is written.
    let line: Int

    /// Reads the section; hierarchies are found from `folder` on.
    init(_ node: Node, folder: String) throws(ConfigurationError) {
        let section = try Section(
            node, "release", keys: ["k_anonymity", "quasi_identifiers", "sensitive", "suppression_limit"])
        line = node.line
        k = try section.required("k_anonymity").integer("release.k_anonymity", in: 2...1_000_000_000)
        var quasi: [Quasi] = []
        for entry in try section.required("quasi_identifiers").entries("release.quasi_identifiers") {
            let name = "release.quasi_identifiers.\(entry.name)"
            let (ladder, weight) = try Ladder.read(entry.value, name, folder: folder)
            try Self.refuse(entry.name, among: quasi.map(\.column), entry.line)
            quasi.append(Quasi(column: entry.name, line: entry.line, ladder: ladder, weight: weight))
        }
        guard (1...64).contains(quasi.count) else {
            throw ConfigurationError("release.quasi_identifiers names 1 to 64 columns", line: section.line)
        }
        var sensitive: [SensitiveRule] = []
        for entry in try section["sensitive"]?.entries("release.sensitive") ?? [] {
            try Self.refuse(entry.name, among: quasi.map(\.column) + sensitive.map(\.column), entry.line)
            sensitive.append(try SensitiveRule(entry.name, entry.value))
        }
        (self.quasi, self.sensitive) = (quasi, sensitive)
        suppressionLimit =
            try section["suppression_limit"].map { (node) throws(ConfigurationError) in
                guard let share = Share(try node.text("release.suppression_limit")) else {
                    throw ConfigurationError(
                        "release.suppression_limit is a part of the rows", line: node.line,
                        hint: "write it as 4%, or 0.04")
                }
                return share
            } ?? .none
    }

    private static func refuse(_ column: String, among others: [String], _ line: Int) throws(ConfigurationError) {
        guard others.contains(column) else { return }
        throw ConfigurationError("release names the column \(column) twice", line: line)
    }

    /// The fraction of a whole, exact.
    struct Share: Sendable {
        /// Nothing of it.
        static let none = Share(units: 0, of: 1)
        private let units, of: Int128

        private init(units: Int128, of: Int128) { (self.units, self.of) = (units, of) }

        /// Reads `4%` or `0.04`; nil beyond 0 and 1.
        init?(_ text: String) {
            let isPercent = text.hasSuffix("%")
            guard let number = Quantity(isPercent ? String(text.dropLast()) : text), number.scale <= 12 else {
                return nil
            }
            var of: Int128 = isPercent ? 100 : 1
            for _ in 0..<number.scale { of *= 10 }
            guard (0...of).contains(number.units) else { return nil }
            self.init(units: number.units, of: of)
        }

        /// How many of `count` that are, rounded down.
        func part(of count: Int) -> Int { Int(Int128(count) * units / of) }
    }
}

extension ReleaseRule {
    /// The columns that it looks at.
    var columns: [String] { quasi.map(\.column) + sensitive.map(\.column) }

    /// `policy` with the quasi-identifiers at `levels`.
    func policy(_ policy: FieldPolicy, at levels: [Int]) -> FieldPolicy {
        policy.with(
            zip(quasi, levels).map { quasi, level in
                FieldPolicy.Rule(
                    path: FieldPath(quasi.column), protection: quasi.ladder.rule(level), line: quasi.line)
            })
    }

    /// Refuses what does not go together with a release.
    func check(
        _ policy: FieldPolicy, _ source: SourceSpecification, _ destination: DestinationSpecification
    ) throws(ConfigurationError) {
        for column in quasi {
            guard let rule = policy.rules.first(where: { $0.path == FieldPath(column.column) }) else { continue }
            guard rule.protection == .keep else {
                throw ConfigurationError(
                    "column \(column.column) is a quasi-identifier, so its protection comes from release",
                    line: rule.line, hint: "take it out of fields, or out of release.quasi_identifiers")
            }
        }
        guard destination.mode == .replace else {
            throw ConfigurationError(
                "release holds for a whole table, so rows can't be added to one that is there", line: line,
                hint: "use write: replace")
        }
        if case .files(let files) = source.place, files.isStandardInput {
            throw ConfigurationError(
                "release reads the source twice, and standard input can be read only once", line: line,
                hint: "write it to a file first")
        }
    }
}

extension ReleaseRule {
    /// Refuses columns that the source lacks, or that have parts.
    func check(_ plan: FieldPlan) throws(PipelineError) {
        for column in columns { try plan.schema.require(column, for: "release") }
        for quasi in quasi {
            guard let at = plan.schema.index(of: quasi.column) else { continue }
            for rung in quasi.ladder.rungs { try rung.check(plan.schema.fields[at], FieldPath(quasi.column)) }
        }
    }
}

extension Schema {
    /// Refuses a column that is not there, or has parts; `what` names it.
    func require(_ column: String, for what: String) throws(PipelineError) {
        guard let at = index(of: column) else {
            throw PipelineError(
                .policy, "\(what) names \(column), which is no column of the source", hint: columnsHint)
        }
        if fields[at].type.isNested {
            throw PipelineError(
                .policy, "\(what) names \(column), which is nested", hint: "select its part in a query:")
        }
    }
}
