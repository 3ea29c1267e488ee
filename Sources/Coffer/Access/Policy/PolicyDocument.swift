/// A policy in AWS IAM's language, parsed once into what a decision needs.
///
/// The text may come from anywhere: it is bounded, and anything in it that is not understood is an error, since a word that
/// is passed over could be the one that says no.
public struct PolicyDocument: Sendable {
    /// What a policy is attached to, and so what it may say.
    public enum Kind: String, Hashable, Sendable {
        /// To a key. Every statement says whom it is about.
        case key
        /// To an access key or role. It is about whoever has it.
        case identity
    }

    /// Which edition of the language it is written in.
    public enum Version: String, Hashable, Sendable, CaseIterable {
        /// The current one.
        case current = "2012-10-17"
        /// The first, and what a policy without a version is: it has no variables.
        case first = "2008-10-17"
    }

    /// The most bytes of a key policy.
    public static let maximumKeyPolicyBytes = 32_768
    /// The most characters of an identity policy, white space not counted.
    public static let maximumIdentityPolicyCharacters = 10_240

    /// What it is attached to.
    public let kind: Kind
    /// What it is called in reasons: `key policy`, `role key-user`.
    public let name: String
    /// The edition of the language.
    public let version: Version
    /// Its `Id`, if it has one.
    public let id: String?
    /// The statements, in their order, which means nothing.
    public let statements: [PolicyStatement]
    /// Those that say no, and those that say yes.
    let denials: [PolicyStatement]
    let allowances: [PolicyStatement]

    /// Parses a policy. `name` is what reasons call it.
    public init(parsing text: String, kind: Kind, named name: String? = nil) throws(PolicyError) {
        let json: JSON
        do {
            try Self.checkSize(text, kind)
            json = try JSON(parsing: text, maximumDepth: 8)
        } catch let error {
            throw (error as? PolicyError) ?? PolicyError("the policy is not JSON: \(error)")
        }
        let name = name ?? (kind == .key ? "key policy" : "identity policy")
        var parser = PolicyParser(kind: kind, name: name)
        self = try parser.document(json)
    }

    init(kind: Kind, name: String, version: Version, id: String?, statements: [PolicyStatement]) {
        self.kind = kind
        self.name = name
        self.version = version
        self.id = id
        self.statements = statements
        denials = statements.filter { $0.effect == .deny }
        allowances = statements.filter { $0.effect == .allow }
    }

    /// The ARNs of users and the like that the policy names, each once, sorted; accounts are none.
    public var namedPrincipals: [String] {
        let patterns = statements.flatMap { $0.principals?.arns ?? [] }
        return Set(patterns.map { String(decoding: $0.bytes, as: UTF8.self) }).sorted()
    }

    private static func checkSize(_ text: String, _ kind: Kind) throws(PolicyError) {
        switch kind {
        case .key:
            guard text.utf8.count <= maximumKeyPolicyBytes else {
                throw PolicyError("a key policy has at most \(maximumKeyPolicyBytes) bytes")
            }
        case .identity:
            // White space is free, though not without end.
            let characters = text.unicodeScalars.count { ![0x20, 0x09, 0x0a, 0x0d].contains($0.value) }
            guard characters <= maximumIdentityPolicyCharacters, text.utf8.count <= 16 * maximumIdentityPolicyCharacters
            else {
                throw PolicyError(
                    "an identity policy has at most \(maximumIdentityPolicyCharacters) characters, white space not counted"
                )
            }
        }
    }
}
