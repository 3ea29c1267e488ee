import Coffer
import Testing

@testable import CofferPipeline

/// Rows of texts, as a release sees them: the first columns are quasi-identifiers, the others sensitive.
private struct Crowd {
    let quasi: [String]
    let sensitive: [String]
    let rows: [[String?]]

    var counted: CountedTable {
        let width = quasi.count + sensitive.count
        var tables = [ValueTable](repeating: ValueTable(), count: width)
        var codes = [[UInt32]](repeating: [], count: width)
        for row in rows {
            for (at, value) in row.enumerated() {
                if let value {
                    codes[at].append(unsafe Array(value.utf8).withUnsafeBytes { unsafe tables[at].code($0) })
                } else {
                    codes[at].append(unsafe tables[at].code(nil))
                }
            }
        }
        let ordered = tables[quasi.count...].map(\.inOrder)
        for (at, (_, places)) in ordered.enumerated() {
            codes[quasi.count + at] = codes[quasi.count + at].map { places[Int($0)] }
        }
        return CountedTable(
            quasi: zip(quasi, tables).map { (Field($0, .utf8), $1) }, sensitive: ordered.map(\.0),
            codes: Array(codes[..<quasi.count]), sensitiveCodes: Array(codes[quasi.count...]),
            rows: rows.map { _ in 1 })
    }

    func released(_ rule: ReleaseRule) throws -> ReleaseDecision { try ReleaseDecision(rule, counted) }
}

/// What stands under `release:`.
private func written(
    _ k: String, _ quasi: Written = ladders, limit: String? = nil, sensitive: Written? = nil
) -> [(String, Written)] {
    var options: [(String, Written)] = [("k_anonymity", .text(k)), ("quasi_identifiers", quasi)]
    if let limit { options.append(("suppression_limit", .text(limit))) }
    if let sensitive { options.append(("sensitive", sensitive)) }
    return options
}

private func rule(_ options: [(String, Written)]) throws -> ReleaseRule {
    try ReleaseRule(Written.map(options).node(line: 7), folder: ".")
}

