import Coffer
import CofferCrypto

/// The public key of a log, `NAME+ID+KEY` (C2SP signed-note, Ed25519).
public struct NoteVerifier: Hashable, Sendable, CustomStringConvertible {
    /// The name of the log.
    public let name: String
    /// The public key, 32 bytes.
    public let publicKey: [UInt8]

    init(name: String, publicKey: [UInt8]) { (self.name, self.publicKey) = (name, publicKey) }

    /// Parses a verifier key; nil for anything else, also where the id is not that of the key.
    public init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Self.isName(parts[0]), let key = try? Base64.decode(parts[2]), key.count == 33,
            key[0] == 1
        else { return nil }
        self.init(name: String(parts[0]), publicKey: Array(key[1...]))
        guard Hexadecimal.encode(id) == parts[1] else { return nil }
    }

    /// Four bytes that name the key.
    var id: [UInt8] { Array(Digest.sha256(Array(name.utf8) + [0x0a, 1] + publicKey).prefix(4)) }

    /// The verifier key.
    public var description: String { "\(name)+\(Hexadecimal.encode(id))+\(Base64.encode([1] + publicKey))" }

    static func isName(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "+") }
    }
}

/// A text with signatures below it (C2SP signed-note).
struct SignedNote {
    /// With its last newline.
    let text: String
    let signatures: [(name: String, bytes: [UInt8])]

    static let dash = "\u{2014} "

    /// Parses a note of at most 64 KiB.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= 1 << 16, let note = String(validating: bytes, as: UTF8.self),
            note.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x0a }), note.hasSuffix("\n"),
            let split = note.ranges(of: "\n\n").last
        else { return nil }
        text = String(note[..<split.lowerBound]) + "\n"
        var signatures: [(name: String, bytes: [UInt8])] = []
        for line in note[split.upperBound...].split(separator: "\n") {
            let parts = line.dropFirst(2).split(separator: " ", omittingEmptySubsequences: false)
            guard line.hasPrefix(Self.dash), parts.count == 2, NoteVerifier.isName(parts[0]),
                let bytes = try? Base64.decode(parts[1]), bytes.count > 4, signatures.count < 64
            else { return nil }
            signatures.append((String(parts[0]), bytes))
        }
        guard !signatures.isEmpty else { return nil }
        self.signatures = signatures
    }

    /// Whether the holder of `verifier` signed the text.
    func isSigned(by verifier: NoteVerifier) -> Bool {
        let mine = signatures.filter { $0.name == verifier.name && Array($0.bytes.prefix(4)) == verifier.id }
        return !mine.isEmpty
            && mine.allSatisfy {
                Ed25519.isValid(Array($0.bytes.dropFirst(4)), of: Array(text.utf8), by: verifier.publicKey)
            }
    }

    /// `text`, which ends with a newline, under the signature of `key`.
    static func sign(_ text: String, _ key: AuditKey) -> [UInt8] {
        let verifier = NoteVerifier(name: key.name, publicKey: key.signer.publicKey)
        let signature = verifier.id + key.signer.sign(Array(text.utf8))
        return Array("\(text)\n\(dash)\(key.name) \(Base64.encode(signature))\n".utf8)
    }
}
