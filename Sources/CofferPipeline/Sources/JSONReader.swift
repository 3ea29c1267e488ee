/// The SQL that reads JSON and JSON lines.
struct JSONReader {
    private let selected: FileSelection
    private let files: String
    private let form: String

    init(_ selected: FileSelection, _ files: String) {
        self.selected = selected
        self.files = files
        form = selected.format == .json ? "auto" : "newline_delimited"
    }

    /// `read_json(…)` that finds the columns out. All of it is looked at first: a field that only a late object has must
    /// not be lost. `03-04-2020` is no date: which number is the month is anybody's guess.
    private var finding: String {
        """
        read_json(\(files), format = '\(form)', map_inference_threshold = -1, sample_size = -1, union_by_name = true, \
        dateformat = '%Y-%m-%d'\(compression))
        """
    }

    private var compression: String {
        selected.compression.map { ", compression = \(SQL.literal($0))" } ?? ""
    }

    /// A query over the files: with the types that the pipeline gives, with integers in 64 bits where they fit.
    func relation(_ connection: EngineConnection) throws -> String {
        let found = try connection.rows("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(finding))")
            .map { (name: $0[0] ?? "", type: $0[1] ?? "JSON") }
        if let missing = selected.types.keys.sorted().first(where: { name in !found.contains { $0.name == name } }) {
            throw PipelineError(
                .source, "types: there is no column \(missing) in the file",
                hint: "its columns: \(found.map(\.name).joined(separator: ", "))")
        }
        let types = try found.map { name, type in
            if let given = selected.types[name] { return given }
            if type == "HUGEINT" { return try fitting(name, connection) }
            return Self.narrowed(type) ?? type
        }
        if Self.areRenamed(found.map(\.name)) {
            guard !selected.isStreamed else {
                throw PipelineError(
                    .source, "names differ in case only, in an object that is too large to be held in memory",
                    hint: "split it, or give it one way of writing each name")
            }
            let casts = zip(found, types).filter { $0.type != $1 }.map {
                "CAST(\(SQL.name($0.name)) AS \($1)) AS \(SQL.name($0.name))"
            }
            return "SELECT *\(casts.isEmpty ? "" : " REPLACE (\(casts.joined(separator: ", ")))") FROM \(finding)"
        }
        try refuseManyDigits(
            found.map(\.name).enumerated().filter { types[$0.offset] == "DOUBLE" }.map(\.element), connection)
        return "SELECT * FROM \(reader(Array(zip(found.map(\.name), types))))"
    }

    /// Whether names differ in case only, of which the engine makes `id` and `Id_1`: under that name nothing would be found.
    private static func areRenamed(_ names: [String]) -> Bool {
        let lower = Set(names.map { $0.lowercased() })
        return names.contains { name in
            guard let mark = name.lastIndex(of: "_"), Int(name[name.index(after: mark)...]) != nil else { return false }
            return lower.contains(name[..<mark].lowercased())
        }
    }

    /// `read_json(…)` of known columns.
    private func reader(_ columns: [(String, String)]) -> String {
        let list = columns.map { "\(SQL.literal($0)): \(SQL.literal($1))" }.joined(separator: ", ")
        return "read_json(\(files), format = '\(form)', columns = {\(list)}\(compression))"
    }

    /// The engine takes a whole number beyond its integers for a double, which keeps 16 of its digits.
    private func refuseManyDigits(_ names: [String], _ connection: EngineConnection) throws {
        guard !names.isEmpty else { return }
        let flags = names.map { name in
            let (text, exact) = (SQL.name(name), "DECIMAL(38, 0)")
            return """
                coalesce(bool_or(length(\(text)) > 15 AND regexp_full_match(\(text), '-?[0-9]+') AND coalesce(\
                TRY_CAST(\(text) AS \(exact)) <> TRY_CAST(TRY_CAST(\(text) AS DOUBLE) AS \(exact)), true)), false)::VARCHAR
                """
        }
        let row =
            try connection.rows(
                "SELECT \(flags.joined(separator: ", ")) FROM \(reader(names.map { ($0, "VARCHAR") }))"
            ).first ?? []
        guard let at = row.firstIndex(of: "true") else { return }
        throw PipelineError(
            .source, "column \(names[at]) holds a whole number with more digits than a double keeps",
            hint: "read it as text: source: { types: { \(names[at]): varchar } }")
    }

    private func fitting(_ name: String, _ connection: EngineConnection) throws -> String {
        let column = SQL.name(name)
        let range = try connection.rows(
            "SELECT min(\(column))::VARCHAR, max(\(column))::VARCHAR FROM \(reader([(name, "HUGEINT")]))"
        ).first
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
