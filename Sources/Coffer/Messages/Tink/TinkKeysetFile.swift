import CofferCrypto

/// A keyset of Tink as it stands in a file, read and not yet understood: JSON or protobuf, in the clear or encrypted.
enum TinkKeysetFile {
    struct Key {
        let info: TinkKeyInfo
        /// The key itself, as a protobuf message of its kind; it has no bytes where the key is destroyed.
        let material: SharedSecret
    }

    case clear(primary: UInt32, keys: [Key])
    /// The protobuf of a keyset, sealed; what it says of its keys is not verified.
    case encrypted([UInt8], primary: UInt32, keys: [TinkKeyInfo])

    static let maximumByteCount = 1 << 20
    static let maximumKeys = 1024

    init(_ file: borrowing SecretBytes) throws(MessageError) {
        guard file.count <= Self.maximumByteCount else { throw .keyset("has more than 1 MiB") }
        let first = file.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe $0.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) } }
        }
        self = try first == UInt8(ascii: "{") ? Self(json: file) : Self(protobuf: file)
        switch self {
        case .clear(let primary, let keys): try Self.check(primary, keys.map(\.info))
        case .encrypted(_, let primary, let keys): if !keys.isEmpty { try Self.check(primary, keys) }
        }
    }

    private static func check(_ primary: UInt32, _ keys: [TinkKeyInfo]) throws(MessageError) {
        guard !keys.isEmpty else { throw .keyset("has no keys") }
        guard keys.count <= maximumKeys else { throw .keyset("has more than \(maximumKeys) keys") }
        guard Set(keys.map(\.id)).count == keys.count else { throw .keyset("has two keys of one id") }
        guard let own = keys.first(where: { $0.id == primary }) else {
            throw .keyset("has no key of the id \(primary), which is to be its primary key")
        }
        guard own.status == .enabled else { throw .keyset("has a primary key, \(primary), that is not enabled") }
    }
}

// tink/proto/tink.proto
extension TinkKeysetFile {
    fileprivate init(protobuf file: borrowing SecretBytes) throws(MessageError) {
        let message: ProtobufMessage
        do { message = try ProtobufMessage(file) } catch {
            throw MessageError.keyset(
                "is neither JSON nor protobuf", hint: "tink_json_proto_keyset_format.serialize(…) makes the one")
        }
        guard !message.has(1) else {
            var keys: [Key] = []
            for key in try message.messages(2) { keys.append(try Key(key)) }
            self = .clear(primary: try message.number32(1), keys: keys)
            return
        }
        let sealed = try message.bytes(2).secret.exposed()
        guard !sealed.isEmpty else { throw MessageError.keyset("is neither JSON nor protobuf") }
        let info = try message.message(3)
        var keys: [TinkKeyInfo] = []
        for key in try info.messages(2) {
            keys.append(
                try TinkKeyInfo(try key.text(1), status: key.number(2), id: key.number32(3), prefix: key.number(4)))
        }
        self = .encrypted(sealed, primary: try info.number32(1), keys: keys)
    }
}

extension TinkKeysetFile.Key {
    fileprivate init(_ key: ProtobufMessage) throws(MessageError) {
        let data = try key.message(1)
        info = try TinkKeyInfo(
            try data.text(1), status: key.number(2), id: key.number32(3), prefix: key.number(4))
        material = try data.bytes(2)
        guard try data.number(3) != 3 else { throw .keyset("has public keys: it seals nothing") }
    }
}

extension TinkKeyInfo {
    fileprivate init(_ typeURL: String, status: UInt64, id: UInt32, prefix: UInt64) throws(MessageError) {
        guard let status = Status(number: status) else { throw .keyset("has a key of an unknown status") }
        guard let prefix = Prefix(number: prefix) else { throw .keyset("has a key of an unknown output prefix") }
        self.init(id: id, typeURL: typeURL, status: status, prefix: prefix)
    }
}
