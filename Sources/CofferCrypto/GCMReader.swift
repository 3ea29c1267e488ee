/// Opens one AES-GCM message that is too long to be held in memory, part by part.
///
/// What it gives is **not verified** before ``isAuthentic(tag:)`` has said so: keep it where nobody sees it until then.
/// One owner, one thread at a time.
public struct GCMReader: ~Copyable {
    private let state: GCMReaderState

    /// A reader of the message that was sealed with this key (16, 24 or 32 bytes), nonce (12 bytes) and additional data.
    public init(key: borrowing SecretBytes, nonce: RawSpan, additionalData: RawSpan) throws(CryptoError) {
        guard [16, 24, 32].contains(key.count) else {
            throw CryptoError(.invalidKey, "a key for AES has 16, 24 or 32 bytes, not \(key.count)")
        }
        guard nonce.byteCount == AEAD.nonceByteCount else {
            throw CryptoError(.invalidNonce, "a nonce for this cipher has 12 bytes, not \(nonce.byteCount)")
        }
        state = key.withBytes { GCMReaderState(key: $0, nonce: nonce, additionalData: additionalData) }
    }

    /// Appends as many bytes as `sealed` has, unverified. At most 1 GiB a call.
    public mutating func read(_ sealed: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        guard sealed.byteCount > 0 else { return }
        guard sealed.byteCount <= 1 << 30 else {
            throw CryptoError(.invalidArgument, "at most 1 GiB is opened at once")
        }
        unsafe try output.append(count: sealed.byteCount, orThrow: .notAuthentic) { target in
            unsafe state.update(sealed.buffer, into: target)
        }
    }

    /// Whether all that was read is what was sealed. Nothing may follow.
    public consuming func isAuthentic(tag: RawSpan) -> Bool {
        guard tag.byteCount == AEAD.tagByteCount else { return false }
        return unsafe state.isAuthentic(tag.buffer)
    }
}
