/// The forms of files that are read and written.
package enum FileFormat: String, Sendable, CaseIterable {
    case csv, json, jsonl, parquet

    /// The form that the ending of a name tells; compressed text files keep theirs (`a.csv.gz`).
    package init?(path: String) {
        var name = path.lowercased()
        for ending in [".gz", ".zst"] where name.hasSuffix(ending) { name = String(name.dropLast(ending.count)) }
        guard let dot = name.lastIndex(of: ".") else { return nil }
        switch name[name.index(after: dot)...] {
        case "csv", "tsv": self = .csv
        case "json": self = .json
        case "jsonl", "ndjson": self = .jsonl
        case "parquet", "pq": self = .parquet
        default: return nil
        }
    }
}

/// Files to read, and how.
package struct FileSelection: Sendable {
    /// Paths or patterns; `-` alone is standard input.
    package var paths: [String]
    /// Their form.
    package var format: FileFormat
    /// How CSV is written, where it shall not be found out.
    package var delimiter: String?, quote: String?, header: Bool?
    /// SQL types of columns by name.
    package var types: [String: String] = [:]
    /// How they are compressed, where their names don't tell: `gzip`, `zstd`.
    var compression: String?
    /// The one file can be read only once in a statement.
    var isStreamed = false
    /// Coffer itself has written them, so their form is known.
    package var isOwn = false

    /// Files of one form.
    package init(paths: [String], format: FileFormat) {
        self.paths = paths
        self.format = format
    }

    var isStandardInput: Bool { paths == ["-"] }
}
