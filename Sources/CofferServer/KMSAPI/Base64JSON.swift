import Coffer
import CofferCrypto

extension JSON {
    /// Bytes, as a blob is written.
    static func blob(_ bytes: [UInt8]) -> JSON { .string(Base64.encode(bytes)) }

    /// The bytes of a secret that leaves the server.
    static func blob(_ secret: borrowing SecretBytes) -> JSON {
        .string(
            secret.withBytes { bytes in
                let characters = [UInt8](byteCapacity: Base64.encodedCount(bytes.byteCount)) { output in
                    Base64.encode(bytes, into: &output)
                }
                return String(decoding: characters, as: UTF8.self)
            })
    }
}
