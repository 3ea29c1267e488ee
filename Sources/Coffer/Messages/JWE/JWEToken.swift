import CofferCrypto

/// A token taken apart. Nothing of it is authentic yet.
struct JWEToken {
    let header: JWEHeader
    /// The first part as it stands: what the rest is bound to.
    let additionalData: [UInt8]
    let encryptedKey: [UInt8]
    let iv: [UInt8]
    let ciphertext: [UInt8]
    let tag: [UInt8]

    /// Nil where it is no token of five parts in their one form.
    init?(_ text: [UInt8]) {
        let line = text.last == 10 ? text.dropLast() : text[...]
        let parts = line.split(separator: UInt8(ascii: "."), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 5, let header = JWEHeader(Array(parts[0])) else { return nil }
        let decoded = parts.dropFirst().map { try? Base64URL.decode(String(decoding: $0, as: UTF8.self)) }
        guard let key = decoded[0], let iv = decoded[1], let ciphertext = decoded[2], let tag = decoded[3] else {
            return nil
        }
        self.header = header
        additionalData = Array(parts[0])
        (encryptedKey, self.iv, self.ciphertext, self.tag) = (key, iv, ciphertext, tag)
    }
}

/// A token's header as it says.
struct JWEHeader {
    private let members: JSON
    let algorithm: String
    let content: String
    let keyName: String?

    init?(_ text: [UInt8]) {
        guard text.count <= JWE.maximumHeaderByteCount,
            let bytes = try? Base64URL.decode(String(decoding: text, as: UTF8.self)),
            let members = try? JSON(parsing: bytes, maximumDepth: 8), let algorithm = members["alg"]?.string,
            let content = members["enc"]?.string
        else { return nil }
        (self.members, self.algorithm, self.content) = (members, algorithm, content)
        keyName = members["kid"]?.string
    }

    /// What a header says that can be met.
    struct Checked {
        let algorithm: JWE.Algorithm
        let content: JWE.Content
        let keyName: String?
        /// Nonce and tag of an encrypted key (RFC 7518, 4.7.1).
        let keyNonce: [UInt8]
        let keyTag: [UInt8]
    }

    /// Refuses what isn't known. Extensions that must be understood are not, and compressed content tells of itself by its
    /// length.
    func checked() throws(MessageError) -> Checked {
        guard members["crit"] == nil, members["zip"] == nil else {
            throw MessageError(
                .notAllowed, "the JWE token demands an extension or is compressed, which is refused on purpose")
        }
        guard let algorithm = JWE.Algorithm(rawValue: algorithm), let content = JWE.Content(rawValue: content) else {
            throw MessageError(
                .notAllowed, "the JWE token is of an algorithm that is not known here",
                hint: "known are \(JWE.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")) with "
                    + JWE.Content.allCases.map(\.rawValue).joined(separator: ", "))
        }
        func bytes(_ name: String) -> [UInt8] { (members[name]?.string).flatMap { try? Base64URL.decode($0) } ?? [] }
        return Checked(
            algorithm: algorithm, content: content, keyName: keyName, keyNonce: bytes("iv"), keyTag: bytes("tag"))
    }
}
