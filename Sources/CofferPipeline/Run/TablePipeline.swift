import Coffer

/// One table of a pipeline: what is read, what is done to it, where it goes.
package struct TablePipeline: Sendable {
    /// Its entry under `tables:`, if it has one.
    package let name: String?
    /// What is read.
    package let source: SourceSpecification
    /// Where it goes.
    package let destination: DestinationSpecification
    /// What becomes of each column.
    package let policy: FieldPolicy
    /// How many rows must be alike before the table may be written.
    package let release: ReleaseRule?
    /// The logical name that values are bound to, where the file gives one.
    package let dataset: String?
    /// The token vault, where the file names one.
    package let vault: VaultPlace?

    init(
        _ section: Section, table: String?, folder: String, resolve: (SecretReference) throws -> String
    ) throws {
        name = table
        source = try SourceSpecification(section.required("source"), table: table, folder: folder, resolve: resolve)
        destination = try DestinationSpecification(
            section.required("destination"), table: table, folder: folder, resolve: resolve)
        let fields = try FieldPolicy(section, folder: folder)
        release = try section["release"].map { try ReleaseRule($0, folder: folder) }
        try release?.check(fields, source, destination)
        // What a plan is made of before the levels are known: the columns are there.
        policy = release.map { $0.policy(fields, at: $0.quasi.map { _ in 0 }) } ?? fields
        dataset = try section.text("dataset")
        vault = try section.text("vault").map { try VaultPlace($0, folder: folder, resolve: resolve) }
        if destination.mode == .replace, source.newOnly || source.cursor != nil {
            throw ConfigurationError(
                "only what is new is read, but write: replace would leave nothing else in the table",
                line: section["destination"]?.line, hint: "add write: append, or write: merge with a primary_key")
        }
        if let cursor = source.cursor {
            let rule = policy.rules.first { $0.path == FieldPath(cursor) }
            guard rule.map({ $0.protection == .keep }) ?? policy.keepsUnlisted else {
                throw ConfigurationError(
                    "the cursor column \(cursor) is not kept, so the next run could not go on from it",
                    line: rule?.line ?? section.line, hint: "write \(cursor): keep")
            }
        }
    }
}

extension TablePipeline {
    /// The DuckDB files that it reads and writes.
    package var duckDBFiles: [String] {
        var files = [destination.duckDBFile].compactMap { $0 }
        if case .database(.duckdb(let path), _) = source.place { files.append(path) }
        return files
    }
}

/// Where a database is.
package enum DatabaseAddress: Sendable {
    case duckdb(String)
    case sqlite(String)
    case postgres(PostgresAddress)

    /// Reads `duckdb`, `sqlite` or `postgres`; nil where `section` has none of them.
    init?(_ section: Section, folder: String, resolve: (SecretReference) throws -> String) throws {
        if let path = try section.text("duckdb") {
            self = .duckdb(Paths.place(Paths.absolute(path, in: folder)))
        } else if let path = try section.text("sqlite") {
            self = .sqlite(Paths.place(Paths.absolute(path, in: folder)))
        } else if let text = try section.text("postgres") {
            let reference = SecretReference(text)
            self = .postgres(
                try PostgresAddress(
                    try reference.map(resolve) ?? text, isSecret: reference != nil,
                    allowPlaintext: try section.boolean("allow_plaintext") ?? false))
        } else {
            return nil
        }
    }
}

/// Paths as the user writes them.
enum Paths {
    /// `path` from `folder` on, unless it is absolute; `~/` is the home folder.
    static func absolute(_ path: String, in folder: String) -> String {
        if path.hasPrefix("/") || path == "-" || ObjectAddress.isOne(path) { return path }
        if path.hasPrefix("~/"), let home = Environment.current["HOME"] { return home + path.dropFirst() }
        return folder.isEmpty || folder == "." ? path : "\(folder)/\(path)"
    }

    /// `path` in the one form by which the key store knows a catalogue's place, however the user writes it.
    static func place(_ path: String) -> String {
        if ObjectAddress.isOne(path) { return path }
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        return FileSystem.realPath(trimmed) ?? trimmed
    }
}

extension Section {
    /// An error unless exactly one of `names` is written.
    func exactlyOne(of names: [String]) throws(ConfigurationError) {
        let written = names.filter { self[$0] != nil }
        guard written.count != 1 else { return }
        throw ConfigurationError(
            written.isEmpty
                ? "\(name) lacks one of \(names.joined(separator: ", "))"
                : "\(name) has both \(written[0]) and \(written[1])", line: line)
    }
}
