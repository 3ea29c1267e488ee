import Coffer
import CofferPipeline
import FoundationEssentials

/// `source:` of a pipeline file, for what was named on the command line.
struct SourceText {
    /// The place in YAML, given the types that columns need and the folder that the file will be in.
    let write: (_ types: [(String, String)], _ folder: String) -> String

    init(argument: String, table: String?, place: SourceSpecification.Place) {
        write = { types, folder in
            var entries: [(String, String)] = []
            switch place {
            case .files(let files):
                let isHere = FileManager.default.currentDirectoryPath == folder && FileFormat(path: argument) != nil
                let isWhole = isHere || ObjectAddress.isOne(argument)
                entries.append(("path", YAMLText.scalar(isWhole ? argument : Folders.absolute(files.paths[0]))))
            case .database(.duckdb(let path), _): entries.append(("duckdb", YAMLText.scalar(path)))
            case .database(.sqlite(let path), _): entries.append(("sqlite", YAMLText.scalar(path)))
            case .database(.postgres, _): entries.append(("postgres", YAMLText.scalar(argument)))
            }
            if let table { entries.append(("table", YAMLText.scalar(table))) }
            if !types.isEmpty {
                let list = types.map { "\(YAMLText.scalar($0)): \($1)" }.joined(separator: ", ")
                entries.append(("types", "{ \(list) }"))
            }
            return "{ " + entries.map { "\($0): \($1)" }.joined(separator: ", ") + " }"
        }
    }
}

/// A pipeline file with a suggested protection for each column and a line that tells why.
struct SuggestedPipeline {
    private let output: ClassifyOutput

    init(_ output: ClassifyOutput) { self.output = output }

    /// Writes the file, which must not be there yet.
    func write(to path: String) throws {
        try SmallFile.create(
            path, Array(text(in: Folders.absolute(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")).utf8))
    }

    private func text(in folder: String) -> String {
        let suggestions = output.result.suggestions
        let types = suggestions.compactMap { column, suggestion in suggestion.type.map { (column.path.column, $0) } }
        let looked =
            output.complete
            ? "all \(Figures.count(output.rows, "row"))" : "a sample of \(Figures.count(output.rows, "row"))"
        var lines = [
            "# Suggested by coffer classify from \(looked). Read it: a look at values is no proof.",
            "name: \(YAMLText.scalar(output.target.tableName ?? output.result.name ?? "pipeline"))",
            "source: \(output.target.written?.write(types, folder) ?? "")",
            "# Say where it goes, then try it: coffer run FILE --dry-run",
            "# destination: { duckdb: warehouse.duckdb, table: \(YAMLText.scalar(output.target.tableName ?? output.result.name ?? "table")) }",
            "key: alias/default",
            "mac_key: alias/default-mac",
            "fields:",
        ]
        for (column, suggestion) in suggestions {
            let below = output.result.columns.filter { $0.path == column.path && $0.jsonPath != nil }
            for reason in [column] + below { if let why = Self.reason(reason) { lines.append("  # \(why)") } }
            lines.append("  \(YAMLText.scalar(column.path.description)): \(suggestion.protection)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func reason(_ column: ClassifiedColumn) -> String? {
        guard !column.classifications.isEmpty else { return nil }
        let place = column.jsonPath.map { "\(Terminal.clean($0)): " } ?? ""
        return place
            + column.classifications.map { found in
                let origins = found.origins.joined(separator: ", ")
                return
                    "\(found.isWithin ? "text with " : "")\(found.entity), \(Int((found.confidence * 100).rounded()))% sure by \(origins)"
            }.joined(separator: "; ")
    }
}

/// Texts as YAML writes them.
enum YAMLText {
    /// Plain where that can only be this text, else in quotes.
    static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy {
            (0x61...0x7a).contains($0 | 0x20) || (0x30...0x39).contains($0) || $0 == 0x5f || $0 == 0x2f || $0 == 0x2e
        }
        let isName = text.utf8.first.map { (0x61...0x7a).contains($0 | 0x20) || $0 == 0x5f || $0 == 0x2f } ?? false
        let words: Set<String> = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        return isPlain && isName && !words.contains(text.lowercased()) ? text : quoted(text)
    }

    /// In double quotes, as JSON and YAML both read it.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _
            where scalar.properties.generalCategory == .control || scalar.value == 0x2028 || scalar.value == 0x2029:
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
