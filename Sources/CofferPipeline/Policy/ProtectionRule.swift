public import Coffer

/// What a policy asks for one column.
public enum ProtectionRule: Hashable, Sendable {
    /// As it is, in the clear.
    case keep
    /// Not in the destination at all.
    case drop
    /// Encrypted, each time differently.
    case encrypt(Randomized)
    /// Encrypted so that equal values stay equal within a domain.
    case encryptDeterministic(Domain)
    /// Characters hidden behind others. Not reversible.
    case mask(Mask)
    /// A keyed pseudonym, equal for equal values within a domain. Not reversible.
    case hash(Domain)
    /// A constant in place of every value; nil: null.
    case redact(String?)
    /// Encrypted to a value of the same format, equal for equal values within a domain.
    case preserveFormat(Format)
    /// A coarser value. Not reversible.
    case generalize(Generalization)
    /// A random token, of which a vault knows the value.
    case tokenize(Tokens)

    /// Options of randomized encryption.
    public struct Randomized: Hashable, Sendable {
        /// Its key; nil: the policy's.
        public let key: KeyTemplate?
        /// Columns whose values a cell is bound to.
        public let bind: [String]
        /// The cipher.
        public let suite: FieldSuite
    }

    /// Options of what is equal for equal values.
    public struct Domain: Hashable, Sendable {
        /// Columns of one domain can be joined; nil: the column's path.
        public let name: String?
        /// The MAC key; nil: the policy's.
        public let macKey: KeyID?
    }

    /// Options of a mask.
    public struct Mask: Hashable, Sendable {
        /// Unicode scalars shown at the beginning.
        public let keepFirst: Int
        /// Unicode scalars shown at the end.
        public let keepLast: Int
        /// What stands for each of the others.
        public let character: Unicode.Scalar
    }

    /// Options of format-preserving encryption.
    public struct Format: Hashable, Sendable {
        /// What values look like.
        public let format: ValueFormat
        /// Columns of one domain and format can be joined.
        public let domain: Domain
        /// What becomes of a value that looks otherwise.
        public let onMisfit: Misfit
        /// Whether formats of under a million values are taken.
        public let allowsSmallDomain: Bool
    }

    /// Options of tokens.
    public struct Tokens: Hashable, Sendable {
        /// The key that values are sealed under in the vault; nil: the policy's.
        public let key: KeyID?
        /// Columns of one domain share their tokens.
        public let domain: Domain
        /// What tokens look like.
        public let format: TokenFormat
        /// Whether each occurrence of a value gets a token of its own.
        public let isSingleUse: Bool
        /// After how many milliseconds a token can't be turned back any more; nil: never.
        public let timeToLive: Int64?
    }

    /// What becomes of a value that a protection can't take.
    public enum Misfit: String, Hashable, Sendable, CaseIterable {
        /// The run ends, with row and column.
        case refuse
        /// It becomes null, for good.
        case null
        /// It is encrypted, to a text that says so.
        case encrypt
    }

    /// The word a policy is written with.
    public var name: String {
        switch self {
        case .keep: "keep"
        case .drop: "drop"
        case .encrypt, .encryptDeterministic: "encrypt"
        case .mask: "mask"
        case .hash: "hash"
        case .redact: "redact"
        case .preserveFormat: "preserve_format"
        case .generalize: "generalize"
        case .tokenize: "tokenize"
        }
    }
}

/// The cipher of randomized cells.
public enum FieldSuite: String, Hashable, Sendable, CaseIterable {
    /// AES-256-GCM, the default.
    case aes256GCM = "aes-256-gcm"
    /// ChaCha20-Poly1305, for machines without AES instructions.
    case chaCha20Poly1305 = "chacha20-poly1305"

    /// Its byte in key derivation (docs/specs/field-encryption.md, 4).
    var code: UInt8 { self == .aes256GCM ? 1 : 2 }
}
