extension EncryptionContext {
    /// Names that begin so belong to the format.
    static let reservedPrefix = "aws-crypto-"
    /// The name under which a signed message carries its public key.
    static let publicKeyName = "aws-crypto-public-key"

    /// The bytes of this context in the AWS Encryption SDK format: none for none; else u16 count, then the pairs sorted by
    /// the bytes of their names, each name and value after its u16 length.
    func messageBytes() throws(MessageError) -> [UInt8] {
        guard !pairs.isEmpty else { return [] }
        let tooLong = MessageError(
            .tooLong, "the encryption context is longer than the 65535 bytes a message has for it")
        guard pairs.count <= 0xffff else { throw tooLong }
        var bytes = UInt16(pairs.count).bigEndianBytes
        for (name, value) in pairs.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            for text in [name, value] {
                guard text.utf8.count <= 0xffff, bytes.count <= 0xffff else { throw tooLong }
                bytes += UInt16(text.utf8.count).bigEndianBytes + Array(text.utf8)
            }
        }
        guard bytes.count <= 0xffff else { throw tooLong }
        return bytes
    }

    /// Takes apart what stands in a header; nil where it is no context. The order of the pairs is not looked at: there are
    /// writers that do not sort them, and the header's tag covers the bytes as they stand.
    init?(messageBytes bytes: [UInt8]) {
        guard !bytes.isEmpty else {
            self.init()
            return
        }
        var reader = FieldReader(bytes)
        guard let count = reader.u16(), count > 0 else { return nil }
        var pairs: [String: String] = [:]
        for _ in 0..<count {
            guard let name = reader.field(), let value = reader.field(),
                let nameText = String(validating: name, as: UTF8.self),
                let valueText = String(validating: value, as: UTF8.self),
                pairs.updateValue(valueText, forKey: nameText) == nil
            else { return nil }
        }
        guard reader.isAtEnd else { return nil }
        self.init(pairs)
    }

    /// Both, where no name has two values.
    func merging(_ other: EncryptionContext) throws(MessageError) -> EncryptionContext {
        var all = pairs
        for (name, value) in other.pairs {
            // By bytes: two texts that look the same are not the same here.
            if let known = all.updateValue(value, forKey: name), !known.utf8.elementsEqual(value.utf8) {
                throw MessageError(.wrongContext, "the encryption context has two values for “\(name)”")
            }
        }
        return EncryptionContext(all)
    }

    /// Refuses names that belong to the format.
    func checkNames() throws(MessageError) {
        guard let name = pairs.keys.first(where: { $0.hasPrefix(Self.reservedPrefix) }) else { return }
        throw MessageError(
            .invalidArgument, "the encryption context can't have “\(name)”",
            hint: "names that begin with \(Self.reservedPrefix) belong to the format")
    }
}

/// Takes apart fields with a u16 length in front.
struct FieldReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func u16() -> Int? {
        guard bytes.count - position >= 2 else { return nil }
        defer { position += 2 }
        return Int(bytes[position]) << 8 | Int(bytes[position + 1])
    }

    mutating func field() -> [UInt8]? {
        guard let count = u16(), bytes.count - position >= count else { return nil }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }
}
