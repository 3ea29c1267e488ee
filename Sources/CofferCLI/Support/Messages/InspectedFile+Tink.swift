import Coffer
import CofferCrypto

extension InspectedFile {
    /// Whether a file that begins so can be a keyset of Tink in JSON. One in protobuf can't be told from other files.
    static func mayBeKeyset(_ start: [UInt8]) -> Bool {
        start.first { $0 > 0x20 } == UInt8(ascii: "{")
            && ["\"primaryKeyId\"", "\"encryptedKeyset\"", "\"keysetInfo\""].contains { start.hasPart(Array($0.utf8)) }
    }

    /// What a keyset says of itself; nil where it is none.
    static func keyset(_ stream: LookAhead, _ name: String) async throws -> InspectedFile? {
        let text = try stream.secret(limit: TinkArgument.maximumByteCount)
        guard let text, let keyset = try? TinkKeyset.describe(text) else { return nil }
        var found = InspectedFile(file: name, format: "tink-keyset")
        found.label =
            keyset.isEncrypted ? "Tink keyset, encrypted" : "Tink keyset in the clear: who reads the file has its keys"
        found.isEncrypted = keyset.isEncrypted
        found.bytes = text.count
        found.keys = keyset.keys.map { key in
            Key(
                provider: key.typeName, key: "\(key.id)", version: nil, status: key.status.rawValue,
                prefix: key.prefix.rawValue, isPrimary: key.id == keyset.primaryID)
        }
        return found
    }
}

extension [UInt8] {
    fileprivate func hasPart(_ part: [UInt8]) -> Bool {
        guard count >= part.count else { return false }
        return (0...(count - part.count)).contains {
            self[$0] == part[0] && self[$0..<$0 + part.count].elementsEqual(part)
        }
    }
}

extension LookAhead {
    /// All of it; nil where it has more than `limit` bytes.
    fileprivate func secret(limit: Int) throws -> SecretBytes? {
        let source = try fromStart()
        var count = 0
        let whole = try SecretBytes(count: limit + 1) { (output: inout OutputRawSpan) throws in
            while output.freeCapacity > 0 {
                let before = output.byteCount
                try source.read(into: &output)
                guard output.byteCount > before else { break }
            }
            count = output.byteCount
        }
        guard count <= limit else { return nil }
        return whole.withBytes { SecretBytes(copying: $0.extracting(first: count)) }
    }
}
