import Coffer

/// A leaf of the source and what becomes of it, with all defaults filled in.
struct PlannedLeaf: Sendable {
    /// What is done to it.
    enum Action: Hashable, Sendable {
        case keep, drop
        case randomized(key: KeyTemplate, suite: FieldSuite, bind: [Catalogue.Bound])
        case deterministic(domain: String, macKey: KeyID)
        case mask(ProtectionRule.Mask)
        case hash(domain: String, macKey: KeyID)
        case redact(String?)
        case preserveFormat(PreservedFormat)
        case generalize(Generalization, shift: Domain?)
        case tokenized(Tokens)
    }

    /// A domain of tokens, and how new ones are made.
    struct Tokens: Hashable, Sendable {
        let domain: Domain
        let key: KeyID
        let format: TokenFormat
        let isSingleUse: Bool
        /// Milliseconds.
        let timeToLive: Int64?
    }

    /// A domain and the MAC key it comes from.
    struct Domain: Hashable, Sendable {
        let name: String
        let macKey: KeyID
    }

    /// A format, its domain, and what becomes of a value that has another.
    struct PreservedFormat: Hashable, Sendable {
        let format: ValueFormat
        let domain: Domain
        let onMisfit: ProtectionRule.Misfit
        let allowsSmallDomain: Bool
    }

    let path: FieldPath
    /// As the source has it.
    let field: Field
    let action: Action
    /// As the destination gets it; nil for what is dropped.
    let output: Field?
    /// Whether only `unlisted: keep` lets it through.
    let isUnlisted: Bool

    /// How the catalogue calls it; nil for what is kept or dropped.
    var recorded: Catalogue.Protection? {
        switch action {
        case .keep, .drop: nil
        case .randomized(_, _, let bind): .randomized(bind: bind)
        case .deterministic(let domain, _): .deterministic(domain: domain)
        case .mask: .mask
        case .hash(let domain, _): .hash(domain: domain)
        case .redact: .redact
        case .preserveFormat(let kept): .preserveFormat(domain: kept.domain.name, format: kept.format)
        case .generalize(_, let shift): .generalize(domain: shift?.name)
        case .tokenized(let tokens): .tokenized(domain: tokens.domain.name)
        }
    }
}

extension PlannedLeaf.Action {
    /// The field that the destination gets for `field`.
    func output(of field: Field, isText: Bool) -> Field? {
        switch self {
        case .keep: field
        case .drop: nil
        case .randomized, .deterministic: Field(field.name, isText ? .utf8 : .binary)
        case .hash, .tokenized: Field(field.name, .utf8)
        case .mask, .redact(.some): Field(field.name, field.valueType == .largeUtf8 ? .largeUtf8 : .utf8)
        case .redact(nil): Field(field.name, field.valueField.type, metadata: field.valueField.metadata)
        case .preserveFormat(let kept): kept.format.output(of: field)
        case .generalize(let generalization, _): generalization.output(of: field)
        }
    }
}
