/// How a message is signed.
public enum SignatureScheme: Hashable, Sendable {
    /// RSASSA-PSS (RFC 8017, 8.1), with the hash in MGF1 too and a salt as long as the digest.
    case rsaPSS(HashFunction)
    /// RSASSA-PKCS1-v1_5 (RFC 8017, 8.2).
    case rsaPKCS1(HashFunction)
    /// ECDSA (FIPS 186-5), with a signature in DER. Of a digest longer than the curve's order the left bits count.
    case ecdsa(HashFunction)
    /// Ed25519 (RFC 8032), which takes no digest.
    case ed25519

    /// The hash, where one is chosen.
    public var hash: HashFunction? {
        switch self {
        case .rsaPSS(let hash), .rsaPKCS1(let hash), .ecdsa(let hash): hash
        case .ed25519: nil
        }
    }

    private func fits(_ kind: KeyPair.Kind) -> Bool {
        switch (self, kind) {
        case (.rsaPSS, .rsa2048), (.rsaPSS, .rsa3072), (.rsaPSS, .rsa4096): true
        case (.rsaPKCS1, .rsa2048), (.rsaPKCS1, .rsa3072), (.rsaPKCS1, .rsa4096): true
        case (.ecdsa, .p256), (.ecdsa, .p384), (.ecdsa, .p521), (.ed25519, .ed25519): true
        default: false
        }
    }

    /// What the engine signs: the digest, or the message for Ed25519.
    func prepare(_ message: [UInt8], isDigest: Bool, _ kind: KeyPair.Kind) throws(CryptoError) -> [UInt8] {
        guard fits(kind) else {
            throw CryptoError(.invalidArgument, "a key of the kind \(kind.rawValue) does not sign in this way")
        }
        guard isDigest else { return hash.map { unsafe Digest.hash($0, message.span.bytes) } ?? message }
        guard let hash else { throw CryptoError(.invalidArgument, "Ed25519 signs messages and not digests") }
        guard message.count == hash.byteCount else {
            throw CryptoError(
                .invalidArgument, "a digest of this hash has \(hash.byteCount) bytes, not \(message.count)")
        }
        return message
    }
}
