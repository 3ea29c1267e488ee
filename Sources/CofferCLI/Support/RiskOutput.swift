import CofferPipeline

/// Figures of risk as they are printed.
struct RiskOutput: Encodable {
    struct Risk: Encodable {
        let highest: Double
        let average: Double

        init(_ risk: RiskFigures.Risk) { (highest, average) = (risk.highest, risk.average) }
    }

    struct Sensitive: Encodable {
        let column: String
        let distinct: Int
        let entropy: Double
        let distance: Double
        let ground: String
    }

    let rows: Int
    let classes: Int
    let k: Int
    let averageClass: Double
    let uniqueRows: Int
    let uniqueness: Double
    let population: Int
    let prosecutor: Risk
    let journalist: Risk
    let marketer: Double
    let sensitive: [Sensitive]

    init(_ figures: RiskFigures, population: Int? = nil) {
        (rows, classes, k) = (figures.rows, figures.classes, figures.smallest)
        (averageClass, uniqueRows, uniqueness) = (figures.average, figures.unique, figures.uniqueness)
        self.population = max(population ?? 0, figures.rows)
        prosecutor = Risk(figures.prosecutor)
        journalist = Risk(figures.journalist(population: self.population))
        marketer = journalist.average
        sensitive = figures.sensitive.map {
            Sensitive(
                column: $0.column, distinct: $0.distinct, entropy: $0.entropy, distance: $0.distance,
                ground: $0.ground.rawValue)
        }
    }

    /// A figure, its value and what it means, a line each.
    var lines: [[String]] {
        [
            ["rows", Figures.grouped(rows), ""],
            ["classes", Figures.grouped(classes), "combinations of values"],
            ["k", Figures.grouped(k), "rows of the smallest class"],
            ["average class", Figures.fraction(averageClass), "rows"],
            ["unique rows", Figures.grouped(uniqueRows), "\(Figures.percent(uniqueness)) of all"],
            ["prosecutor", Figures.percent(prosecutor.highest), "for whoever is known to be in the table, at most"],
            ["", Figures.percent(prosecutor.average), "on average"],
            [
                "journalist", Figures.percent(journalist.highest),
                "for whoever is one of \(Figures.grouped(population)), at most",
            ],
            ["marketer", Figures.percent(marketer), "of all rows would be found"],
        ]
            + sensitive.flatMap { column in
                [
                    [
                        "l of \(column.column)", Figures.grouped(column.distinct),
                        "different values in a class, at least",
                    ],
                    [
                        "", Figures.fraction(column.entropy),
                        "equally frequent ones with the entropy of a class, at least",
                    ],
                    [
                        "t of \(column.column)", Figures.fraction(column.distance),
                        "\(column.ground) distance from the table, at most",
                    ],
                ]
            }
    }
}

/// What a release chose, as it is printed.
struct ReleaseOutput: Encodable {
    struct Column: Encodable {
        let column: String
        let level: Int
        let coarsest: Int
        let becomes: String
        let loss: Double
    }

    let kAnonymity: Int
    let rows: Int
    let suppressed: Int
    let suppressionLimit: Int
    let loss: Double
    let combinations: Int
    let looked: Int
    let columns: [Column]
    let uncounted: [String]
    let before: RiskOutput
    let after: RiskOutput

    init(_ decision: ReleaseDecision) {
        (kAnonymity, rows, suppressed) = (decision.k, decision.rows, decision.suppressed)
        (suppressionLimit, loss) = (decision.suppressionLimit, decision.loss)
        (combinations, looked) = (decision.combinations, decision.looked)
        columns = decision.columns.map {
            Column(column: $0.name, level: $0.level, coarsest: $0.coarsest, becomes: $0.summary, loss: $0.loss)
        }
        uncounted = decision.uncounted
        (before, after) = (RiskOutput(decision.before), RiskOutput(decision.after))
    }

    /// The levels, and the risk before and after.
    func print() throws {
        let left = rows == 0 ? 0 : Double(suppressed) / Double(rows)
        try Terminal.printLine(
            Terminal.clean(
                "release: at least \(kAnonymity) alike, \(Figures.count(suppressed, "row")) (\(Figures.percent(left))) "
                    + "left out, loss \(Figures.percent(loss)); \(Figures.grouped(looked)) of "
                    + "\(Figures.grouped(combinations)) combinations of levels looked at"))
        try Terminal.printTable(
            ["QUASI-IDENTIFIER", "LEVEL", "BECOMES", "LOSS"],
            columns.map { [$0.column, "\($0.level) of \($0.coarsest)", $0.becomes, Figures.percent($0.loss)] })
        try Terminal.printTable(
            ["FIGURE", "BEFORE", "AFTER", "MEANING"],
            zip(before.lines, after.lines).map { [$0[0], $0[1], $1[1], $1[2]] })
    }

    /// Says aloud what nothing was counted by.
    func warn() {
        guard !uncounted.isEmpty else { return }
        Terminal.say(
            "warning: kept, and neither quasi-identifier nor sensitive, so not counted: "
                + uncounted.joined(separator: ", "))
    }
}
