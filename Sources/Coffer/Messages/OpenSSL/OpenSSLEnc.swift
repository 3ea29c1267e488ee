public import CofferCrypto

/// What `openssl enc` writes with a passphrase. **It authenticates nothing**: whoever can change a file changes the
/// plaintext, and a wrong passphrase can't be told from damage. To read what there is; write it for those only who can
/// read nothing else.
public struct OpenSSLEnc: MessageFormat {
    /// `openssl`.
    public static let name = "openssl"
    private static let mark = Array("Salted__".utf8)
    private static let saltByteCount = 8

    /// The ciphers by OpenSSL's names.
    public enum Cipher: String, Sendable, CaseIterable {
        /// AES-128 in CBC mode.
        case aes128CBC = "aes-128-cbc"
        /// AES-192 in CBC mode.
        case aes192CBC = "aes-192-cbc"
        /// AES-256 in CBC mode.
        case aes256CBC = "aes-256-cbc"
        /// AES-128 in counter mode.
        case aes128CTR = "aes-128-ctr"
        /// AES-192 in counter mode.
        case aes192CTR = "aes-192-ctr"
        /// AES-256 in counter mode.
        case aes256CTR = "aes-256-ctr"

        var keyByteCount: Int {
            switch self {
            case .aes128CBC, .aes128CTR: 16
            case .aes192CBC, .aes192CTR: 24
            case .aes256CBC, .aes256CTR: 32
            }
        }

        var mode: AESStream.Mode {
            switch self {
            case .aes128CBC, .aes192CBC, .aes256CBC: .cbc
            case .aes128CTR, .aes192CTR, .aes256CTR: .ctr
            }
        }
    }

    /// How a key comes of the passphrase. A file does not tell.
    public enum Derivation: Sendable {
        /// `-pbkdf2 -iter N -md HASH`.
        case pbkdf2(HashFunction, iterations: Int)
        /// Without `-pbkdf2`: one round of SHA-256, or of MD5 before OpenSSL 1.1. Only to read.
        case single(isMD5: Bool)
    }

    /// What `openssl enc -pbkdf2` takes by itself.
    public static let usualIterations = 10_000

    /// The cipher.
    public var cipher = Cipher.aes256CBC
    /// The derivation.
    public var derivation = Derivation.pbkdf2(.sha256, iterations: usualIterations)
    private let passphrase: Passphrase
    private let randomness: Randomness

    private final class Passphrase: Sendable {
        let bytes: SecretBytes
        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    /// The format with this passphrase.
    public init(passphrase: consuming SecretBytes, randomness: Randomness = .system) {
        self.passphrase = Passphrase(passphrase)
        self.randomness = randomness
    }

    /// Whether it begins with OpenSSL's mark.
    public static func mayBegin(with start: [UInt8]) -> Bool { start.starts(with: mark) }

    /// What a file says of itself: next to nothing.
    public static func describe(_ source: any MessageSource) async throws -> MessageDescription {
        try await offloaded {
            let input = MessageInput(source)
            guard try input.take(mark.count) == mark else {
                throw MessageError(.malformed, "the input is no file of openssl enc")
            }
            var found = MessageDescription(format: name)
            found.algorithms = "cipher and derivation are not told, and nothing is authenticated"
            found.isWhole = try input.take(saltByteCount) != nil
            found.byteCount = try (source as? any SeekableMessageSource)?.byteCount
            return found
        }
    }

    /// One file of all of `plaintext`, that is not authentic to anybody.
    public func seal(_ plaintext: any MessageSource, into message: any MessageSink) async throws {
        guard case .pbkdf2 = derivation else {
            throw MessageError(
                .invalidArgument, "files are not written with a key that costs nothing to guess",
                hint: "openssl enc -d -pbkdf2 reads what is written")
        }
        let salt = randomness.bytes(Self.saltByteCount)
        try await offloaded {
            try message.begin(.asWritten)
            try message.write(Self.mark + salt)
            try run(plaintext, into: message, salt, isSealing: true)
            try message.finish()
        }
    }

    /// Opens one file. Nothing is seen before its end, because only there, and not always, a wrong passphrase shows.
    public func open(_ message: any MessageSource, into plaintext: any MessageSink) async throws {
        try await offloaded {
            let input = MessageInput(message)
            guard try input.take(Self.mark.count) == Self.mark, let salt = try input.take(Self.saltByteCount) else {
                throw MessageError(.malformed, "the input is no whole file of openssl enc")
            }
            try plaintext.begin(.whenFinished)
            do {
                try run(input, into: plaintext, salt, isSealing: false)
            } catch CryptoError.Code.notAuthentic {
                throw MessageError(
                    .notAuthentic,
                    "the file does not open: another passphrase, cipher or derivation, or it is damaged; it can't be told which",
                    hint: "--cipher, --iterations, --digest and --old-derivation say how openssl enc was called")
            }
            try plaintext.finish()
        }
    }

    private func run(
        _ source: any MessageSource, into sink: any MessageSink, _ salt: [UInt8], isSealing: Bool
    ) throws {
        var stream = try stream(salt, isSealing: isSealing)
        let input = ByteBuffer(capacity: 256 << 10)
        let output = ByteBuffer(capacity: input.capacity + AESStream.blockByteCount)
        repeat {
            input.count = 0
            try input.fill(from: source, upTo: input.capacity)
            try output.fill { target throws(CryptoError) in try unsafe stream.update(input.bytes.bytes, into: &target) }
            try sink.write(output)
        } while input.count == input.capacity
        try output.fill(finishing: stream)
        try sink.write(output)
    }

    private func stream(_ salt: [UInt8], isSealing: Bool) throws(CryptoError) -> AESStream {
        let count = cipher.keyByteCount
        let derived = try passphrase.bytes.withBytes { (password) throws(CryptoError) in
            switch derivation {
            case .pbkdf2(let hash, let iterations):
                unsafe try KeyDerivation.pbkdf2(
                    hash, password: password, salt: salt.span.bytes, iterations: iterations,
                    count: count + AESStream.blockByteCount)
            case .single(let isMD5):
                try KeyDerivation.opensslKey(password: password, salt: salt, keyByteCount: count, isMD5: isMD5)
            }
        }
        let key = derived.withBytes { SecretBytes(copying: $0.extracting(first: count)) }
        let iv = derived.withBytes { bytes in
            [UInt8](byteCapacity: AESStream.blockByteCount) {
                $0.append(copying: bytes.extracting(last: AESStream.blockByteCount))
            }
        }
        return try AESStream(cipher.mode, key: key, iv: iv, isSealing: isSealing)
    }
}

extension ByteBuffer {
    /// Takes what `body` appends, in the place of what was there.
    fileprivate func fill(_ body: (inout OutputRawSpan) throws(CryptoError) -> Void) throws(CryptoError) {
        let free = unsafe UnsafeMutableRawBufferPointer(start: start, count: capacity)
        var output = unsafe OutputRawSpan(buffer: free, initializedCount: 0)
        try body(&output)
        count = unsafe output.finalize(for: free)
    }

    fileprivate func fill(finishing stream: consuming AESStream) throws(CryptoError) {
        let free = unsafe UnsafeMutableRawBufferPointer(start: start, count: capacity)
        var output = unsafe OutputRawSpan(buffer: free, initializedCount: 0)
        try stream.finish(into: &output)
        count = unsafe output.finalize(for: free)
    }
}
