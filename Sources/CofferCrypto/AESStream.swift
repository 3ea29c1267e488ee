/// AES without authentication, part by part: only for formats that have none. One owner, one thread at a time.
///
/// Nothing that comes out is to be trusted, not even as much as that a wrong key would be noticed.
public struct AESStream: ~Copyable {
    /// How blocks are chained (NIST SP 800-38A).
    public enum Mode: String, Sendable {
        /// Cipher block chaining, with the padding of PKCS #7.
        case cbc
        /// Counter mode, whose counter has all 128 bits of the initialization vector.
        case ctr
    }

    /// Bytes of an initialization vector and of a block.
    public static let blockByteCount = 16
    private let engine: StreamEngine

    /// A key of 16, 24 or 32 bytes, and 16 bytes that are used once with it.
    public init(
        _ mode: Mode, key: borrowing SecretBytes, iv: [UInt8], isSealing: Bool
    ) throws(CryptoError) {
        guard [16, 24, 32].contains(key.count) else {
            throw CryptoError(.invalidKey, "a key of AES has 16, 24 or 32 bytes, not \(key.count)")
        }
        guard iv.count == Self.blockByteCount else {
            throw CryptoError(.invalidNonce, "an initialization vector of AES has 16 bytes, not \(iv.count)")
        }
        engine = key.withBytes { key in
            unsafe StreamEngine(isCBC: mode == .cbc, key: key, iv: iv.span.bytes, isSealing: isSealing)
        }
    }

    /// Appends what the next bytes come to: as many bytes and at most one block more or less. At most 1 GiB a call.
    public mutating func update(_ input: RawSpan, into output: inout OutputRawSpan) throws(CryptoError) {
        guard input.byteCount <= 1 << 30, output.freeCapacity >= input.byteCount + Self.blockByteCount else {
            throw CryptoError(.outputTooShort, "the output has no room for the result")
        }
        unsafe output.withUnsafeMutableBytes { buffer, used in
            unsafe used += engine.update(input.buffer, into: buffer.baseAddress! + used)
        }
    }

    /// Appends the rest, at most one block. Fails where the end is no whole block or its padding is wrong.
    public consuming func finish(into output: inout OutputRawSpan) throws(CryptoError) {
        guard output.freeCapacity >= Self.blockByteCount else {
            throw CryptoError(.outputTooShort, "the output has no room for the result")
        }
        let isWhole = unsafe output.withUnsafeMutableBytes { buffer, used in
            guard let count = unsafe engine.finish(into: buffer.baseAddress! + used) else { return false }
            used += count
            return true
        }
        guard isWhole else { throw .notAuthentic }
    }
}
