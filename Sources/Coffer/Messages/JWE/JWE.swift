public import CofferCrypto

/// JWE tokens in their compact form (RFC 7516, 7518): one line of five parts.
///
/// A token is held in memory as a whole: at most 16 MiB of plaintext. Its header is authentic, not secret.
public struct JWE: MessageFormat {
    /// `jwe`.
    public static let name = "jwe"
    /// The longest plaintext.
    public static let maximumByteCount = 16 << 20
    static let title = "a JWE token"
    /// A header is short; a longer one is refused before anything of it is read.
    static let maximumHeaderByteCount = 16 << 10

    /// How the key of the content comes to the reader (RFC 7518, 4).
    public enum Algorithm: String, Sendable, CaseIterable {
        /// It is the reader's own.
        case direct = "dir"
        /// AES key wrap with 256 bits.
        case keyWrap = "A256KW"
        /// AES-256-GCM.
        case gcmKeyWrap = "A256GCMKW"
        /// RSA-OAEP with SHA-256.
        case rsaOAEP = "RSA-OAEP-256"
    }

    /// The first one seals; those that fit a token are tried, in order, to open it.
    public var keys: [Key]
    /// How tokens are sealed; nil leaves it to the key.
    public var algorithm: Algorithm?
    /// What the content is sealed with; nil leaves it to the key.
    public var content: Content?
    private let randomness: Randomness

    /// Tokens under these keys.
    public init(keys: [Key], randomness: Randomness = .system) {
        self.keys = keys
        self.randomness = randomness
    }

    /// Whether it begins like base64url of a JSON object. Signed tokens do, too.
    public static func mayBegin(with start: [UInt8]) -> Bool { start.starts(with: Array("eyJ".utf8)) }

    /// What a token says of itself: its algorithms, and the name of its key where it has one.
    public static func describe(_ source: any MessageSource) async throws -> MessageDescription {
        try await offloaded {
            let input = MessageInput(source)
            let start = try input.peek(maximumHeaderByteCount)
            guard let dot = start.firstIndex(of: UInt8(ascii: ".")), let header = JWEHeader(Array(start[..<dot])) else {
                throw MessageError(.malformed, "the input is no JWE token")
            }
            var found = MessageDescription(format: name)
            found.algorithms = "\(header.algorithm), \(header.content)"
            found.recipients = [.init(provider: "jwk", key: header.keyName ?? "without a name")]
            guard let text = try? input.whole(title, limit: maximumByteCount * 2) else { return found }
            let token = JWEToken(text)
            found.byteCount = text.count
            found.isWhole = token != nil
            if Content(rawValue: header.content)?.isGCM == true { found.plaintextByteCount = token?.ciphertext.count }
            return found
        }
    }

    /// One token of all of `plaintext`.
    public func seal(_ plaintext: any MessageSource, into message: any MessageSink) async throws {
        guard let key = keys.first else { throw MessageError(.invalidArgument, "a token is made with a key") }
        let algorithm = algorithm ?? key.usualAlgorithm
        let content = content ?? key.usualContent(algorithm)
        try key.check(algorithm, content, "encrypt", "wrapKey")
        try await offloaded { [randomness] in
            let bytes = try plaintext.whole(Self.title, limit: Self.maximumByteCount)
            let new = try key.contentKey(algorithm, content, randomness)
            let members =
                [JSON.Member("alg", .string(algorithm.rawValue)), JSON.Member("enc", .string(content.rawValue))]
                + (key.name.map { [JSON.Member("kid", .string($0))] } ?? []) + new.members
            let header = Base64URL.encode(JSON.object(members).bytes)
            let iv = randomness.bytes(content.ivByteCount)
            let sealed = try content.seal(bytes, under: new.key, iv: iv, additionalData: Array(header.utf8))
            let parts = [header] + [new.encrypted, iv, sealed.ciphertext, sealed.tag].map { Base64URL.encode($0) }
            try message.begin(.asWritten)
            try message.write(Array(parts.joined(separator: ".").utf8))
            try message.finish()
        }
    }

    /// Opens one token. An end of line may follow it.
    public func open(_ message: any MessageSource, into plaintext: any MessageSink) async throws {
        try await offloaded { [keys] in
            guard let token = JWEToken(try message.whole(Self.title, limit: Self.maximumByteCount * 2)) else {
                throw MessageError(.malformed, "the input is no whole JWE token")
            }
            let header = try token.header.checked()
            var isTried = false
            for key in keys where key.fits(header) {
                guard let contentKey = try key.contentKey(of: token, header) else { continue }
                isTried = true
                guard let opened = try header.content.open(token, under: contentKey) else { continue }
                try plaintext.begin(.asWritten)
                try plaintext.write(opened)
                return try plaintext.finish()
            }
            guard !isTried else { throw MessageError.notAuthentic }
            throw MessageError(
                .noKey, "none of the keys given opens the JWE token, which is for \(header.algorithm.rawValue)",
                hint: "name its key: -k jwk:PATH; a key is used for the algorithm, use and name that its JWK says only")
        }
    }
}
