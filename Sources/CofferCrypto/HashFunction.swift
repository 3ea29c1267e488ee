/// The hash functions of HMAC and HKDF (FIPS 180-4).
public enum HashFunction: String, Sendable, CaseIterable {
    /// SHA-1: for HMAC and HKDF in formats that demand it. Collisions can be made; never hash what others choose with it.
    case sha1
    /// SHA-224: for HMAC; Coffer chooses it nowhere by itself.
    case sha224
    /// SHA-256.
    case sha256
    /// SHA-384.
    case sha384
    /// SHA-512.
    case sha512

    /// Bytes of a digest.
    public var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha224: 28
        case .sha256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }

    /// Bytes of a block.
    var blockByteCount: Int { self == .sha384 || self == .sha512 ? 128 : 64 }
}

/// Digests of messages (FIPS 180-4).
public enum Digest {
    /// The SHA-256 of `message`, 32 bytes.
    public static func sha256(_ message: RawSpan) -> [UInt8] { hash(.sha256, message) }

    /// Appends the SHA-256 of the byte `prefix` and then `message`; the room must be there.
    public static func sha256(_ prefix: UInt8, _ message: RawSpan, into output: inout OutputRawSpan) {
        unsafe output.appendAlways(count: 32) { target in
            unsafe hashBytes(prefix, message.buffer, into: target)
        }
    }

    /// The digest of `message`.
    public static func hash(_ function: HashFunction, _ message: RawSpan) -> [UInt8] {
        [UInt8](byteCapacity: function.byteCount) { output in
            unsafe output.appendAlways(count: function.byteCount) { target in
                unsafe hashBytes(function, message.buffer, into: target)
            }
        }
    }
}
