import Coffer
import CofferCrypto

/// An answer in JSON with one member that is a secret in base64. It is taken out of the bytes before anything else looks
/// at them, so that it never becomes a text, and the bytes are wiped.
struct SecretAnswer: ~Copyable {
    /// The secret; nil where there is no such member.
    let secret: SecretBytes?
    /// Everything else.
    let rest: JSON

    /// Parses `bytes`, and wipes them whatever comes of it.
    init(_ bytes: inout [UInt8], secret name: String) throws {
        defer { bytes.wipe() }
        var found: SecretBytes?
        if let range = Self.range(of: name, in: bytes) {
            found = try Self.decode(bytes, range)
            // What parses the rest sees zeros in the place of the secret.
            for i in range { bytes[i] = UInt8(ascii: "0") }
        }
        rest = try JSON(parsing: bytes)
        secret = found
    }

    private static func decode(_ bytes: [UInt8], _ range: Range<Int>) throws(KeyError) -> SecretBytes {
        let text = unsafe bytes.span.bytes.extracting(range)
        guard let count = Base64.decodedCount(text), count > 0,
            let secret = try? SecretBytes(
                count: count,
                { (output) throws(CryptoError) in
                    try Base64.decode(text, into: &output)
                })
        else { throw KeyError(.unavailable, "AWS KMS answered with something that is not base64") }
        return secret
    }

    /// Where the value of the member `name` of the outermost object stands, without its quotes; nil where there is none, or
    /// it is no text or has escapes. Anything malformed is left for the parser to say.
    static func range(of name: String, in bytes: [UInt8]) -> Range<Int>? {
        var depth = 0
        var at = 0
        /// The text that begins at `at`, a quote; `at` is behind it afterwards.
        func text() -> Range<Int>? {
            let start = at + 1
            at = start
            while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
                at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard at < bytes.count else { return nil }
            at += 1
            return start..<(at - 1)
        }
        func skipSpace() { while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 } }
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                at += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                at += 1
            case UInt8(ascii: "\""):
                guard let member = text() else { return nil }
                guard depth == 1 else { continue }
                skipSpace()
                guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { continue }
                at += 1
                skipSpace()
                guard bytes[member].elementsEqual(name.utf8) else { continue }
                guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return nil }
                guard let value = text(), !bytes[value].contains(UInt8(ascii: "\\")) else { return nil }
                return value
            default: at += 1
            }
        }
        return nil
    }
}

extension [UInt8] {
    /// Overwrites the bytes, as far as this array is their only owner.
    mutating func wipe() {
        unsafe withUnsafeMutableBytes { bytes in _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0) }
    }
}
