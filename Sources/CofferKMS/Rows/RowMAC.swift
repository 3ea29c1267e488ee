import Coffer
import CofferCrypto

/// The MAC of a row: HMAC-SHA-256 under a key of the root key over table, primary key and columns.
struct RowMAC: Hashable, Comparable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// From 32 bytes.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        func word(_ i: Int) -> UInt64 { UInt64(bigEndian: bytes[8 * i..<8 * i + 8]) }
        words = (word(0), word(1), word(2), word(3))
    }

    /// The MAC that the row `values` of `table` should have.
    init(_ values: [Cell], of table: Table, key: HMAC) {
        var message = ByteWriter("coffer/store/1/row")
        message.field(table.name.utf8)
        for (column, value) in zip(table.columns, values) {
            message.field(column.name.utf8)
            value.append(to: &message)
        }
        let mac = key.bytes(of: message.bytes)
        self.init(mac)!
    }

    var bytes: [UInt8] { [words.0, words.1, words.2, words.3].flatMap(\.bigEndianBytes) }

    /// Appends the 32 bytes.
    func append(to bytes: inout [UInt8]) {
        for word in [words.0, words.1, words.2, words.3] {
            unsafe withUnsafeBytes(of: word.bigEndian) { unsafe bytes.append(contentsOf: $0) }
        }
    }

    static func == (a: RowMAC, b: RowMAC) -> Bool {
        let difference =
            (a.words.0 ^ b.words.0) | (a.words.1 ^ b.words.1) | (a.words.2 ^ b.words.2) | (a.words.3 ^ b.words.3)
        return difference == 0
    }

    static func < (a: RowMAC, b: RowMAC) -> Bool { a.words < b.words }

    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}
