/// The SQL that reads JSON and JSON lines.
struct JSONReader {
    private let selected: FileSelection
    /// `read_json(…)`. All of it is looked at first: a field that only a late object has must not be lost.
    private let reader: String

    init(_ selected: FileSelection, _ files: String) {
        self.selected = selected
        let format = selected.format == .json ? "auto" : "newline_delimited"
        reader = """
            read_json(\(files), format = '\(format)', map_inference_threshold = -1, sample_size = -1, union_by_name = true)
            """
    }

    /// A query over the files, with the types that the pipeline gives, and integers in 64 bits where they fit.
    func relation(_ connection: EngineConnection) throws -> String {
        let casts = try selected.types.merging(wide(connection)) { given, _ in given }.sorted { $0.key < $1.key }.map {
            "CAST(\(SQL.name($0.key)) AS \($0.value)) AS \(SQL.name($0.key))"
        }
        let replaced = casts.isEmpty ? "" : " REPLACE (\(casts.joined(separator: ", ")))"
        return "SELECT *\(replaced) FROM \(reader)"
    }

    /// The engine takes integers of both signs for 128 bits, which no file but its own keeps. Better types for those.
    private func wide(_ connection: EngineConnection) throws -> [String: String] {
        let columns = try connection.rows("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(reader))")
        var types: [String: String] = [:]
        for row in columns {
            guard let name = row[0], let type = row[1], selected.types[name] == nil else { continue }
            if type == "HUGEINT" {
                types[name] = try fitting(name, connection)
            } else if let narrow = Self.narrowed(type) {
                types[name] = narrow
            }
        }
        return types
    }

    private func fitting(_ name: String, _ connection: EngineConnection) throws -> String {
        let column = SQL.name(name)
        let range = try connection.rows("SELECT min(\(column))::VARCHAR, max(\(column))::VARCHAR FROM \(reader)").first
        guard let least = range?[0], let most = range?[1] else { return "BIGINT" }
        if Int64(least) != nil, Int64(most) != nil { return "BIGINT" }
        return UInt64(least) != nil && UInt64(most) != nil ? "UBIGINT" : "DECIMAL(38, 0)"
    }

    /// A nested type with 64 bits for 128, nil where it has none. A type ends at a bracket or a comma; a name doesn't.
    private static func narrowed(_ type: String) -> String? {
        var result = ""
        var rest = Substring(type)
        while let at = rest.firstRange(of: "HUGEINT") {
            let next = rest[at.upperBound...].first
            result += rest[..<at.lowerBound] + (next.map { ",)[".contains($0) } ?? true ? "BIGINT" : "HUGEINT")
            rest = rest[at.upperBound...]
        }
        result += rest
        return result == type ? nil : result
    }
}