/// People of three quasi-identifiers and two sensitive columns, few values each so that classes form.
private func people(_ count: Int, seed: UInt64) -> Crowd {
    var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
    func draw(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
    let cities = ["Oslo", "Bergen", "Lima", "Cusco", "Quito", "Paris"]
    let rows = (0..<count).map { _ -> [String?] in
        let city: String? = draw(20) == 0 ? nil : cities[min(draw(6), draw(6))]
        return [
            "\(20 + draw(12))", city, draw(3) == 0 ? "f" : "m", ["flu", "cold", "gout", "burn"][min(draw(4), draw(4))],
            "\(draw(5) * 100)",
        ]
    }
    return Crowd(quasi: ["age", "city", "sex"], sensitive: ["ill", "pay"], rows: rows)
}

private let ladders: Written = [
    "age": ["bucket": ["2", "6"]],
    "city": [
        "groups": [
            ["norway": ["Oslo", "Bergen"], "peru": ["Lima", "Cusco"], "ecuador": "Quito", "france": "Paris"],
            ["europe": ["norway", "france"], "america": ["peru", "ecuador"]],
        ]
    ],
    "sex": "hide",
]

/// The same again, without codes, classes of classes or pruning.
private struct BruteForce {
    let crowd: Crowd
    let rule: ReleaseRule

    static func value(_ column: Int, _ level: Int, _ text: String?) -> String? {
        switch (column, level) {
        case (_, 0): return text
        case (0, 1...2):
            let width = level == 1 ? 2 : 6
            return text.flatMap { Int($0) }.map { "\($0 / width * width)" }
        case (1, 1):
            return text.map {
                ["Oslo": "n", "Bergen": "n", "Lima": "p", "Cusco": "p", "Quito": "e", "Paris": "f"][$0]!
            }
        case (1, 2): return text.map { ["Oslo", "Bergen", "Paris"].contains($0) ? "eu" : "am" }
        default: return "*"
        }
    }

    func classes(_ levels: [Int]) -> [[[String?]]] {
        Array(
            Dictionary(grouping: crowd.rows) { row in (0..<3).map { Self.value($0, levels[$0], row[$0]) } }.values)
    }

    func kept(_ levels: [Int]) -> [[[String?]]] {
        var classes = classes(levels).filter { $0.count >= rule.k }
        for (at, column) in rule.sensitive.enumerated() {
            classes = classes.filter { isDiverse(frequencies($0, 3 + at), column) }
        }
        while true {
            let left = classes.filter { group in
                rule.sensitive.enumerated().allSatisfy { at, column in
                    guard let closeness = column.closeness else { return true }
                    return distance(group, of: classes.flatMap { $0 }, 3 + at, closeness.distance) <= closeness.t + 1e-9
                }
            }
            if left.count == classes.count { return left }
            classes = left
        }
    }

    func frequencies(_ rows: [[String?]], _ column: Int) -> [Int] {
        Dictionary(grouping: rows) { $0[column] }.values.map(\.count)
    }

    func isDiverse(_ counts: [Int], _ column: SensitiveRule) -> Bool {
        let total = Double(counts.reduce(0, +))
        let entropy = counts.reduce(0.0) { $0 - Double($1) / total * Figure.log(Double($1) / total) }
        let sorted = counts.sorted(by: >)
        return counts.count >= column.distinct
            && (column.entropy.map { entropy >= Figure.log($0) - 1e-9 } ?? true)
            && (column.recursive.map {
                Double(sorted[0]) < $0.c * Double(sorted.dropFirst($0.l - 1).reduce(0, +))
            } ?? true)
    }

    func distance(
        _ group: [[String?]], of all: [[String?]], _ column: Int, _ ground: SensitiveRule.Distance
    ) -> Double {
        let values = Set(all.map { $0[column]! }).sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
        func shares(_ rows: [[String?]]) -> [Double] {
            values.map { value in Double(rows.count { $0[column] == value }) / Double(rows.count) }
        }
        let difference = zip(shares(group), shares(all)).map { $0 - $1 }
        if ground == .equal { return difference.reduce(0) { $0 + abs($1) } / 2 }
        if values.count < 2 { return 0 }
        return difference.indices.reduce(0) { $0 + abs(difference[...$1].reduce(0, +)) } / Double(values.count - 1)
    }

    func loss(_ levels: [Int]) -> (loss: Double, suppressed: Int) {
        let kept = kept(levels).flatMap { $0 }
        let suppressed = crowd.rows.count - kept.count
        let parts = (0..<3).map { column -> Double in
            let domain = Set(crowd.rows.map { $0[column] })
            guard domain.count > 1 else { return Double(suppressed) / Double(crowd.rows.count) }
            let lost = kept.reduce(0.0) { sum, row in
                let mine: String? = Self.value(column, levels[column], row[column])
                let alike = domain.count { Self.value(column, levels[column], $0) == mine }
                return sum + Double(alike - 1) / Double(domain.count - 1)
            }
            return (lost + Double(suppressed)) / Double(crowd.rows.count)
        }
        let weights = rule.quasi.map(\.weight.approximate)
        return (zip(parts, weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +), suppressed)
    }

    var best: Double? {
        let limit = rule.suppressionLimit.part(of: crowd.rows.count)
        var best: Double?
        for age in 0..<4 {
            for city in 0..<4 {
                for sex in 0..<2 {
                    let (loss, suppressed) = loss([age, city, sex])
                    if suppressed <= limit { best = min(best ?? loss, loss) }
                }
            }
        }
        return best
    }
}

@Suite struct `A release` {
    static let rules: [[(String, Written)]] = [
        written("3"),
        written("5", limit: "10%"),
        written("2", limit: "0.3", sensitive: ["ill": ["l_diversity": "3"]]),
        written("3", sensitive: ["ill": ["l_diversity": ["entropy": "2.2"]]]),
        written("3", limit: "20%", sensitive: ["ill": ["l_diversity": ["entropy": "2.2"]]]),
        written("2", limit: "25%", sensitive: ["ill": ["l_diversity": ["recursive": ["c": "1.5", "l": "2"]]]]),
        written(
            "4", limit: "15%",
            sensitive: ["pay": ["t_closeness": "0.25", "distance": "ordered"], "ill": ["l_diversity": "2"]]),
        written("2", sensitive: ["ill": ["t_closeness": "0.3"]]),
        written("4", limit: "30%", sensitive: ["ill": ["t_closeness": "0.2"]]),
    ]

    @Test(arguments: rules.indices, 1...6)
    func `loses as little as any combination of levels that meets the rule`(at: Int, seed: UInt64) throws {
        let crowd = people(90, seed: seed + UInt64(at) * 100)
        let release = try rule(Self.rules[at])
        // The order in which sensitive columns are written is theirs in the rows.
        let sensitive = release.sensitive.map(\.column)
        let picked = Crowd(
            quasi: crowd.quasi, sensitive: sensitive,
            rows: crowd.rows.map { row in Array(row[..<3]) + sensitive.map { $0 == "ill" ? row[3] : row[4] } })
        let brute = BruteForce(crowd: picked, rule: release)
        guard let best = brute.best else {
            #expect(throws: PipelineError.self) { try picked.released(release) }
            return
        }
        let decision = try picked.released(release)
        let (loss, suppressed) = brute.loss(decision.levels)
        #expect(abs(decision.loss - best) < 1e-9)
        #expect(abs(decision.loss - loss) < 1e-9)
        #expect(decision.suppressed == suppressed && suppressed <= decision.suppressionLimit)
        #expect(decision.after.rows == picked.rows.count - suppressed)
        #expect(decision.after.rows == 0 || decision.after.smallest >= release.k)
        #expect(decision.looked <= decision.combinations)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `does not depend on the order of rows`(seed: UInt64) throws {
        let crowd = people(300, seed: seed)
        let sensitive: Written = ["ill": ["l_diversity": ["entropy": "1.8"]], "pay": ["t_closeness": "0.4"]]
        let release = try rule(written("4", limit: "5%", sensitive: sensitive))
        let first = try crowd.released(release)
        for turn in 1...3 {
            let rows = turn == 1 ? crowd.rows.reversed() : crowd.rows.shuffled()
            let again = try Crowd(quasi: crowd.quasi, sensitive: crowd.sensitive, rows: rows).released(release)
            #expect(again.levels == first.levels && again.suppressed == first.suppressed)
            #expect(again.loss.bitPattern == first.loss.bitPattern)
        }
    }

    @Test func `of an empty table is the empty table`() throws {
        let empty = Crowd(quasi: ["age", "city", "sex"], sensitive: [], rows: [])
        let decision = try empty.released(rule(written("2")))
        #expect(decision.levels == [0, 0, 0] && decision.loss == 0 && decision.suppressed == 0)
    }

    @Test func `is refused where the table can't meet it, with what would help`() throws {
        let crowd = people(20, seed: 1)
        let large = try rule(written("21"))
        let diverse = try rule(written("2", sensitive: ["ill": ["l_diversity": "5"]]))
        for (rule, columns) in [(large, [String]()), (diverse, ["ill"])] {
            let rows = crowd.rows.map { Array($0.prefix(3 + columns.count)) }
            let error = #expect(throws: PipelineError.self) {
                try Crowd(quasi: crowd.quasi, sensitive: columns, rows: rows).released(rule)
            }
            #expect(error?.hint != nil)
        }
    }

    @Test func `is refused where a level does not group the groups of the one before`() throws {
        let crowd = Crowd(quasi: ["age"], sensitive: [], rows: (0..<20).map { ["\($0)"] })
        let values = crowd.counted.quasi[0].values
        let crossed = Ladder([
            .numbers(.init(shape: .bucket(Quantity("4")!), bottom: nil, top: nil)),
            .numbers(.init(shape: .bucket(Quantity("6")!), bottom: nil, top: nil)),
        ])
        let quasi = ReleaseRule.Quasi(column: "age", line: 1, ladder: crossed, weight: .one)
        let error = #expect(throws: PipelineError.self) { try LevelTable.make(quasi, Field("age", .utf8), values) }
        #expect(error?.message.contains("level 1 of its ladder differ at level 2") == true)
    }

    @Test func `is refused where a value does not fit its ladder, without the value`() throws {
        let crowd = Crowd(quasi: ["city"], sensitive: [], rows: [["Oslo"], ["Atlantis"], ["Oslo"]])
        let release = try rule(written("2", ["city": ["groups": ["norway": "Oslo"]]]))
        let error = #expect(throws: PipelineError.self) { try crowd.released(release) }
        #expect(error?.message.contains("city") == true && error?.message.contains("Atlantis") == false)
        let open: Written = ["city": ["groups": ["norway": "Oslo"], "other": "elsewhere"]]
        #expect(try crowd.released(rule(written("2", open, limit: "40%"))).columns[0].level == 0)
    }

    @Test func `is written through a gate that ends the run where rows changed`() throws {
        let rows = (0..<6).map { [$0 < 5 ? "a" : "b"] as [String?] }
        let release = try rule(written("2", ["v": "hide"], limit: "20%"))
        func gate() throws -> ReleaseGate {
            let decision = try Crowd(quasi: ["v"], sensitive: [], rows: rows).released(release)
            #expect(decision.levels == [0] && decision.suppressed == 1)
            return decision.gate
        }
        let whole = try gate()
        let passed = try whole.released(batch(texts("v", ["a", "b", "a"])))
        #expect(passed.rowCount == 2 && passed.columns[0].length == 2)
        #expect(throws: PipelineError.self) { try whole.verify() }
        _ = try whole.admit(batch(texts("v", ["a", "a", "a"])))
        try whole.verify()
        let strange = try gate()
        #expect(throws: PipelineError.self) { try strange.admit(batch(texts("v", ["c"]))) }
        #expect(throws: PipelineError.self) { try strange.admit(batch(texts("v", [nil]))) }
        let more = try gate()
        _ = try more.admit(batch(texts("v", ["a", "a", "a", "a", "a", "a", "b"])))
        #expect(throws: PipelineError.self) { try more.verify() }
    }

    @Test func `knows a row by its value in the source, unless all are written alike`() throws {
        let rows = (0..<8).map { ["\($0 % 4)", $0 < 7 ? "x" : nil] as [String?] }
        let ladders: Written = ["age": ["bucket": "4"], "v": "hide"]
        let decision = try Crowd(quasi: ["age", "v"], sensitive: [], rows: rows).released(rule(written("4", ladders)))
        #expect(decision.levels == [1, 1])
        let same = batch(try texts("age", ["0", "3"]), try texts("v", ["anything", nil]))
        #expect(try decision.gate.admit(same) == [true, true])
        // It would come into the same range, but it was not there.
        let strange = batch(try texts("age", ["00"]), try texts("v", ["x"]))
        #expect(throws: PipelineError.self) { try decision.gate.admit(strange) }
    }

    static let senseless: [[(String, Written)]] = [
        written("1"), [("quasi_identifiers", ladders)], [("k_anonymity", "5")], written("5", [:]),
        written("5", limit: "101%"), written("5", limit: "-0.1"),
        written("5", ["age": "hidden"]),
        written("5", ["age": ["bucket": ["5", "12"]]]),
        written("5", ["age": ["bucket": "0"]]),
        written("5", ["age": ["bucket": "5", "prefix": "2"]]),
        written("5", ["age": ["bucket": "5", "other": "x"]]),
        written("5", ["age": ["bucket": ["5", "20"], "top": "90"]]),
        written("5", ["age": ["prefix": ["3", "4"]]]),
        written("5", ["age": ["to": ["year", "month"]]]),
        written("5", ["age": ["to": "week"]]),
        written("5", ["age": ["bucket": "5", "weight": "0"]]),
        written("5", ["age": ["groups": [["a": "b"], ["c": "d"]]]]),
        written("5", sensitive: ["age": ["l_diversity": "2"]]),
        written("5", sensitive: ["ill": [:]]),
        written("5", sensitive: ["ill": ["t_closeness": "1.5"]]),
        written("5", sensitive: ["ill": ["distance": "equal"]]),
        written("5", sensitive: ["ill": ["l_diversity": ["recursive": ["l": "2"]]]]),
    ]

    @Test(arguments: senseless.indices)
    func `rule that makes no sense is refused with its line`(at: Int) {
        let error = #expect(throws: ConfigurationError.self) { try rule(Self.senseless[at]) }
        #expect(error?.line ?? 0 >= 7)
    }
}

