public import CofferCrypto

extension JWE {
    /// A key as a JWK describes it (RFC 7517): a symmetric key, an RSA pair, or the public half of one.
    public final class Key: Sendable {
        private enum Material: Sendable {
            case symmetric(Symmetric)
            case rsa(RSAWrappingKey)
        }
        private final class Symmetric: Sendable {
            let key: SecretBytes
            init(_ key: consuming SecretBytes) { self.key = key }
        }

        /// Its name (`kid`).
        public let name: String?
        private let material: Material
        /// What it is for, where its JWK says so.
        private let algorithm: Algorithm?
        private let content: Content?
        private let operations: [String]?

        /// The keys of a JWK or a JWK set, at most 100, at most 1 MiB. Of a set, those that are not for encryption, or of a
        /// kind that is not known, are left out.
        public static func all(in file: borrowing SecretBytes) throws(MessageError) -> [Key] {
            let text = file.withBytes { file in [UInt8](byteCapacity: file.byteCount) { $0.append(copying: file) } }
            guard text.count <= 1 << 20, let json = try? JSON(parsing: text, maximumDepth: 8) else {
                throw MessageError(.invalidArgument, "that is no JWK and no JWK set", hint: "they are JSON")
            }
            guard let set = json["keys"]?.array else { return [try Key(json)] }
            guard set.count <= 100 else { throw MessageError(.invalidArgument, "a JWK set has at most 100 keys") }
            var found: [Key] = []
            for key in set where key["use"]?.string != "sig" {
                if let key = try? Key(key) { found.append(key) }
            }
            guard !found.isEmpty else {
                throw MessageError(.invalidArgument, "the JWK set has no key that is known and for encryption")
            }
            return found
        }

        init(_ jwk: JSON) throws(MessageError) {
            func bytes(_ name: String) -> [UInt8]? {
                guard let text = jwk[name]?.string, let bytes = try? Base64URL.decode(text), !bytes.isEmpty else {
                    return nil
                }
                return bytes
            }
            func bad(_ why: String, hint: String? = nil) -> MessageError {
                MessageError(.invalidArgument, why, hint: hint)
            }
            guard [nil, "enc"].contains(jwk["use"]?.string) else { throw bad("the JWK is not for encryption") }
            switch jwk["kty"]?.string {
            case "oct":
                guard let key = bytes("k"), [16, 32, 64].contains(key.count) else {
                    throw bad("a symmetric JWK has 16, 32 or 64 bytes in “k”")
                }
                material = .symmetric(Symmetric(unsafe SecretBytes(copying: key.span.bytes)))
            case "RSA":
                let numbers = ["n", "e"].compactMap(bytes)
                let own = ["d", "p", "q", "dp", "dq", "qi"].compactMap(bytes)
                guard numbers.count == 2, own.isEmpty || own.count == 6, jwk["oth"] == nil,
                    jwk["d"] == nil || own.count == 6, let key = try? RSAWrappingKey(numbers: numbers + own)
                else { throw bad("the RSA key of the JWK has not all its numbers, or too few or too many bits") }
                material = .rsa(key)
            default:
                throw bad("a JWK of this kind is not known", hint: "known are kty oct and RSA")
            }
            name = jwk["kid"]?.string
            operations = jwk["key_ops"]?.array?.compactMap(\.string)
            let said = jwk["alg"]?.string
            content = said.flatMap { Content(rawValue: $0) }
            algorithm = said.flatMap { Algorithm(rawValue: $0) } ?? (content == nil ? nil : .direct)
            guard said == nil || algorithm != nil else { throw bad("the JWK is for an algorithm that is not known") }
        }
    }
}

extension JWE.Key {
    /// A fresh key of content wherever the key can wrap one.
    var usualAlgorithm: JWE.Algorithm {
        if let algorithm { return algorithm }
        switch material {
        case .rsa: return .rsaOAEP
        case .symmetric(let own): return own.key.count == 32 ? .keyWrap : .direct
        }
    }

    func usualContent(_ algorithm: JWE.Algorithm) -> JWE.Content {
        if let content { return content }
        guard algorithm == .direct, case .symmetric(let own) = material else { return .aes256GCM }
        return own.key.count == 16 ? .aes128GCM : own.key.count == 32 ? .aes256GCM : .aes256CBC
    }

