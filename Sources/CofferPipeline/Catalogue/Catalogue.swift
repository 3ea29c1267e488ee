package import Coffer
import CofferCrypto

/// What `reveal` needs beside the protected data: wrapped data keys, segments, and what was done to each column.
///
/// It travels with the data and is untrusted: nothing in it says which keys may be used, or what the dataset is called.
/// Specified in docs/specs/field-encryption.md, 6.
package struct Catalogue: Hashable, Sendable {
    /// A data key under its KEK.
    package struct Key: Hashable, Sendable {
        /// 16 random bytes.
        package let id: [UInt8]
        /// The key itself, wrapped.
        package var wrapped: WrappedKey
        /// The cipher it is for.
        package let suite: FieldSuite
        /// Whose rows it is for, where rows have keys of their own.
        package let tenant: String?
        /// What opens only under this key.
        package let commitment: [UInt8]
    }

    /// A stretch of cells under subkeys of one data key.
    package struct Segment: Hashable, Sendable {
        /// 64 random bits.
        package let id: UInt64
        /// The data key's id.
        package let key: [UInt8]
    }

    /// A domain, the MAC key it comes from, and the check value of its key.
    package struct Domain: Hashable, Sendable {
        let purpose: DomainKey.Purpose
        /// Its name.
        package let name: String
        /// The MAC key by its lasting id.
        package let macKey: KeyID
        /// Eight bytes that show whether a derived key is the same.
        package let check: [UInt8]
    }

    /// A bound column and what its values are.
    package struct Bound: Hashable, Sendable {
        /// The column.
        package let name: String
        let type: BoundClass
    }

    /// How a column was protected.
    package enum Protection: Hashable, Sendable {
        /// Randomized cells, bound to other columns of the row.
        case randomized(bind: [Bound])
        /// Deterministic cells of a domain.
        case deterministic(domain: String)
        /// Pseudonyms of a domain.
        case hash(domain: String)
        /// Characters hidden.
        case mask
        /// A constant.
        case redact
        /// Values of the same format, in a domain.
        case preserveFormat(domain: String, format: ValueFormat)
        /// Coarser values; dates that are moved belong to a domain.
        case generalize(domain: String?)
        /// Tokens of a domain, in the vault of the catalogue.
        case tokenized(domain: String)
    }

    /// A protected column, as it was before.
    package struct Column: Hashable, Sendable {
        /// Where it is.
        package let path: FieldPath
        /// What was done.
        package let protection: Protection
        /// Its type, metadata included; the name is the leaf's own.
        package let field: Field
        /// The type that its cells are bound to.
        package var boundType: String { field.boundType }
    }

    /// 16 random bytes as base64url. Kept on append and merge.
    package let id: String
    /// The logical dataset the writer had in mind. For people: a reader brings its own.
    package let dataset: String
    /// The data keys.
    package internal(set) var keys: [Key]
    /// The segments.
    package internal(set) var segments: [Segment]
    /// The domains.
    package internal(set) var domains: [Domain]
    /// The protected columns.
    package internal(set) var columns: [Column]
    /// The vault of its tokens, by its id; nil where it has none.
    package internal(set) var vault: String?
    /// The release it was written under; nil where there was none, or where other rows have come since.
    package internal(set) var release: Release?

    /// What `KeyUses` is to remember of this catalogue at `location`: the KEK versions and MAC keys that it needs.
    package func keyUse(location: String) -> KeyUse {
        let wrapping = keys.map { KeyUse.Reference(key: $0.wrapped.key, version: $0.wrapped.version) }
        // MAC keys do not rotate: their first version is their only one.
        let domains = domains.map { KeyUse.Reference(key: $0.macKey, version: 1) }
        // A table may hold rows of several datasets, each with a catalogue of its own.
        return KeyUse(
            catalogue: id, location: "\(location), dataset \(dataset)", dataset: dataset, keys: Set(wrapping + domains),
            wrapped: Set(keys.map(\.wrapped)))
    }

    /// What the key `key` was wrapped with, in a dataset that the reader calls `dataset`.
    func context(of key: Key, dataset: String) -> EncryptionContext {
        FieldFormat.context(dataset: dataset, key: key.id, suite: key.suite, tenant: key.tenant)
    }
}
