import Coffer
import CofferCrypto

extension FormatOfMessages {
    static let openssl = FormatOfMessages(
        format: OpenSSLEnc.self, title: "a file of openssl enc", label: "OpenSSL enc", keys: [.passphrase],
        keyHint: "-k passphrase:", options: [.cipher, .iterations, .digest, .oldDerivation, .legacy],
        forSealing: { keys, settings in
            guard settings.legacy else {
                throw CommandError(
                    "what openssl enc writes authenticates nothing: whoever can change it changes what is decrypted",
                    hint: "--legacy writes it all the same; without --format openssl a passphrase makes an age file")
            }
            return try openssl(keys, settings)
        },
        forOpening: { keys, settings in try openssl(keys, settings) })

    private static func openssl(_ keys: MessageKeys, _ settings: MessageSettings) throws -> OpenSSLEnc {
        guard let passphrase = keys.passphrases.first, keys.passphrases.count == 1 else {
            throw CommandError("a file of openssl enc has one passphrase")
        }
        var format = OpenSSLEnc(passphrase: passphrase.secret.copy())
        if let name = settings.cipher {
            guard let cipher = OpenSSLEnc.Cipher(rawValue: name) else {
                throw CommandError(
                    "“\(name)” is no cipher that is known",
                    hint: "one of \(OpenSSLEnc.Cipher.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            format.cipher = cipher
        }
        format.derivation = try derivation(settings)
        return format
    }

    private static func derivation(_ settings: MessageSettings) throws -> OpenSSLEnc.Derivation {
        let digest = settings.digest ?? "sha256"
        guard settings.oldDerivation else {
            guard let hash = HashFunction(rawValue: digest) else {
                throw CommandError("“\(digest)” is no digest that is known", hint: "sha256, sha384, sha512 or sha224")
            }
            let iterations = settings.iterations ?? OpenSSLEnc.usualIterations
            guard (1...10_000_000).contains(iterations) else {
                throw CommandError("--iterations is 1 to 10000000")
            }
            return .pbkdf2(hash, iterations: iterations)
        }
        guard settings.iterations == nil else { throw CommandError("the old derivation has no iterations") }
        guard ["sha256", "md5"].contains(digest) else {
            throw CommandError("the old derivation is known with sha256 and md5")
        }
        return .single(isMD5: digest == "md5")
    }
}