    /// Whether its kind and length, and what its JWK says of it, are for this.
    private func isFor(_ algorithm: JWE.Algorithm, _ content: JWE.Content) -> Bool {
        guard self.algorithm == nil || self.algorithm == algorithm, self.content == nil || self.content == content
        else { return false }
        switch (material, algorithm) {
        case (.rsa, .rsaOAEP): return true
        case (.symmetric(let own), .direct): return own.key.count == content.keyByteCount
        case (.symmetric(let own), .keyWrap), (.symmetric(let own), .gcmKeyWrap): return own.key.count == 32
        default: return false
        }
    }

    /// Refuses to seal with what the key is not for.
    func check(_ algorithm: JWE.Algorithm, _ content: JWE.Content, _ operations: String...) throws(MessageError) {
        guard isFor(algorithm, content), self.operations.map({ operations.contains(where: $0.contains) }) ?? true else {
            throw MessageError(
                .invalidArgument, "the key is not for \(algorithm.rawValue) with \(content.rawValue)",
                hint: "by kind, length, “alg” or “key_ops” of its JWK")
        }
    }

    /// Whether it may open such a token.
    func fits(_ header: JWEHeader.Checked) -> Bool {
        isFor(header.algorithm, header.content) && (name == nil || header.keyName == nil || name == header.keyName)
            && operations.map { $0.contains("decrypt") || $0.contains("unwrapKey") } ?? true
    }

    /// A key of content, and how the reader gets it.
    struct New: ~Copyable {
        let key: SecretBytes
        let encrypted: [UInt8]
        /// What the header says besides.
        var members: [JSON.Member] = []
    }

    func contentKey(
        _ algorithm: JWE.Algorithm, _ content: JWE.Content, _ randomness: Randomness
    ) throws(CryptoError) -> New {
        let fresh = randomness.secret(count: content.keyByteCount)
        switch (material, algorithm) {
        case (.symmetric(let own), .direct): return New(key: own.key.copy(), encrypted: [])
        case (.symmetric(let own), .keyWrap):
            return New(key: fresh.copy(), encrypted: try KeyWrap.wrapWhole(fresh, under: own.key))
        case (.symmetric(let own), _):
            let (aead, nonce) = (try AEAD(.aes256GCM, key: own.key), randomness.bytes(AEAD.nonceByteCount))
            let sealed = try fresh.withBytes { (fresh) throws(CryptoError) in
                try [UInt8](byteCapacity: fresh.byteCount + AEAD.tagByteCount) { (output) throws(CryptoError) in
                    unsafe try aead.seal(fresh, nonce: nonce.span.bytes, additionalData: RawSpan(), into: &output)
                }
            }
            let members = [
                JSON.Member("iv", .string(Base64URL.encode(nonce))),
                JSON.Member("tag", .string(Base64URL.encode(Array(sealed.suffix(AEAD.tagByteCount))))),
            ]
            return New(key: fresh.copy(), encrypted: sealed.dropLast(AEAD.tagByteCount), members: members)
        case (.rsa(let key), _): return New(key: fresh.copy(), encrypted: try key.wrap(fresh, .oaepSHA256))
        }
    }

    /// The key of the token's content; nil where it is somebody else's.
    func contentKey(of token: JWEToken, _ header: JWEHeader.Checked) throws -> SecretBytes? {
        switch (material, header.algorithm) {
        case (.symmetric(let own), .direct):
            guard token.encryptedKey.isEmpty else { return nil }
            return own.key.copy()
        case (.symmetric(let own), .keyWrap):
            return try? KeyWrap.unwrapWhole(token.encryptedKey, under: own.key)
        case (.symmetric(let own), _):
            guard header.keyNonce.count == AEAD.nonceByteCount, header.keyTag.count == AEAD.tagByteCount else {
                return nil
            }
            let (aead, sealed) = (try AEAD(.aes256GCM, key: own.key), token.encryptedKey + header.keyTag)
            return try? SecretBytes(count: token.encryptedKey.count) { (output) throws(CryptoError) in
                unsafe try aead.open(
                    sealed.span.bytes, nonce: header.keyNonce.span.bytes, additionalData: RawSpan(), into: &output)
            }
        case (.rsa(let key), _):
            return key.unwrap(token.encryptedKey, .oaepSHA256)
        }
    }
}
