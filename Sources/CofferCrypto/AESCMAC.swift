/// Message authentication by AES-CMAC (RFC 4493, NIST SP 800-38B), expanded once and used from any thread.
public final class AESCMAC: Sendable {
    /// Bytes of a MAC.
    public static let byteCount = 16
    private let mac: CMAC

    /// Expands a key of 16, 24 or 32 bytes.
    public init(key: borrowing SecretBytes) throws(CryptoError) {
        try checkAESKey(key)
        mac = key.withBytes { CMAC($0) }
    }

    /// The MAC of `message`. It may serve as a key, and is wiped when it goes.
    public func tag(_ message: RawSpan) -> SecretBytes {
        SecretBytes(count: Self.byteCount) { output in
            unsafe output.appendAlways(count: Self.byteCount) { target in
                unsafe mac.authenticate(message.start, message.byteCount).store(to: target)
            }
        }
    }

    /// Whether `tag` is the first bytes of the MAC of `message`, found in constant time. Take none of fewer than 10.
    public func verify(truncated tag: RawSpan, for message: RawSpan) -> Bool {
        guard tag.byteCount <= Self.byteCount else { return false }
        return self.tag(message).withBytes { expected in
            constantTimeEqual(expected.extracting(first: tag.byteCount), tag)
        }
    }
}