@Suite struct `Figures of a class` {
    @Test func `are those of the papers`() {
        // Li, Li and Venkatasubramanian 2007, section 4.3: salaries of 3k to 11k.
        let all = Diversity.Reference([Int](repeating: 1, count: 9))
        func distance(_ values: [UInt32]) -> Double { all.distance(values[...], [1, 1, 1][...], .ordered) }
        #expect(abs(distance([0, 1, 2]) - 0.375) < 1e-12)
        #expect(abs(distance([3, 5, 8]) - 1.0 / 6) < 1e-12)
        #expect(abs(Diversity.entropy([1, 1, 1]) - 3) < 1e-12)
        #expect(Diversity.entropy([7]) == 1)
        #expect(Diversity.isRecursive([3, 2, 2], c: 2, l: 2))
        #expect(!Diversity.isRecursive([4, 2, 2], c: 2, l: 3))
        #expect(!Diversity.isRecursive([4], c: 100, l: 2))
    }

    @Test func `say how likely somebody is found`() {
        let figures = RiskFigures([(1, 2), (4, 2)])
        #expect(figures.rows == 10 && figures.classes == 4 && figures.smallest == 1 && figures.unique == 2)
        #expect(figures.average == 2.5 && figures.uniqueness == 0.2)
        #expect(figures.prosecutor.highest == 1 && figures.prosecutor.average == 0.4)
        let journalist = figures.journalist(population: 100)
        #expect(abs(journalist.highest - 0.1) < 1e-12 && abs(journalist.average - 0.04) < 1e-12)
        #expect(RiskFigures([]).prosecutor.highest == 0)
    }
}

