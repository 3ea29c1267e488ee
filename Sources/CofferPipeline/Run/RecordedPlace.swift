// What the audit log is told of places: without a password, and without the text of a query, which may hold values.

extension SourceSpecification.Place {
    /// Where it is: paths, a database and table. A query is only called one.
    package var recordedName: String {
        switch self {
        case .files(let files): files.paths.joined(separator: ", ")
        case .database(let address, .table(let table)): "\(address.recordedName) \(table)"
        case .database(let address, .query): "\(address.recordedName) (a query)"
        }
    }

    /// The text of a query, for a keyed hash of it.
    package var queryText: String? {
        if case .database(_, .query(let text)) = self { text } else { nil }
    }
}

extension DestinationSpecification.Place {
    /// Where it is: a path, a database and table.
    package var recordedName: String {
        switch self {
        case .file(let path, _): path
        case .folder(let path, _): path + "/"
        case .database(let address, let table): "\(address.recordedName) \(table)"
        }
    }
}

extension DatabaseAddress {
    fileprivate var recordedName: String {
        switch self {
        case .duckdb(let path), .sqlite(let path): path
        case .postgres(let address): address.location
        }
    }
}

extension FieldPlan.Row {
    /// The kind of protection without its options: `encrypt`, `mask`, `keep`.
    package var protectionKind: String { String(protection.prefix { $0.isLetter || $0 == "_" }) }
}

extension Catalogue.Protection {
    /// The kind of protection without its options.
    var kind: String {
        switch self {
        case .randomized: "encrypt"
        case .deterministic: "deterministic"
        case .preserveFormat: "preserve_format"
        case .tokenized: "tokenize"
        case .hash, .mask, .redact, .generalize: "other"
        }
    }
}
