import Coffer
import CofferCrypto
import CofferKMS

/// The primary key of a Tink keyset as material for a key of the store.
enum TinkImport {
    /// A token and the material wrapped under the key that came with it: it goes the way that all material goes.
    static func prepare(
        _ argument: TinkArgument, for key: KeyID, in keys: GuardedStore
    ) async throws -> (token: [UInt8], wrapped: [UInt8]) {
        let keyset = try await argument.open(try KeyServices())
        guard let material = keyset.portableMaterial(), let spec = keyset.portableSpec else {
            throw CommandError(
                "\(argument.file): its primary key is neither AES-256-GCM nor HMAC, which keys of the store are",
                hint: "coffer decrypt -k tink:\(argument.file) uses it as it is")
        }
        let known = try await keys.keys.describe(key)
        guard known.spec == spec else {
            throw CommandError(
                "the key of the store is of the kind \(known.spec.rawValue), that of the keyset \(spec.rawValue)",
                hint: "coffer keys create alias/NAME --origin external --spec \(spec.rawValue)")
        }
        let parameters = try await keys.importParameters(for: key, .rsaOAEPSHA256, .rsa2048)
        let pem = Array(KeysPublicKeyCommand.pem(parameters.publicKey).utf8)
        let wrapping = try RSAWrappingKey(pem: unsafe SecretBytes(copying: pem.span.bytes))
        return (parameters.token, try wrapping.wrap(material, .oaepSHA256))
    }
}
