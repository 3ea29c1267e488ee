/// AES in CBC mode with PKCS #7 padding (NIST SP 800-38A): only for formats that demand it.
///
/// It authenticates nothing. Open only what a MAC has shown to be genuine: an answer that tells wrong padding from right
/// gives the plaintext away.
public struct AESCBC: ~Copyable {
    /// Bytes of an initialization vector, and of a block.
    public static let blockByteCount = 16
    private let key: SecretBytes

    /// A key of 16 or 32 bytes.
    public init(key: borrowing SecretBytes) throws(CryptoError) {
        guard key.count == 16 || key.count == 32 else {
            throw CryptoError(.invalidKey, "a key for this cipher has 16 or 32 bytes, not \(key.count)")
        }
        self.key = key.copy()
    }

    /// The ciphertext: 1 to 16 bytes longer. `iv` has 16 bytes that nobody can foresee.
    public borrowing func seal(_ plaintext: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        try run(plaintext, iv, isSealing: true)
    }

    /// The plaintext.
    public borrowing func open(_ ciphertext: [UInt8], iv: [UInt8]) throws(CryptoError) -> [UInt8] {
        try run(ciphertext, iv, isSealing: false)
    }

    private borrowing func run(_ input: [UInt8], _ iv: [UInt8], isSealing: Bool) throws(CryptoError) -> [UInt8] {
        guard iv.count == Self.blockByteCount, input.count <= 1 << 30 else {
            throw CryptoError(.invalidArgument, "CBC takes an initialization vector of 16 bytes and at most 1 GiB")
        }
        var output = [UInt8](repeating: 0, count: input.count + Self.blockByteCount)
        let count = key.withBytes { key in
            unsafe output.withUnsafeMutableBytes { target in
                unsafe input.withUnsafeBytes { input in
                    unsafe CBCEngine.run(
                        input, key: key, iv: iv.span.bytes, isSealing: isSealing, into: target.baseAddress!)
                }
            }
        }
        guard let count else { throw .notAuthentic }
        return Array(output.prefix(count))
    }
}
