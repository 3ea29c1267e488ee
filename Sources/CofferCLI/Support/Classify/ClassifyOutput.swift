import CofferPipeline

/// What `coffer classify --json` prints.
struct ClassifyOutputs: Encodable {
    let tables: [ClassifyOutput]
}

/// What was found in one table, for people and for programs.
struct ClassifyOutput: Encodable {
    struct Finding: Encodable {
        let entity: String
        let confidence: Double
        let share: Double
        let values: Int
        let spans: Int
        let within: Bool
        let origins: [String]
        let examples: [String]?
    }

    struct Column: Encodable {
        let column: String
        let jsonPath: String?
        let type: String
        let values: Int
        let nulls: Int
        let findings: [Finding]
        let suggestion: String?
    }

    struct Gap: Encodable {
        let column: String
        let entity: String
        let confidence: Double
        let protection: String
        let problem: String
    }

    let source: String
    let table: String?
    /// Rows looked at, rows read for them, and whether these are all.
    let rows: Int
    let rowsRead: Int
    let complete: Bool
    let columns: [Column]
    let gaps: [Gap]
    /// What a pipeline is written from.
    let result: ClassifyResult
    let target: ClassifiedSource.Target

    private enum CodingKeys: String, CodingKey {
        case source, table, rows, rowsRead, complete, columns, gaps
    }

    init(_ target: ClassifiedSource.Target, _ result: ClassifyResult) {
        (self.target, self.result) = (target, result)
        (source, table) = (result.location, target.tableName)
        (rows, rowsRead, complete) = (result.rows, result.read, result.isWhole)
        let suggestions = Dictionary(
            result.suggestions.map { ($0.column.path, $0.suggestion.protection) },
            uniquingKeysWith: { first, _ in first })
        columns = result.columns.map { column in
            Column(
                column: column.path.description, jsonPath: column.jsonPath, type: column.type, values: column.values,
                nulls: column.nulls, findings: column.classifications.map { Finding($0) },
                suggestion: column.jsonPath == nil ? suggestions[column.path] : nil)
        }
        gaps = (target.policy?.gaps(in: result) ?? []).map { gap in
            Gap(
                column: gap.column.name, entity: gap.classification.entity,
                confidence: Self.rounded(gap.classification.confidence), protection: gap.protection,
                problem: gap.problem)
        }
    }

    static func rounded(_ number: Double) -> Double { (number * 10_000).rounded() / 10_000 }

    /// A line for each thing in each column, then what was looked at.
    func print(against: Bool) throws {
        if against {
            if !gaps.isEmpty {
                try Terminal.printTable(
                    ["COLUMN", "ENTITY", "CONFIDENCE", "PROTECTION", "PROBLEM"],
                    gaps.map { [$0.column, $0.entity, Self.percent($0.confidence), $0.protection, $0.problem] })
            }
        } else {
            try Terminal.printTable(
                ["COLUMN", "TYPE", "ENTITY", "CONFIDENCE", "SHARE", "BY", "SUGGESTION"], columns.flatMap(lines))
        }
        let looked = "looked at \(Figures.count(rows, "row"))"
        let rest = complete ? ", all of them" : ", a sample; --all looks at all"
        Terminal.say(looked + rest)
    }

    private func lines(_ column: Column) -> [[String]] {
        let name = column.jsonPath.map { "\(column.column) → \($0)" } ?? column.column
        let suggestion = column.suggestion ?? ""
        guard !column.findings.isEmpty else { return [[name, column.type, "", "", "", "", suggestion]] }
        return column.findings.enumerated().map { i, finding in
            [
                i == 0 ? name : "", i == 0 ? column.type : "",
                finding.within ? "text with \(finding.entity)" : finding.entity,
                Self.percent(finding.confidence), Self.percent(finding.share), finding.origins.joined(separator: ", "),
                i == 0 ? suggestion : "",
            ]
        }
    }

    private static func percent(_ part: Double) -> String {
        if part > 0, part < 0.01 { return "<1%" }
        return "\(Int((part * 100).rounded()))%"
    }
}

extension ClassifyOutput.Finding {
    init(_ found: Classification) {
        self.init(
            entity: found.entity, confidence: ClassifyOutput.rounded(found.confidence),
            share: ClassifyOutput.rounded(found.share), values: found.matches, spans: found.places,
            within: found.isWithin,
            origins: found.origins, examples: found.examples.isEmpty ? nil : found.examples)
    }
}

/// Lines of JSON, one for each value in which something stands.
enum SpanLines {
    static func text(_ found: [FoundSpans]) -> String {
        found.map { value in
            let places = value.places.map { place in
                "{\"entity\":\"\(place.entity)\",\"start\":\(place.start),\"end\":\(place.end),"
                    + "\"confidence\":\(place.confidence)}"
            }
            let column = YAMLText.quoted(value.column)
            return "{\"row\":\(value.row),\"column\":\(column),\"spans\":[\(places.joined(separator: ","))]}\n"
        }.joined()
    }
}
