/// Agreement on a secret over Curve25519 (RFC 7748). Keys are any 32 bytes.
public enum X25519 {
    /// Bytes of a private key, a public key and a secret.
    public static let byteCount = 32

    /// The public key of a private one.
    public static func publicKey(of privateKey: borrowing SecretBytes) throws(CryptoError) -> [UInt8] {
        try check(privateKey)
        return privateKey.withBytes { privateKey in
            [UInt8](byteCapacity: byteCount) { output in
                unsafe output.appendAlways(count: byteCount) { unsafe publicX25519(privateKey.start!, into: $0) }
            }
        }
    }

    /// What both sides come to. Nil for a public key of low order, with which nothing is secret.
    public static func secret(
        _ privateKey: borrowing SecretBytes, with publicKey: [UInt8]
    ) throws(CryptoError) -> SecretBytes? {
        try check(privateKey)
        guard publicKey.count == byteCount else {
            throw CryptoError(.invalidKey, "a public key of X25519 has 32 bytes, not \(publicKey.count)")
        }
        var isShared = false
        let secret = privateKey.withBytes { privateKey in
            SecretBytes(count: byteCount) { output in
                unsafe output.appendAlways(count: byteCount) { target in
                    unsafe publicKey.withUnsafeBytes { publicKey in
                        unsafe isShared = agreeX25519(privateKey.start!, publicKey.baseAddress!, into: target)
                    }
                }
            }
        }
        guard isShared else { return nil }
        return secret
    }

    private static func check(_ privateKey: borrowing SecretBytes) throws(CryptoError) {
        guard privateKey.count == byteCount else {
            throw CryptoError(.invalidKey, "a private key of X25519 has 32 bytes, not \(privateKey.count)")
        }
    }
}
