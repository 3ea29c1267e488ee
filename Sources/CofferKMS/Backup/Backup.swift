import Coffer
import CofferCrypto

/// A copy of a whole store in one file: a header that says which root key it needs, and all rows, sealed under a key of that
/// root key (docs/specs/key-store.md, “Backups”).
struct Backup {
    let seal: SealRow
    let store: [UInt8]
    /// Seconds since 1970.
    let made: Int64
    let salt: [UInt8]
    private let header: [UInt8]
    private let sealed: ArraySlice<UInt8>

    private static let label = "coffer/backup/1"
    private static let nonce = [UInt8](repeating: 0, count: AEAD.nonceByteCount)

    /// The file that holds `state`.
    static func bytes(_ state: StoredState, _ row: SealRow, made: Int64, randomness: Randomness) -> [UInt8] {
        let salt = randomness.bytes(32)
        var header = ByteWriter(label)
        for cell in row.values { cell.append(to: &header) }
        header.field(state.seal.store)
        header.number(made)
        header.field(salt)
        let content = content(state)
        let aead = state.seal.backup(salt: salt)
        return aead.seal(content, nonce: nonce, additionalData: header.bytes, after: header.bytes)
    }

    /// Takes the header apart; nothing of it is known to be true yet.
    init(_ bytes: [UInt8]) throws(KeyError) {
        var reader = ByteReader(bytes)
        guard reader.field() == Array(Self.label.utf8) else { throw Self.damaged }
        var values: [Cell] = []
        while values.count < 6 {
            guard let value = Cell(&reader) else { throw Self.damaged }
            values.append(value)
        }
        guard let seal = SealRow(values), let store = reader.field(), store.count == 16, let made = reader.number(),
            let salt = reader.field(), salt.count == 32
        else { throw Self.damaged }
        (self.seal, self.store, self.made, self.salt) = (seal, store, made, salt)
        (header, sealed) = (Array(bytes[..<reader.position]), bytes[reader.position...])
    }

    /// The store as it was, verified as on opening.
    func open(_ source: RootSeal) throws -> StoredState {
        let seal = StoreSeal(try seal.open(source), store: store)
        let aead = seal.backup(salt: salt)
        guard let content = aead.open(sealed, nonce: Self.nonce[...], additionalData: header) else {
            throw Self.damaged
        }
        return try Self.state(content.withBytes { [UInt8](copying: $0) }, seal)
    }

    private static func content(_ state: StoredState) -> [UInt8] {
        var writer = ByteWriter("\(label)/content")
        writer.number(Int64(Schema.version))
        for cell in state.root.values { cell.append(to: &writer) }
        for kind in Tables.all { append(kind, of: state.tables, to: &writer) }
        return writer.bytes
    }

    private static func append<R: Record>(_: R.Type, of tables: Tables, to writer: inout ByteWriter) {
        let rows = tables[keyPath: R.sheet].rows.values
        writer.field(R.table.name.utf8)
        writer.number(Int64(rows.count))
        for row in rows { for cell in row.record.values + [.blob(row.mac.bytes)] { cell.append(to: &writer) } }
    }

    private static func state(_ content: [UInt8], _ seal: StoreSeal) throws(KeyError) -> StoredState {
        var reader = ByteReader(content)
        guard reader.field() == Array("\(label)/content".utf8), let version = reader.number() else { throw damaged }
        guard (1...Int64(Schema.version)).contains(version) else {
            throw KeyError(
                .storeRefused, "the backup was made by another version of coffer", hint: "use that version")
        }
        guard let root = RootRow((0..<5).compactMap { _ in Cell(&reader) }) else { throw damaged }
        try root.check(seal)
        var tables = Tables()
        for kind in Tables.all where kind.table.since <= version { try load(kind, &reader, seal, into: &tables) }
        guard reader.isAtEnd else { throw damaged }
        tables.sortAfterLoading()
        try root.check(tables)
        return StoredState(tables: tables, root: root, seal: seal)
    }

    private static func load<R: Record>(
        _: R.Type, _ reader: inout ByteReader, _ seal: StoreSeal, into tables: inout Tables
    ) throws(KeyError) {
        guard reader.field() == Array(R.table.name.utf8), var left = reader.number() else { throw damaged }
        while left > 0 {
            var row: [Cell] = []
            while row.count <= R.table.columns.count {
                guard let cell = Cell(&reader) else { throw damaged }
                row.append(cell)
            }
            try tables.load(R.self, row, seal)
            left -= 1
        }
    }

    private static var damaged: KeyError {
        KeyError(.storeRefused, "that is not a backup of a key store, or it is damaged", hint: "use another backup")
    }
}
