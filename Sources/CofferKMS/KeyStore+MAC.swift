public import Coffer
public import CofferCrypto

extension KeyStore {
    /// How long a message for a MAC or a signature may be.
    public static let messageLimit = 4096

    /// The MAC of `message` (at most 4096 bytes) under a MAC key of the kind that `algorithm` is for.
    public func mac(_ message: [UInt8], under key: KeyID, algorithm: MACAlgorithm) async throws -> SecretBytes {
        try await mac(message, under: key, algorithm, as: .generateMac)
    }

    /// Whether `mac` is the whole MAC of `message`, found in constant time.
    public func verifyMac(
        _ mac: [UInt8], for message: [UInt8], under key: KeyID, algorithm: MACAlgorithm
    ) async throws -> Bool {
        let expected = try await self.mac(message, under: key, algorithm, as: .verifyMac)
        return expected.withBytes { expected in unsafe constantTimeEqual(expected, mac.span.bytes) }
    }

    private func mac(
        _ message: [UInt8], under key: KeyID, _ algorithm: MACAlgorithm, as operation: KeyOperation
    ) async throws -> SecretBytes {
        guard message.count <= Self.messageLimit else {
            throw KeyError(.invalidArgument, "a message for a MAC has at most 4096 bytes, not \(message.count)")
        }
        try await tend()
        let use = try usable(key, for: .generateVerifyMAC)
        try use.check(algorithm)
        guard let hmac = try use.material.mac else { throw KeyError.altered("a key is of two kinds") }
        let mac = unsafe hmac.tag(message.span.bytes)
        noteUse(of: use.key.id, operation)
        return mac
    }
}
