/// The data key of a message, encrypted for one recipient.
public struct EncryptedDataKey: Hashable, Sendable {
    /// Who can decrypt it: `aws-kms`, `coffer`, a namespace of raw keys.
    public let provider: String
    /// What the provider needs to know: which key, and more.
    public let information: [UInt8]
    /// The encrypted key.
    public let ciphertext: [UInt8]

    /// One as it stands in a message.
    public init(provider: String, information: [UInt8], ciphertext: [UInt8]) {
        (self.provider, self.information, self.ciphertext) = (provider, information, ciphertext)
    }

    func messageBytes() throws(MessageError) -> [UInt8] {
        var bytes: [UInt8] = []
        for field in [Array(provider.utf8), information, ciphertext] {
            guard field.count <= 0xffff else {
                throw MessageError(.tooLong, "a recipient's encrypted key is longer than a message has room for")
            }
            bytes += UInt16(field.count).bigEndianBytes + field
        }
        return bytes
    }

    /// What may be shown of it.
    var recipient: MessageDescription.Recipient {
        if provider == KMSMessageKey.embeddedProvider, let name = KMSMessageKey.EmbeddedName(information) {
            return .init(provider: provider, key: name.key, version: name.version)
        }
        if let name = RawAESMessageKey.name(in: information) { return .init(provider: provider, key: name) }
        return .init(provider: provider, key: String(decoding: information, as: UTF8.self))
    }
}
