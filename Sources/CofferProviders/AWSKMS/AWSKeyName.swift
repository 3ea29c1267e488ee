import Coffer

/// What AWS calls a key: an ARN, an id, `alias/…` or an alias' ARN.
///
/// Strict, because a catalogue may name one and is not believed: a region becomes part of a host's name.
struct AWSKeyName {
    /// What is sent as `KeyId`.
    let id: String
    /// The region an ARN says; nil for the others.
    let region: String?

    init(_ key: KeyID) throws(KeyError) {
        let failure = KeyError(
            .invalidName, "\(key) does not name a key of AWS KMS",
            hint: "write aws-kms://alias/NAME or aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID")
        guard key.scheme == AWSKMS.scheme else {
            throw KeyError(.notFound, "\(key) is not a key of AWS KMS", hint: "write aws-kms://…")
        }
        id = key.name
        let parts = key.name.split(separator: ":", omittingEmptySubsequences: false)
        guard parts[0] == "arn" else {
            guard parts.count == 1, Self.isResource(parts[0], bare: true) else { throw failure }
            region = nil
            return
        }
        guard parts.count == 6, parts[1].hasPrefix("aws"), Self.isWord(parts[1]), parts[2] == "kms",
            Self.isWord(parts[3]),
            parts[4].utf8.count == 12, parts[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            Self.isResource(parts[5], bare: false)
        else { throw failure }
        region = String(parts[3])
    }

    /// Lower-case letters, digits and hyphens.
    private static func isWord(_ text: Substring) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }

    private static func isResource(_ text: Substring, bare: Bool) -> Bool {
        var name = text
        var isAlias = false
        if text.hasPrefix("alias/") {
            name = text.dropFirst(6)
            isAlias = true
        } else if !bare {
            guard text.hasPrefix("key/") else { return false }
            name = text.dropFirst(4)
        }
        return (1...256).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                let letter = byte | 0x20
                return (0x61...0x7a).contains(letter) || (0x30...0x39).contains(byte) || byte == 0x2d
                    || isAlias && (byte == UInt8(ascii: "/") || byte == UInt8(ascii: "_"))
            }
    }
}
