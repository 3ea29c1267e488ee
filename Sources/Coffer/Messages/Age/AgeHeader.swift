import CofferCrypto

/// The header of an age file: its file key, wrapped for each recipient.
struct AgeHeader {
    /// One recipient's part.
    struct Stanza {
        let arguments: [String]
        let body: [UInt8]

        var kind: String { arguments[0] }
    }

    static let mark = Array("age-encryption.org/".utf8)
    static let fileKeyByteCount = 16
    private static let version = "age-encryption.org/v1"
    private static let columns = 64
    /// No line is longer; the longest known one has 1512 characters.
    private static let longestLine = 1 << 13

    let stanzas: [Stanza]
    /// All bytes that the MAC covers.
    private var covered: [UInt8] = []
    private var mac: [UInt8] = []

    init(stanzas: [Stanza]) { self.stanzas = stanzas }

    static let malformed = MessageError(.malformed, "the input begins with no whole header of an age file")

    /// Reads the header, its last line included.
    static func read(_ input: MessageInput) throws -> AgeHeader {
        var bytes: [UInt8] = []
        func line() throws -> String {
            let start = try input.peek(longestLine)
            guard let end = start.firstIndex(of: 10), let line = try input.take(end + 1) else { throw malformed }
            bytes += line
            guard bytes.count <= Age.maximumHeaderByteCount,
                line.dropLast().allSatisfy({ (0x20...0x7e).contains($0) })
            else { throw malformed }
            return String(decoding: line.dropLast(), as: UTF8.self)
        }
        guard try line() == version else { throw malformed }
        var stanzas: [Stanza] = []
        while true {
            let start = bytes.count
            let first = try line()
            if first.hasPrefix("--- ") {
                guard !stanzas.isEmpty, let mac = decode(first.dropFirst(4)), mac.count == 32 else { throw malformed }
                var header = AgeHeader(stanzas: stanzas)
                header.covered = Array(bytes[..<(start + 3)])
                header.mac = mac
                return header
            }
            let arguments = first.split(separator: " ", omittingEmptySubsequences: false).map { String($0) }
            guard arguments.count >= 2, arguments[0] == "->", !arguments.contains(""),
                stanzas.count < Age.maximumStanzas
            else { throw malformed }
            var body: [UInt8] = []
            var text: String
            repeat {
                text = try line()
                guard text.utf8.count <= columns, let part = decode(text) else { throw malformed }
                body += part
            } while text.utf8.count == columns
            stanzas.append(Stanza(arguments: Array(arguments.dropFirst()), body: body))
        }
    }

    /// The header under `fileKey`.
    func bytes(_ fileKey: borrowing SecretBytes) throws -> [UInt8] {
        var text = Self.version + "\n"
        for stanza in stanzas {
            text += "-> " + stanza.arguments.joined(separator: " ") + "\n"
            var body = Self.encode(stanza.body)[...]
            while body.utf8.count >= Self.columns {
                text += body.prefix(Self.columns) + "\n"
                body = body.dropFirst(Self.columns)
            }
            text += body + "\n"
        }
        let covered = Array((text + "---").utf8)
        let mac = unsafe try Self.authentication(fileKey).tag(covered.span.bytes)
        let tag = mac.withBytes { mac in [UInt8](byteCapacity: mac.byteCount) { $0.append(copying: mac) } }
        return covered + Array(" \(Self.encode(tag))\n".utf8)
    }

    /// The file key, with the first identity that has a part in it. The header is what its author made.
    func fileKey(_ identities: [Age.Identity]) throws -> SecretBytes {
        guard stanzas.count == 1 || !stanzas.contains(where: { $0.kind == Age.Passphrase.kind }) else {
            throw Self.malformed
        }
        for identity in identities {
            for stanza in stanzas {
                guard let fileKey = try identity.unwrap(stanza) else { continue }
                let isAuthentic = unsafe try Self.authentication(fileKey).verify(
                    mac.span.bytes, for: covered.span.bytes)
                guard isAuthentic else { throw MessageError.notAuthentic }
                return fileKey
            }
        }
        let isForPassphrase = stanzas[0].kind == Age.Passphrase.kind
        throw MessageError(
            .noKey,
            isForPassphrase
                ? "the passphrase is not that of this file" : "none of the keys given opens the age file",
            hint: isForPassphrase ? "-k passphrase: asks for another" : "name an identity: -k age-identity:PATH")
    }

    private static func authentication(_ fileKey: borrowing SecretBytes) throws(CryptoError) -> HMAC {
        let info = Array("header".utf8)
        return HMAC(
            .sha256,
            key: unsafe try KeyDerivation.hkdf(
                .sha256, key: fileKey, salt: RawSpan(), info: info.span.bytes, count: 32))
    }

    /// Base64 without padding, in its one form; nil for anything else.
    static func decode(_ text: some StringProtocol) -> [UInt8]? {
        guard !text.utf8.contains(UInt8(ascii: "=")) else { return nil }
        return try? Base64.decode(text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }

    static func encode(_ bytes: [UInt8]) -> String {
        String(Base64.encode(bytes).prefix { $0 != "=" })
    }
}
