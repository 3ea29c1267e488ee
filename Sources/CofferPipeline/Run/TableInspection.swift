import Coffer

/// What stands beside a protected table about it. Reads no row and needs no key; nothing of it is verified.
package struct TableInspection: Sendable {
    /// Where the table is.
    package let location: String
    /// Its catalogues, one a dataset.
    package let catalogues: [Catalogue]
    /// The loads it is made of, oldest first.
    package let loads: [RunRecord]

    /// Looks at `table`. Blocks.
    package init(_ table: ProtectedTable, connectors: Connectors) throws {
        let destination = try connectors.destination(table.place)
        location = destination.location
        catalogues = try destination.catalogues().map { try Catalogue(decoding: $0.document) }
        loads = try destination.runs()
    }

    /// Whether nothing is there.
    package var isEmpty: Bool { catalogues.isEmpty && loads.isEmpty }
}

extension ProtectedTable {
    /// Whether a look beside it may be worth while: a file of data, a folder, or a database whose table is named.
    package static func mayBeOne(_ text: String, isTableNamed: Bool) -> Bool {
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") || FileSystem.isFolder(text) { return true }
        if ObjectAddress.isOne(text) { return FileFormat(path: text) != nil }
        guard FileSystem.status(text) != nil else { return false }
        if DatabaseAddress(sniffing: text) != nil { return isTableNamed }
        return FileFormat(path: text) != nil && FileSystem.status("\(text).coffer.json") != nil
    }
}
