import CofferCrypto

/// What one key of Tink does to a message that is held in memory, whatever stands in front of it.
protocol TinkCipher: Sendable {
    /// By how many bytes a sealed message is longer.
    var overhead: Int { get }
    func seal(
        _ plaintext: RawSpan, associatedData: RawSpan, _ randomness: Randomness, into output: inout OutputRawSpan
    ) throws(CryptoError)
    func open(_ sealed: RawSpan, associatedData: RawSpan, into output: inout OutputRawSpan) throws(CryptoError)
}

extension TinkCipher {
    /// `start`, and then the sealed message.
    func seal(
        _ plaintext: RawSpan, after start: [UInt8], associatedData: [UInt8], _ randomness: Randomness
    ) throws(CryptoError) -> [UInt8] {
        try [UInt8](byteCapacity: start.count + plaintext.byteCount + overhead) { (output) throws(CryptoError) in
            output.append(copying: unsafe start.span.bytes)
            unsafe try seal(plaintext, associatedData: associatedData.span.bytes, randomness, into: &output)
        }
    }

    /// The plaintext of what follows the first `start` bytes; nil where it is not authentic.
    func open(_ message: [UInt8], from start: Int, associatedData: [UInt8]) -> SecretBytes? {
        guard message.count >= start + overhead else { return nil }
        let sealed = unsafe message.span.bytes.extracting(start..<message.count)
        return try? SecretBytes(count: sealed.byteCount - overhead) { (output) throws(CryptoError) in
            unsafe try open(sealed, associatedData: associatedData.span.bytes, into: &output)
        }
    }
}

/// Nonce ‖ ciphertext ‖ tag: AES-GCM, AES-GCM-SIV, ChaCha20-Poly1305, XChaCha20-Poly1305 and AES-EAX.
struct TinkNonceCipher: TinkCipher {
    private let aead: AEAD
    private let nonceByteCount: Int

    init(_ algorithm: AEAD.Algorithm, nonceByteCount: Int = AEAD.nonceByteCount, key: borrowing SecretBytes)
        throws(CryptoError)
    {
        aead = try AEAD(algorithm, key: key)
        guard algorithm.nonceByteCounts.contains(nonceByteCount) else {
            throw CryptoError(.invalidNonce, "the cipher takes no nonces of \(nonceByteCount) bytes")
        }
        self.nonceByteCount = nonceByteCount
    }

    var overhead: Int { nonceByteCount + AEAD.tagByteCount }

    func seal(
        _ plaintext: RawSpan, associatedData: RawSpan, _ randomness: Randomness, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        let nonce = randomness.bytes(nonceByteCount)
        output.append(copying: unsafe nonce.span.bytes)
        unsafe try aead.seal(plaintext, nonce: nonce.span.bytes, additionalData: associatedData, into: &output)
    }

    func open(_ sealed: RawSpan, associatedData: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        try aead.open(
            sealed.extracting(nonceByteCount...), nonce: sealed.extracting(first: nonceByteCount),
            additionalData: associatedData, into: &output)
    }
}

/// XAES-256-GCM (C2SP): salt ‖ nonce ‖ ciphertext ‖ tag. Each salt makes an AES-256-GCM key of its own.
struct TinkXAESCipher: TinkCipher {
    private let mac: AESCMAC
    private let saltByteCount: Int

    /// A key of 32 bytes, and salts of 8 to 12.
    init(saltByteCount: Int, key: borrowing SecretBytes) throws(CryptoError) {
        guard key.count == 32, (8...12).contains(saltByteCount) else {
            throw CryptoError(.invalidKey, "a key for XAES-256-GCM has 32 bytes, and salts of 8 to 12")
        }
        mac = try AESCMAC(key: key)
        self.saltByteCount = saltByteCount
    }

    var overhead: Int { saltByteCount + AEAD.nonceByteCount + AEAD.tagByteCount }

    private func aead(_ salt: RawSpan) throws(CryptoError) -> AEAD {
        var block: [UInt8] = [0, 1, UInt8(ascii: "X"), 0]
        block += unsafe salt.withUnsafeBytes { unsafe Array($0) }
        block += [UInt8](repeating: 0, count: 16 - block.count)
        let first = unsafe mac.tag(block.span.bytes)
        block[1] = 2
        let second = unsafe mac.tag(block.span.bytes)
        let key = SecretBytes(count: 32) { output in
            first.withBytes { output.append(copying: $0) }
            second.withBytes { output.append(copying: $0) }
        }
        return try AEAD(.aes256GCM, key: key)
    }

    func seal(
        _ plaintext: RawSpan, associatedData: RawSpan, _ randomness: Randomness, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        let start = randomness.bytes(saltByteCount + AEAD.nonceByteCount)
        output.append(copying: unsafe start.span.bytes)
        let aead = unsafe try aead(start.span.bytes.extracting(first: saltByteCount))
        unsafe try aead.seal(
            plaintext, nonce: start.span.bytes.extracting(last: AEAD.nonceByteCount), additionalData: associatedData,
            into: &output)
    }

    func open(_ sealed: RawSpan, associatedData: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        let nonceEnd = saltByteCount + AEAD.nonceByteCount
        try aead(sealed.extracting(first: saltByteCount)).open(
            sealed.extracting(nonceEnd...), nonce: sealed.extracting(saltByteCount..<nonceEnd),
            additionalData: associatedData, into: &output)
    }
}

/// AES-SIV (RFC 5297) with the associated data as its one component, empty or not: deterministic.
struct TinkSIVCipher: TinkCipher {
    private let siv: AESSIV

    /// A key of 64 bytes: Tink takes no other.
    init(key: borrowing SecretBytes) throws(CryptoError) {
        guard key.count == 64 else {
            throw CryptoError(.invalidKey, "a key for AES-SIV has 64 bytes, not \(key.count)")
        }
        siv = try AESSIV(key: key)
    }

    var overhead: Int { AESSIV.tagByteCount }

    func seal(
        _ plaintext: RawSpan, associatedData: RawSpan, _ randomness: Randomness, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        try siv.seal(plaintext, additionalData: associatedData, into: &output)
    }

    func open(_ sealed: RawSpan, associatedData: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        try siv.open(sealed, additionalData: associatedData, into: &output)
    }
}
