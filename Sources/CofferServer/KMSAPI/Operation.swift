import Coffer

/// An operation of the API: what it is called, what it takes, and what it does.
struct Operation: Sendable {
    /// What it leaves behind.
    enum Effect: Sendable {
        /// Nothing: somebody looks, or a key is used.
        case use
        /// The store is another one afterwards.
        case change
    }

    /// The name on the wire, in the record and, behind `kms:`, in policies.
    let name: String
    let effect: Effect
    let members: [Member]
    /// The JSON of the answer; nil for an empty body.
    let answer: @Sendable (Call) async throws -> JSON?

    init(
        _ name: String, _ effect: Effect, _ members: [Member] = [],
        _ answer: @escaping @Sendable (Call) async throws -> JSON?
    ) {
        self.name = name
        self.effect = effect
        self.members = members
        self.answer = answer
    }

    /// What policies call it.
    var action: String { "kms:\(name)" }

    /// All operations by name.
    static let named: [String: Operation] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// All operations, by what they are about.
    static let all: [Operation] =
        keys + aliases + deletion + rotation + tags + policies + grants + encryption + dataKeys + signatures + macs
        + imports + unsupported
}
