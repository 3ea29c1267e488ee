public import CofferCrypto

/// Fernet tokens: AES-128-CBC and HMAC-SHA-256 in one line of base64url.
///
/// A token is held in memory as a whole: at most 16 MiB of plaintext. It tells when it was made, and nothing else is bound.
public struct Fernet: MessageFormat {
    /// `fernet`.
    public static let name = "fernet"
    private static let title = "a Fernet token"
    /// The longest plaintext.
    public static let maximumByteCount = 16 << 20

    /// A key: 16 bytes to sign with, 16 to encrypt with.
    public final class Key: Sendable {
        fileprivate let signing: HMAC
        fileprivate let encryption: SecretBytes

        /// A key in its usual form: 32 bytes in base64url, with or without padding.
        public init(_ text: borrowing SecretBytes) throws(MessageError) {
            let bytes = text.withBytes { text in
                let characters = [UInt8](byteCapacity: text.byteCount) { $0.append(copying: text) }
                return Fernet.decode(characters[...])
            }
            guard let bytes, bytes.count == 32 else {
                throw MessageError(
                    .invalidArgument, "that is no Fernet key, which is 32 bytes in base64url",
                    hint: "python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'")
            }
            let (first, second) = (Array(bytes[..<16]), Array(bytes[16...]))
            signing = unsafe HMAC(.sha256, key: SecretBytes(copying: first.span.bytes))
            encryption = unsafe SecretBytes(copying: second.span.bytes)
        }
    }

    /// The first one seals; all are tried, in order, to open.
    public var keys: [Key]
    /// Seconds after which a token is refused; nil for never.
    public var lifetime: Int64?
    private let clock: @Sendable () -> Int64
    private let randomness: Randomness

    /// Tokens under these keys. `clock` counts seconds since 1970.
    public init(keys: [Key], clock: @escaping @Sendable () -> Int64, randomness: Randomness = .system) {
        self.keys = keys
        self.clock = clock
        self.randomness = randomness
    }

    /// Whether it is base64url of a token's version and of a time before the year 2106.
    public static func mayBegin(with start: [UInt8]) -> Bool { start.starts(with: Array("gAAAA".utf8)) }

    /// What a token says of itself: that it is one.
    public static func describe(_ source: any MessageSource) async throws -> MessageDescription {
        let token = try await offloaded { try source.whole(title, limit: maximumByteCount * 2) }
        var found = MessageDescription(format: name)
        found.algorithms = "AES-128-CBC, HMAC-SHA256"
        found.byteCount = token.count
        found.isWhole = parse(token) != nil
        return found
    }

    /// One token of all of `plaintext`.
    public func seal(_ plaintext: any MessageSource, into message: any MessageSink) async throws {
        try await offloaded { [self] in
            let bytes = try plaintext.whole(Self.title, limit: Self.maximumByteCount)
            try give(try token(of: bytes, madeAt: clock()), to: message)
        }
    }

    /// Opens one token. An end of line may follow it.
    public func open(_ message: any MessageSource, into plaintext: any MessageSink) async throws {
        try await offloaded { [self] in
            let token = try Self.parsed(message)
            if let lifetime {
                let (made, now) = (Self.time(of: token), clock())
                guard made <= now + 60, made >= now - lifetime else {
                    throw MessageError(.notAllowed, "the token is older than it may be, or from the future")
                }
            }
            try give(try opened(token), to: plaintext)
        }
    }

    /// One token of `bytes`, under the first key.
    func token(of bytes: [UInt8], madeAt time: Int64) throws -> [UInt8] {
        guard let key = keys.first else { throw MessageError(.invalidArgument, "a token is made with a key") }
        let iv = randomness.bytes(AESCBC.blockByteCount)
        var token = [0x80] + UInt64(bitPattern: time).bigEndianBytes + iv
        token += try AESCBC(key: key.encryption).seal(bytes, iv: iv)
        let tag = unsafe key.signing.tag(token.span.bytes)
        tag.withBytes { tag in token += [UInt8](byteCapacity: tag.byteCount) { $0.append(copying: tag) } }
        let padding = String(repeating: "=", count: (3 - token.count % 3) % 3)
        return Array((Base64URL.encode(token) + padding).utf8)
    }

    /// What is in a token.
    func opened(_ token: [UInt8]) throws -> [UInt8] {
        guard let key = keys.first(where: { Self.verifies(token, $0) }),
            let opened = try? AESCBC(key: key.encryption).open(
                Array(token[25..<token.count - 32]), iv: Array(token[9..<25]))
        else { throw MessageError.notAuthentic }
        return opened
    }

    func give(_ bytes: [UInt8], to sink: any MessageSink) throws {
        try sink.begin(.asWritten)
        try sink.write(bytes)
        try sink.finish()
    }

    /// Whether `key` made the token.
    static func verifies(_ token: [UInt8], _ key: Key) -> Bool {
        let (covered, tag) = (Array(token.dropLast(32)), Array(token.suffix(32)))
        return unsafe key.signing.verify(tag.span.bytes, for: covered.span.bytes)
    }

    /// When it was made, in seconds since 1970.
    static func time(of token: [UInt8]) -> Int64 { Int64(bigEndian: token[1..<9]) }

    /// The bytes of the token in `message`.
    static func parsed(_ message: any MessageSource) throws -> [UInt8] {
        guard let token = parse(try message.whole(title, limit: maximumByteCount * 2)) else {
            throw MessageError(.malformed, "the input is no whole Fernet token")
        }
        return token
    }

    /// The bytes of a token; nil where it can't be one.
    private static func parse(_ text: [UInt8]) -> [UInt8]? {
        let text = text.last == UInt8(ascii: "\n") ? text.dropLast() : text[...]
        guard text.count % 4 == 0, let token = decode(text), token.count >= 73, token[0] == 0x80,
            (token.count - 57) % AESCBC.blockByteCount == 0
        else { return nil }
        return token
    }

    /// Base64url with its padding, or without any.
    fileprivate static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var text = text
        while let last = text.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") { text.removeLast() }
        if text.count % 4 == 0 {
            for _ in 0..<2 where text.last == UInt8(ascii: "=") { text.removeLast() }
        }
        return try? Base64URL.decode(String(decoding: text, as: UTF8.self))
    }
}
