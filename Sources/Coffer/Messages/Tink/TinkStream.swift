import CofferCrypto

/// One key of Tink's streaming AEAD: messages of segments, each sealed for itself under a key that is made for the message.
struct TinkStream: Sendable {
    /// Longer segments are refused: some of them are held in memory.
    static let longestSegment = 8 << 20
    static let noncePrefixByteCount = 7

    private enum Kind {
        case gcm
        case counter(HashFunction, tagByteCount: Int)
    }

    /// Bytes of a segment of the message; the first one has the header among them.
    let segmentByteCount: Int
    private let derivedByteCount: Int
    private let function: HashFunction
    private let kind: Kind
    private let key: SharedSecret

    /// A key in protobuf: `AesGcmHkdfStreamingKey` or `AesCtrHmacStreamingKey`.
    init(_ message: ProtobufMessage, isCounter: Bool) throws(MessageError) {
        let parameters = try message.message(2)
        segmentByteCount = Int(try parameters.number32(1))
        derivedByteCount = Int(try parameters.number32(2))
        function = try HashFunction(tink: parameters.number(3))
        key = try message.bytes(3)
        if isCounter {
            let (hash, count) = try TinkKeyType.hmac(parameters: parameters.message(4))
            guard [.sha1, .sha256, .sha512].contains(hash) else { throw TinkKeyType.invalid }
            kind = .counter(hash, tagByteCount: count)
        } else {
            kind = .gcm
        }
        guard [16, 32].contains(derivedByteCount), [.sha1, .sha256, .sha512].contains(function),
            key.secret.count >= max(16, derivedByteCount), segmentByteCount > headerByteCount + tagByteCount
        else { throw TinkKeyType.invalid }
        guard segmentByteCount <= Self.longestSegment else {
            throw .keyset("has segments of more than \(Self.longestSegment >> 20) MiB")
        }
    }

    /// Length ‖ salt ‖ start of the nonces.
    var headerByteCount: Int { 1 + derivedByteCount + Self.noncePrefixByteCount }

    var tagByteCount: Int {
        switch kind {
        case .gcm: AEAD.tagByteCount
        case .counter(_, let count): count
        }
    }

    /// The header of a new message.
    func header(_ randomness: Randomness) -> [UInt8] {
        [UInt8(headerByteCount)] + randomness.bytes(headerByteCount - 1)
    }

    /// What seals and opens the segments of the message with this header; nil where it is no header for this key.
    func cipher(header: [UInt8], associatedData: [UInt8]) throws -> TinkSegmentCipher? {
        guard header.count == headerByteCount, Int(header[0]) == headerByteCount else { return nil }
        let (salt, prefix) = (Array(header[1...derivedByteCount]), Array(header.suffix(Self.noncePrefixByteCount)))
        func derive(_ count: Int) throws -> SecretBytes {
            unsafe try KeyDerivation.hkdf(
                function, key: key.secret, salt: salt.span.bytes, info: associatedData.span.bytes, count: count)
        }
        switch kind {
        case .gcm:
            let aead = try AEAD(derivedByteCount == 32 ? .aes256GCM : .aes128GCM, key: try derive(derivedByteCount))
            return TinkSegmentCipher(self, prefix, .gcm(aead))
        case .counter(let hash, _):
            let both = try derive(derivedByteCount + 32)
            let count = derivedByteCount
            let cipher = try AESCTR(key: both.withBytes { SecretBytes(copying: $0.extracting(first: count)) })
            let hmac = HMAC(hash, key: both.withBytes { SecretBytes(copying: $0.extracting(last: 32)) })
            return TinkSegmentCipher(self, prefix, .counter(cipher, hmac))
        }
    }
}

/// Seals and opens the segments of one message.
final class TinkSegmentCipher: Sendable {
    enum Engine {
        case gcm(AEAD)
        case counter(AESCTR, HMAC)
    }

    let segmentByteCount: Int
    let tagByteCount: Int
    let headerByteCount: Int
    private let noncePrefix: [UInt8]
    private let engine: Engine

    init(_ stream: TinkStream, _ noncePrefix: [UInt8], _ engine: Engine) {
        segmentByteCount = stream.segmentByteCount
        tagByteCount = stream.tagByteCount
        headerByteCount = stream.headerByteCount
        (self.noncePrefix, self.engine) = (noncePrefix, engine)
    }

    /// Start of the nonce ‖ u32 number ‖ 1 for the last segment, and zeros up to a counter block.
    private func nonce(_ number: UInt32, isLast: Bool) -> [UInt8] {
        noncePrefix + number.bigEndianBytes + [isLast ? 1 : 0, 0, 0, 0, 0]
    }

    /// Writes `plaintext` sealed, by a tag longer.
    @unsafe func seal(
        _ plaintext: UnsafeRawBufferPointer, _ number: UInt32, isLast: Bool, into target: UnsafeMutableRawPointer
    ) {
        let nonce = nonce(number, isLast: isLast)
        unsafe nonce.withUnsafeBytes { nonce in
            switch engine {
            case .gcm(let aead):
                let isSealed = unsafe aead.seal(
                    plaintext, nonce: nonce.baseAddress!, additionalData: UnsafeRawBufferPointer(start: nil, count: 0),
                    into: target)
                precondition(isSealed, "a segment is short enough for the cipher")
            case .counter(let cipher, let hmac):
                unsafe cipher.apply(to: plaintext, counter: nonce.baseAddress!, into: target)
                let sealed = unsafe UnsafeRawBufferPointer(start: target, count: plaintext.count)
                let tag = unsafe tag(hmac, nonce, sealed)
                unsafe (target + plaintext.count).copyMemory(from: tag, byteCount: tagByteCount)
            }
        }
    }

    /// Writes the plaintext of `sealed`, which has a tag; false where it is not authentic.
    @unsafe func open(
        _ sealed: UnsafeRawBufferPointer, _ number: UInt32, isLast: Bool, into target: UnsafeMutableRawPointer
    ) -> Bool {
        let nonce = nonce(number, isLast: isLast)
        return unsafe nonce.withUnsafeBytes { nonce in
            switch engine {
            case .gcm(let aead):
                return unsafe aead.open(
                    sealed, nonce: nonce.baseAddress!, additionalData: UnsafeRawBufferPointer(start: nil, count: 0),
                    into: target)
            case .counter(let cipher, let hmac):
                let covered = unsafe UnsafeRawBufferPointer(rebasing: sealed.dropLast(tagByteCount))
                let claimed = unsafe UnsafeRawBufferPointer(rebasing: sealed.suffix(tagByteCount))
                let tag = unsafe tag(hmac, nonce, covered)
                guard unsafe constantTimeEqual(tag.span.bytes, claimed.bytes) else { return false }
                unsafe cipher.apply(to: covered, counter: nonce.baseAddress!, into: target)
                return true
            }
        }
    }

    @unsafe private func tag(
        _ hmac: HMAC, _ nonce: UnsafeRawBufferPointer, _ sealed: UnsafeRawBufferPointer
    ) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: hmac.function.byteCount)
        unsafe digest.withUnsafeMutableBytes {
            unsafe hmac.authenticate(nonce, sealed, nil, into: $0.baseAddress!)
        }
        return Array(digest.prefix(tagByteCount))
    }
}
