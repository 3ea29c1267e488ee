public import CofferCrypto

/// Fernet tokens: AES-128-CBC and HMAC-SHA-256 in one line of base64url.
///
/// A token is held in memory as a whole: at most 16 MiB of plaintext. It tells when it was made, and nothing else is bound.
public struct Fernet: MessageFormat {
    /// `fernet`.
    public static let name = "fernet"
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
        let token = try await offloaded { try Self.read(source, limit: maximumByteCount * 2) }
        var found = MessageDescription(format: name)
        found.algorithms = "AES-128-CBC, HMAC-SHA256"
        found.byteCount = token.count
        found.isWhole = parse(token) != nil
        return found
    }

    /// One token of all of `plaintext`.
    public func seal(_ plaintext: any MessageSource, into message: any MessageSink) async throws {
        guard let key = keys.first else { throw MessageError(.invalidArgument, "a token is made with a key") }
        try await offloaded { [clock, randomness] in
            let bytes = try Self.read(plaintext, limit: Self.maximumByteCount)
            let iv = randomness.bytes(AESCBC.blockByteCount)
            var token = [0x80] + UInt64(bitPattern: clock()).bigEndianBytes + iv
            token += try AESCBC(key: key.encryption).seal(bytes, iv: iv)
            let tag = unsafe key.signing.tag(token.span.bytes)
            tag.withBytes { tag in token += [UInt8](byteCapacity: tag.byteCount) { $0.append(copying: tag) } }
            let padding = String(repeating: "=", count: (3 - token.count % 3) % 3)
            try message.begin(.asWritten)
            try message.write(Array((Base64URL.encode(token) + padding).utf8))
            try message.finish()
        }
    }

    /// Opens one token. An end of line may follow it.
    public func open(_ message: any MessageSource, into plaintext: any MessageSink) async throws {
        try await offloaded { [keys, lifetime, clock] in
            let text = try Self.read(message, limit: Self.maximumByteCount * 2)
            guard let token = Self.parse(text) else {
                throw MessageError(.malformed, "the input is no whole Fernet token")
            }
            if let lifetime {
                let (made, now) = (Int64(bigEndian: token[1..<9]), clock())
                guard made <= now + 60, made >= now - lifetime else {
                    throw MessageError(.notAllowed, "the token is older than it may be, or from the future")
                }
            }
            let (covered, tag) = (Array(token.dropLast(32)), Array(token.suffix(32)))
            let key = keys.first { unsafe $0.signing.verify(tag.span.bytes, for: covered.span.bytes) }
            guard let key,
                let opened = try? AESCBC(key: key.encryption).open(Array(covered[25...]), iv: Array(covered[9..<25]))
            else { throw MessageError.notAuthentic }
            try plaintext.begin(.asWritten)
            try plaintext.write(opened)
            try plaintext.finish()
        }
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

    private static func read(_ source: any MessageSource, limit: Int) throws -> [UInt8] {
        let input = MessageInput(source)
        var bytes: [UInt8] = []
        while true {
            let more = try input.peek(1)
            guard !more.isEmpty else { return bytes }
            let block = try [UInt8](byteCapacity: 65536) { (output: inout OutputRawSpan) throws in
                try input.read(into: &output)
            }
            bytes += block
            guard bytes.count <= limit else {
                throw MessageError(
                    .tooLong, "a Fernet token is held in memory, and this is more than \(maximumByteCount >> 20) MiB",
                    hint: "--format esdk takes files of any length")
            }
        }
    }
}
