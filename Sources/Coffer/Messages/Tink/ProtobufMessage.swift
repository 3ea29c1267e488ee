import CofferCrypto

/// The fields of one protobuf message that may hold keys: whole numbers and bytes, which is all that Tink's keysets have.
///
/// Fields that nobody asks for are passed over, as proto3 has it; one that may be there once and is there twice is refused.
struct ProtobufMessage {
    private enum Value {
        case number(UInt64)
        case bytes(SharedSecret)
    }

    static let maximumFields = 4096
    private var fields: [UInt64: [Value]] = [:]

    init(_ message: borrowing SecretBytes) throws(MessageError) {
        try message.withBytes { (bytes) throws(MessageError) in
            var (at, count) = (0, 0)
            while at < bytes.byteCount {
                count += 1
                guard count <= Self.maximumFields, let tag = Self.varint(bytes, &at), tag >> 3 > 0 else {
                    throw Self.malformed
                }
                switch tag & 7 {
                case 0:
                    guard let number = Self.varint(bytes, &at) else { throw Self.malformed }
                    fields[tag >> 3, default: []].append(.number(number))
                case 1: try Self.skip(8, bytes, &at)
                case 2:
                    guard let length = Self.varint(bytes, &at), length <= bytes.byteCount - at else {
                        throw Self.malformed
                    }
                    let field = SecretBytes(copying: bytes.extracting(at..<at + Int(length)))
                    fields[tag >> 3, default: []].append(.bytes(SharedSecret(field)))
                    at += Int(length)
                case 5: try Self.skip(4, bytes, &at)
                default: throw Self.malformed
                }
            }
        }
    }

    static var malformed: MessageError { .keyset("is damaged: its protobuf can't be read") }

    private static func skip(_ count: Int, _ bytes: RawSpan, _ at: inout Int) throws(MessageError) {
        guard bytes.byteCount - at >= count else { throw malformed }
        at += count
    }

    /// At most ten bytes, of which the last has one bit.
    private static func varint(_ bytes: RawSpan, _ at: inout Int) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard at < bytes.byteCount else { return nil }
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
            at += 1
            guard shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    /// Whether the field is there.
    func has(_ field: UInt64) -> Bool { fields[field] != nil }

    private func one(_ field: UInt64) throws(MessageError) -> Value? {
        guard let values = fields[field] else { return nil }
        guard values.count == 1 else { throw Self.malformed }
        return values[0]
    }

    /// The number; 0 where there is none, as proto3 has it.
    func number(_ field: UInt64) throws(MessageError) -> UInt64 {
        switch try one(field) {
        case nil: return 0
        case .number(let number): return number
        case .bytes: throw Self.malformed
        }
    }

    /// The number where it fits in 32 bits, as all in keysets do.
    func number32(_ field: UInt64) throws(MessageError) -> UInt32 {
        guard let number = UInt32(exactly: try number(field)) else { throw Self.malformed }
        return number
    }

    /// The bytes; none where there is no such field.
    func bytes(_ field: UInt64) throws(MessageError) -> SharedSecret {
        switch try one(field) {
        case nil: return SharedSecret(SecretBytes(copying: RawSpan()))
        case .bytes(let bytes): return bytes
        case .number: throw Self.malformed
        }
    }

    /// The text, which is no secret.
    func text(_ field: UInt64) throws(MessageError) -> String {
        guard let text = String(validating: try bytes(field).secret.exposed(), as: UTF8.self) else {
            throw Self.malformed
        }
        return text
    }

    /// The message inside.
    func message(_ field: UInt64) throws(MessageError) -> ProtobufMessage {
        try ProtobufMessage(try bytes(field).secret)
    }

    /// All messages of a field that may be there many times.
    func messages(_ field: UInt64) throws(MessageError) -> [ProtobufMessage] {
        var all: [ProtobufMessage] = []
        for value in fields[field] ?? [] {
            guard case .bytes(let bytes) = value else { throw Self.malformed }
            all.append(try ProtobufMessage(bytes.secret))
        }
        return all
    }
}

extension SecretBytes {
    /// The bytes of what is no secret after all.
    borrowing func exposed() -> [UInt8] {
        withBytes { bytes in [UInt8](byteCapacity: bytes.byteCount) { $0.append(copying: bytes) } }
    }
}

extension MessageError {
    /// Why a keyset of Tink is not taken.
    static func keyset(_ why: String, hint: String? = nil) -> MessageError {
        MessageError(.invalidArgument, "the Tink keyset \(why)", hint: hint)
    }
}
