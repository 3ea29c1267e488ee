import Coffer
import CofferCrypto

/// A value in a column, of one type.
enum Cell: Hashable, Sendable {
    case text(String)
    case integer(Int64)
    case blob([UInt8])

    /// Whether SQLite gives it back as it is: texts go there as C strings, which end at a NUL. A row that came back
    /// shorter would not carry its MAC, and the store would never open again.
    var isStorable: Bool {
        if case .text(let text) = self { return !text.utf8.contains(0) }
        return true
    }

    /// What ``append(to:)`` wrote.
    init?(_ reader: inout ByteReader) {
        guard let type = reader.field(), let value = reader.field() else { return nil }
        switch type {
        case [UInt8(ascii: "t")]:
            guard let text = String(validating: value, as: UTF8.self) else { return nil }
            self = .text(text)
        case [UInt8(ascii: "i")]:
            guard value.count == 8 else { return nil }
            self = .integer(Int64(bigEndian: value))
        case [UInt8(ascii: "b")]: self = .blob(Array(value))
        default: return nil
        }
    }

    /// Type and length-prefixed bytes, for a MAC.
    func append(to writer: inout ByteWriter) {
        switch self {
        case .text(let text):
            writer.field([UInt8(ascii: "t")])
            writer.field(text.utf8)
        case .integer(let number):
            writer.field([UInt8(ascii: "i")])
            writer.field(number.bigEndianBytes)
        case .blob(let bytes):
            writer.field([UInt8(ascii: "b")])
            writer.field(bytes)
        }
    }
}

/// A table of the store: its columns, the first of which are the primary key; beside them each row has its MAC.
struct Table: Sendable {
    enum ColumnType: String { case text = "TEXT", integer = "INTEGER", blob = "BLOB" }

    let name: String
    let columns: [(name: String, type: ColumnType)]
    let keyCount: Int
    /// The version of the store that brought it.
    var since = 1

    /// The statement that makes it.
    var definition: String {
        let columns = columns.map { "\($0.name) \($0.type.rawValue) NOT NULL" }.joined(separator: ", ")
        let key = self.columns.prefix(keyCount).map(\.name).joined(separator: ", ")
        return "CREATE TABLE \(name) (\(columns), mac BLOB NOT NULL, PRIMARY KEY (\(key))) STRICT, WITHOUT ROWID"
    }
}

/// A row of one of the tables. To add a table to the store: a record, its place in ``Tables`` and in ``Tables/all``.
protocol Record: Sendable {
    /// The primary key.
    associatedtype ID: Hashable & Sendable

    static var table: Table { get }
    /// Where the rows of this kind are.
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { get }

    var id: ID { get }
    /// The key that the row is about, and with which it goes; nil where it is about none.
    var owner: KeyUUID? { get }
    /// What it is found by, beside its primary key and its owner.
    var indexes: [RowIndex] { get }
    /// The values, one for each column.
    var values: [Cell] { get }
    /// The record that has `values`; nil if they don't make one. Called only for rows whose MAC is right.
    init?(_ values: [Cell])
    /// The same under another root key.
    func resealed(from old: StoreSeal, to new: StoreSeal, _ randomness: Randomness) throws(KeyError) -> Self
}

extension Record where ID == KeyUUID {
    var owner: KeyUUID? { id }
}

extension Record {
    var indexes: [RowIndex] { [] }

    func resealed(from old: StoreSeal, to new: StoreSeal, _ randomness: Randomness) throws(KeyError) -> Self { self }
}

/// The rows of one table by primary key, each with its MAC.
struct Sheet<R: Record>: Sendable {
    struct Sealed: Sendable {
        let record: R
        let mac: RowMAC
    }
    fileprivate(set) var rows: [R.ID: Sealed] = [:]
    private var found: [RowIndex: Set<R.ID>] = [:]

    subscript(id: R.ID) -> R? { rows[id]?.record }
    var records: some Collection<R> { rows.values.lazy.map(\.record) }

    /// The rows that are found by `index`, in no order. Takes as long as they are many, however many there are of others.
    func records(_ index: RowIndex) -> [R] { (found[index] ?? []).compactMap { rows[$0]?.record } }
    /// The rows of `key`, in no order.
    func records(of key: KeyUUID) -> [R] { records(.key(key)) }
    /// How many rows of `key` there are.
    func count(of key: KeyUUID) -> Int { found[.key(key)]?.count ?? 0 }

    mutating func insert(_ record: R, _ mac: RowMAC) -> RowMAC? {
        let old = rows.updateValue(Sealed(record: record, mac: mac), forKey: record.id)
        if let old { forget(old.record) }
        for index in Self.indexes(of: record) { found[index, default: []].insert(record.id) }
        return old?.mac
    }

    mutating func remove(_ id: R.ID) -> Sealed? {
        let old = rows.removeValue(forKey: id)
        if let old { forget(old.record) }
        return old
    }

    private mutating func forget(_ record: R) {
        for index in Self.indexes(of: record) {
            found[index]?.remove(record.id)
            if found[index]?.isEmpty == true { found[index] = nil }
        }
    }

    private static func indexes(of record: R) -> [RowIndex] {
        (record.owner.map { [.key($0)] } ?? []) + record.indexes
    }
}
