import CofferCrypto

/// The digest of all that the signature of a message covers. One thread at a time.
final class SignatureHash: @unchecked Sendable {
    let signing: AlgorithmSuite.Signing
    private var hash: RunningHash?

    init(_ signing: AlgorithmSuite.Signing) {
        self.signing = signing
        hash = RunningHash(signing.hash)
    }

    func update(_ bytes: [UInt8]) { unsafe hash?.update(bytes.span.bytes) }

    func update(_ buffer: ByteBuffer) { unsafe hash?.update(buffer.bytes.bytes) }

    /// The digest. Nothing may follow.
    func finish() -> [UInt8] {
        guard let hash = hash.take() else { preconditionFailure("a signature is made once") }
        return hash.finish()
    }
}
