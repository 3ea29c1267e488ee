/// The columns and statements of `_coffer_keys` and `_coffer_runs`, the same in every database.
enum Ledger {
    /// The columns of `_coffer_keys`.
    static let keysColumns =
        "table_name text NOT NULL, dataset text NOT NULL, catalogue_id text NOT NULL, document text NOT NULL, "
        + "updated_at text NOT NULL, PRIMARY KEY (table_name, dataset)"

    /// The columns of `_coffer_runs`.
    static let runsColumns =
        "run_id text NOT NULL PRIMARY KEY, table_name text NOT NULL, pipeline text NOT NULL, "
        + "finished_at text NOT NULL, \"rows\" bigint NOT NULL, files text NOT NULL, cursor_value text"

    /// The statements that note a load, with `parameter` writing the value of its number: a placeholder, or a literal.
    static func insertKeys(into table: String, _ parameter: (Int) -> String) -> String {
        "INSERT INTO \(table) (table_name, dataset, catalogue_id, document, updated_at) VALUES "
            + "(\((1...5).map(parameter).joined(separator: ", "))) ON CONFLICT (table_name, dataset) DO UPDATE SET "
            + "catalogue_id = excluded.catalogue_id, document = excluded.document, updated_at = excluded.updated_at"
    }

    static func insertRun(into table: String, _ parameter: (Int) -> String) -> String {
        "INSERT INTO \(table) (run_id, table_name, pipeline, finished_at, \"rows\", files, cursor_value) VALUES "
            + "(\(parameter(1)), \(parameter(2)), \(parameter(3)), \(parameter(4)), "
            + "CAST(\(parameter(5)) AS bigint), \(parameter(6)), \(parameter(7)))"
    }

    /// What the bytes of a catalogue are as a text.
    static func text(_ document: [UInt8]) throws -> String {
        guard let text = String(validating: document, as: UTF8.self) else {
            throw PipelineError(.catalogue, "a catalogue is not UTF-8")
        }
        return text
    }
}
