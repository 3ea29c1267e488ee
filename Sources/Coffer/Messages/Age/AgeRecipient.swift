public import CofferCrypto

extension Age {
    /// Somebody who can open what is sealed for them.
    public struct Recipient: Sendable {
        private enum Kind {
            case x25519([UInt8])
            case hybrid([UInt8])
            case passphrase(Passphrase)
        }
        private let kind: Kind

        /// `age1…` or `age1pq…`, as age-keygen prints it.
        public init(_ text: String) throws(MessageError) {
            switch Bech32.decode(text) {
            case ("age", let key)? where key.count == X25519.byteCount: kind = .x25519(key)
            case ("age1pq", let key)? where key.count == HybridKey.publicKeyByteCount: kind = .hybrid(key)
            default:
                throw MessageError(
                    .invalidArgument, "that is no recipient of age",
                    hint: "age-keygen prints one: age1… of X25519 or age1pq…; plugins and SSH keys are not known")
            }
        }

        /// Whoever knows the passphrase: the only recipient of its file.
        public init(_ passphrase: Passphrase) { kind = .passphrase(passphrase) }

        fileprivate init(x25519 key: [UInt8]) { kind = .x25519(key) }
        fileprivate init(hybrid key: [UInt8]) { kind = .hybrid(key) }

        /// As it is written; nil for a passphrase.
        public var text: String? {
            switch kind {
            case .x25519(let key): Bech32.encode("age", key)
            case .hybrid(let key): Bech32.encode("age1pq", key)
            case .passphrase: nil
            }
        }

        var isPassphrase: Bool { if case .passphrase = kind { true } else { false } }
        var isHybrid: Bool { if case .hybrid = kind { true } else { false } }

        func wrap(_ fileKey: borrowing SecretBytes, _ randomness: Randomness) throws -> AgeHeader.Stanza {
            switch kind {
            case .x25519(let key): try AgeX25519.wrap(fileKey, for: key, randomness)
            case .hybrid(let key): try AgeHybrid.wrap(fileKey, for: key)
            case .passphrase(let passphrase): try passphrase.wrap(fileKey, randomness)
            }
        }
    }

    /// A private key, or a passphrase.
    public struct Identity: Sendable {
        private enum Kind: Sendable {
            case x25519(AgeX25519)
            case hybrid(HybridKey)
            case passphrase(Passphrase)
        }
        private let kind: Kind
        /// Who this is to others.
        public let recipient: Recipient

        /// One `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`.
        public init(_ text: some StringProtocol) throws(MessageError) {
            do {
                switch Bech32.decode(text) {
                case ("age-secret-key-", let bytes)? where bytes.count == X25519.byteCount:
                    let key = try AgeX25519(Self.secret(bytes))
                    (kind, recipient) = (.x25519(key), Recipient(x25519: key.publicKey))
                    return
                case ("age-secret-key-pq-", let bytes)? where bytes.count == HybridKey.seedByteCount:
                    let key = try HybridKey(seed: Self.secret(bytes))
                    (kind, recipient) = (.hybrid(key), Recipient(hybrid: key.publicKey))
                    return
                default: break
                }
            } catch {}
            throw MessageError(
                .invalidArgument, "that is no identity of age",
                hint: "age-keygen -o PATH makes one; identities of plugins and SSH keys are not known")
        }

        /// A passphrase.
        public init(_ passphrase: Passphrase) {
            (kind, recipient) = (.passphrase(passphrase), Recipient(passphrase))
        }

        /// The identities of a file as age-keygen writes it: one to a line, lines that begin with # aside.
        public static func all(in file: borrowing SecretBytes) throws(MessageError) -> [Identity] {
            let text = file.withBytes { file in
                String(decoding: [UInt8](byteCapacity: file.byteCount) { $0.append(copying: file) }, as: UTF8.self)
            }
            guard !Age.mayBegin(with: Array(text.utf8.prefix(64))) else {
                throw MessageError(
                    .invalidArgument, "the file of identities is encrypted itself", hint: "coffer decrypt opens it")
            }
            var found: [Identity] = []
            for line in Age.lines(text) { found.append(try Identity(line)) }
            guard !found.isEmpty else {
                throw MessageError(.invalidArgument, "there is no identity in it", hint: "age-keygen -o PATH makes one")
            }
            return found
        }

        private static func secret(_ bytes: [UInt8]) -> SecretBytes { unsafe SecretBytes(copying: bytes.span.bytes) }

        /// The file key, where the stanza is for this identity.
        func unwrap(_ stanza: AgeHeader.Stanza) throws -> SecretBytes? {
            switch kind {
            case .x25519(let key): try key.unwrap(stanza)
            case .hybrid(let key): try AgeHybrid.unwrap(stanza, with: key)
            case .passphrase(let passphrase): try passphrase.unwrap(stanza)
            }
        }
    }

    /// The lines of a file of recipients or identities that are one.
    public static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline)
            .map { line in String(line.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " }.reversed()) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }
}
