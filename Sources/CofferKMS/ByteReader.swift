import Coffer

/// Takes apart what ``ByteWriter`` built: nil where the bytes end too early.
struct ByteReader {
    private let bytes: [UInt8]
    /// How many bytes have been read.
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// A u32 length and as many bytes.
    mutating func field() -> [UInt8]? {
        guard let length = take(4) else { return nil }
        return take(Int(bigEndian: length))
    }

    /// A u64.
    mutating func number() -> Int64? { take(8).map { Int64(bigEndian: $0) } }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }
}
