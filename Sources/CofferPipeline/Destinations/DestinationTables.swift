import FoundationEssentials

/// `_coffer_keys` and `_coffer_runs`, the two tables that Coffer keeps beside its own in a database.
enum DestinationTables {
    static let keys = "_coffer_keys"
    static let runs = "_coffer_runs"

    static func createKeys(_ schema: String) -> String {
        "CREATE TABLE IF NOT EXISTS \(schema).\(SQL.name(keys)) (\(Ledger.keysColumns))"
    }

    static func createRuns(_ schema: String) -> String {
        "CREATE TABLE IF NOT EXISTS \(schema).\(SQL.name(runs)) (\(Ledger.runsColumns))"
    }

    static func selectKeys(_ schema: String, table: String) -> String {
        selectKeys(schema, "table_name", table)
    }

    static func selectKeys(_ schema: String, dataset: String) -> String {
        selectKeys(schema, "dataset", dataset)
    }

    private static func selectKeys(_ schema: String, _ column: String, _ value: String) -> String {
        """
        SELECT dataset, catalogue_id, document FROM \(schema).\(SQL.name(keys)) WHERE \(column) = \(SQL.literal(value)) \
        ORDER BY dataset, table_name
        """
    }

    static func selectRuns(_ schema: String, _ table: String) -> String {
        """
        SELECT run_id, pipeline, finished_at, CAST("rows" AS VARCHAR), files, cursor_value FROM \(schema).\(SQL.name(runs)) \
        WHERE table_name = \(SQL.literal(table)) ORDER BY finished_at
        """
    }

    static func putKeys(_ schema: String, _ table: String, _ record: CatalogueRecord) -> String {
        let values = [
            table, record.dataset, record.id, String(decoding: record.document, as: UTF8.self), Timestamp.now(),
        ]
        return Ledger.insertKeys(into: "\(schema).\(SQL.name(keys))") { SQL.literal(values[$0 - 1]) }
    }

    static func remove(_ ledger: String, _ schema: String, _ table: String) -> String {
        "DELETE FROM \(schema).\(SQL.name(ledger)) WHERE table_name = \(SQL.literal(table))"
    }

    static func putRun(_ schema: String, _ table: String, _ run: RunRecord) -> String {
        let values = [run.id, table, run.pipeline, run.finishedAt, "\(run.rows)", run.filesDocument, run.cursor]
        return Ledger.insertRun(into: "\(schema).\(SQL.name(runs))") { values[$0 - 1].map(SQL.literal) ?? "NULL" }
    }
}

extension RunRecord {
    /// The files as the JSON that is stored.
    var filesDocument: String {
        let files = files.map { Sidecar.Remembered.File(name: $0.name, size: $0.size, modified: $0.modified) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(files)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }

    /// A row of ``DestinationTables/selectRuns(_:_:)``.
    init(row: [String?]) throws(PipelineError) {
        let document = Data((row[4] ?? "[]").utf8)
        guard let files = try? JSONDecoder().decode([Sidecar.Remembered.File].self, from: document) else {
            throw PipelineError(.destination, "a row of \(DestinationTables.runs) is malformed")
        }
        self.init(
            id: row[0] ?? "", pipeline: row[1] ?? "", finishedAt: row[2] ?? "", rows: row[3].flatMap { Int($0) } ?? 0,
            files: files.map { LoadedFile(name: $0.name, size: $0.size, modified: $0.modified) }, cursor: row[5])
    }
}

/// Points in time as texts.
package enum Timestamp {
    /// Now, ISO 8601 in UTC, to the millisecond.
    package static func now() -> String {
        Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