@Suite struct `Combinations of codes` {
    @Test func `are told apart where their number is beyond 64 bits`() {
        let (columns, rows) = (12, 200)
        let cardinalities = [Int](repeating: 1_000_000, count: columns)
        func code(_ column: Int, _ row: Int) -> UInt32 {
            let number = (row % 100) * 7919 + column * 104_729
            return UInt32(number % 1_000_000)
        }
        let codes: [[UInt32]] = (0..<columns).map { column in (0..<rows).map { code(column, $0) } }
        var ids: [UInt32] = []
        let combinations = Combinations(codes, cardinalities: cardinalities, rows: rows, ids: &ids)
        #expect(combinations.count == 100)
        for row in 0..<rows {
            #expect(ids[row] == ids[row % 100])
            #expect(combinations.find(codes.map { $0[row] }) == ids[row])
        }
        #expect(combinations.find(codes.map { $0[0] ^ 1 }) == nil)
    }
}

private enum Figure {
    /// The natural logarithm by its series: nothing but arithmetic, so that it is not what it checks.
    static func log(_ x: Double) -> Double {
        if x <= 0 { return 0 }
        var (value, power) = (x, 0.0)
        while value > 1.5 { (value, power) = (value / 2, power + 1) }
        while value < 0.75 { (value, power) = (value * 2, power - 1) }
        let y = (value - 1) / (value + 1)
        var series = 0.0
        for term in stride(from: 41, through: 1, by: -2) { series = series * y * y + 1 / Double(term) }
        return 2 * y * series + power * 0.693_147_180_559_945_3
    }
}
