import CofferCrypto

/// AES-CTR, then HMAC over associated data ‖ IV ‖ ciphertext ‖ bits of associated data: IV ‖ ciphertext ‖ tag.
struct TinkCounterCipher: TinkCipher {
    private let counter: AESCTR
    private let hmac: HMAC
    private let ivByteCount: Int
    private let tagByteCount: Int

    /// IVs of 12 to 16 bytes; tags of 10 bytes to a whole digest.
    init(
        key: borrowing SecretBytes, ivByteCount: Int, _ function: HashFunction, macKey: borrowing SecretBytes,
        tagByteCount: Int
    ) throws(CryptoError) {
        guard (12...16).contains(ivByteCount) else {
            throw CryptoError(.invalidNonce, "AES-CTR takes IVs of 12 to 16 bytes, not \(ivByteCount)")
        }
        counter = try AESCTR(key: key)
        hmac = HMAC(function, key: macKey)
        (self.ivByteCount, self.tagByteCount) = (ivByteCount, tagByteCount)
    }

    var overhead: Int { ivByteCount + tagByteCount }

    private func block(_ iv: RawSpan) -> [UInt8] {
        unsafe iv.withUnsafeBytes { unsafe Array($0) } + [UInt8](repeating: 0, count: 16 - iv.byteCount)
    }

    private func tag(_ sealed: UnsafeRawBufferPointer, _ associatedData: RawSpan) -> [UInt8] {
        let bits = UInt64(associatedData.byteCount * 8).bigEndianBytes
        var digest = [UInt8](repeating: 0, count: hmac.function.byteCount)
        unsafe associatedData.withUnsafeBytes { associatedData in
            unsafe bits.withUnsafeBytes { bits in
                unsafe digest.withUnsafeMutableBytes {
                    unsafe hmac.authenticate(associatedData, sealed, bits, into: $0.baseAddress!)
                }
            }
        }
        return Array(digest.prefix(tagByteCount))
    }

    func seal(
        _ plaintext: RawSpan, associatedData: RawSpan, _ randomness: Randomness, into output: inout OutputRawSpan
    ) throws(CryptoError) {
        let (iv, start) = (randomness.bytes(ivByteCount), output.byteCount)
        output.append(copying: unsafe iv.span.bytes)
        unsafe try counter.apply(to: plaintext, counter: block(iv.span.bytes).span.bytes, into: &output)
        let tag = unsafe output.withUnsafeMutableBytes { bytes, used in
            unsafe self.tag(UnsafeRawBufferPointer(rebasing: bytes[start..<used]), associatedData)
        }
        output.append(copying: unsafe tag.span.bytes)
    }

    func open(_ sealed: RawSpan, associatedData: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        let covered = sealed.extracting(droppingLast: tagByteCount)
        let tag = unsafe covered.withUnsafeBytes { unsafe self.tag($0, associatedData) }
        guard unsafe constantTimeEqual(tag.span.bytes, sealed.extracting(last: tagByteCount)) else {
            throw CryptoError(.notAuthentic, "the sealed bytes do not open")
        }
        let iv = covered.extracting(first: ivByteCount)
        unsafe try counter.apply(
            to: covered.extracting(ivByteCount...), counter: block(iv).span.bytes, into: &output)
    }
}
