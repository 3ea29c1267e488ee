import Coffer
import CofferCrypto

/// The lasting id of key material as AWS writes it, 64 hexadecimal digits. It is made from what a wrapped key says openly
/// (its key and the 16 bytes that name the material), and tells nothing of the material.
func materialID(_ key: KeyUUID, _ material: [UInt8]) -> String {
    var message = ByteWriter("coffer/material-id/1")
    message.field(key.bytes)
    message.field(material)
    return Hexadecimal.encode(Digest.sha256(message.bytes))
}
