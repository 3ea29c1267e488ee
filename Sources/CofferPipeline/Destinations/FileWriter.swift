/// Writes a stream into a file through the engine.
final class FileWriter: Sendable {
    let format: FileFormat
    let location: String
    private let connection: EngineConnection

    init(_ format: FileFormat, location: String, engine: Engine) throws {
        self.format = format
        self.location = location
        connection = try engine.connect()
    }

    /// Base64url where there are no bytes.
    var cells: CellForm { format == .parquet ? .binary : .text }

    /// Writes every batch to `path` and returns the number of rows. The file is not yet on the disk.
    func write(_ stream: any BatchStream, to path: String, catalogue id: String?) throws -> Int {
        try refuseUnfit(stream.schema)
        let registration = try connection.engine.register(stream)
        do {
            let rows = "SELECT *\(try exact(registration.name)) FROM \(registration.name)"
            return try connection.execute("COPY (\(rows)) TO \(SQL.literal(path)) (\(options(id)))")
        } catch {
            if let failure = registration.failure { throw failure }
            throw (error as? EngineFailure)?.sentence(.destination, location) ?? error
        }
    }

    func cancel() { connection.interrupt() }

    func schema(of path: String) throws -> Schema {
        let reader = format == .parquet ? "read_parquet" : format == .csv ? "read_csv" : "read_json"
        do {
            return try connection.query("SELECT * FROM \(reader)(\(SQL.file(path))) LIMIT 0").schema
        } catch let failure as EngineFailure {
            throw failure.sentence(.destination, location)
        }
    }

    /// Parquet has no integers of 128 bits, which the engine would round to doubles; its intervals count milliseconds, and its
    /// times have no zone of their own.
    private func exact(_ name: String) throws -> String {
        guard format == .parquet else { return "" }
        let columns = try connection.rows("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM \(name))")
        let casts = columns.compactMap { row -> String? in
            guard let name = row[0], let type = row[1] else { return nil }
            let kept = Self.kept(type)
            return kept == type ? nil : "CAST(\(SQL.name(name)) AS \(kept)) AS \(SQL.name(name))"
        }
        return casts.isEmpty ? "" : " REPLACE (\(casts.joined(separator: ", ")))"
    }

    /// The type under which Parquet keeps all of a value, wherever in a nested type it stands. A type ends at a bracket, a
    /// comma or the end; a name doesn't.
    private static func kept(_ type: String) -> String {
        var result = type
        let lossy = [
            ("UHUGEINT", "DECIMAL(38, 0)"), ("HUGEINT", "DECIMAL(38, 0)"), ("INTERVAL", "VARCHAR"),
            ("TIME WITH TIME ZONE", "VARCHAR"),
        ]
        for (word, better) in lossy {
            var rest = Substring(result)
            var done = ""
            while let at = rest.firstRange(of: word) {
                let before = rest[..<at.lowerBound].last ?? done.last
                let after = rest[at.upperBound...].first
                let isType = before.map { " (".contains($0) } ?? true && after.map { ",)[".contains($0) } ?? true
                done += rest[..<at.lowerBound] + (isType ? better : word)
                rest = rest[at.upperBound...]
            }
            result = done + rest
        }
        return result
    }

    private func options(_ id: String?) -> String {
        switch format {
        case .parquet:
            "USE_TMP_FILE false, FORMAT parquet"
                + (id.map { ", KV_METADATA {coffer_catalogue: \(SQL.literal($0))}" } ?? "")
        case .csv: "USE_TMP_FILE false, FORMAT csv, HEADER true"
        case .json, .jsonl: "USE_TMP_FILE false, FORMAT json"
        }
    }

    private func refuseUnfit(_ schema: Schema) throws(PipelineError) {
        guard format == .csv, let nested = schema.fields.first(where: { $0.type.isNested }) else { return }
        throw PipelineError(
            .destination, "column \(nested.name) is nested, which CSV can't hold", hint: "write JSONL or Parquet")
    }
}
