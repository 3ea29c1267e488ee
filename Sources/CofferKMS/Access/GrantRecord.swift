import Coffer

/// A grant.
struct GrantRecord: Record {
    struct ID: Hashable, Sendable {
        let key: KeyUUID
        /// 64 hexadecimal digits.
        let id: String
    }

    static let table = Table(
        name: "grants",
        columns: [
            ("key", .text), ("id", .text), ("grantee", .text), ("retiring", .text), ("issuer", .text),
            ("operations", .text), ("context_equals", .text), ("context_subset", .text), ("name", .text),
            ("created", .integer), ("token", .blob),
        ], keyCount: 2, since: 4)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.grants }

    let id: ID
    let grant: Grant
    /// 32 random bytes that the tokens of the grant come from.
    let token: [UInt8]

    init(_ grant: Grant, key: KeyUUID, token: [UInt8]) {
        (id, self.grant, self.token) = (ID(key: key, id: grant.id), grant, token)
    }

    var owner: KeyUUID? { id.key }

    var values: [Cell] {
        [
            .text(id.key.description), .text(id.id), .text(grant.grantee), .text(grant.retiring ?? ""),
            .text(grant.issuer), .text(grant.operations.map(\.rawValue).joined(separator: " ")),
            .text(Self.text(grant.constraints.equals)), .text(Self.text(grant.constraints.subset)),
            .text(grant.name ?? ""), .integer(grant.created), .blob(token),
        ]
    }

    /// Nothing, or a JSON object with sorted names.
    private static func text(_ context: [String: String]?) -> String { context.map { JSON.texts($0).text } ?? "" }
}

extension GrantRecord {
    init?(_ values: [Cell]) {
        guard values.count == 11, case .text(let key) = values[0], case .text(let id) = values[1],
            case .text(let grantee) = values[2], case .text(let retiring) = values[3],
            case .text(let issuer) = values[4], case .text(let operations) = values[5],
            case .text(let equals) = values[6], case .text(let subset) = values[7], case .text(let name) = values[8],
            case .integer(let created) = values[9], case .blob(let token) = values[10],
            let key = KeyUUID(key), token.count == 32
        else { return nil }
        let words = operations.split(separator: " ").map { Grant.Operation(rawValue: String($0)) }
        guard words.allSatisfy({ $0 != nil }), let equals = Self.context(equals), let subset = Self.context(subset)
        else { return nil }
        let grant = Grant(
            id: id, key: key.keyID, grantee: grantee, retiring: retiring.isEmpty ? nil : retiring, issuer: issuer,
            operations: words.compactMap { $0 }, constraints: .init(equals: equals.pairs, subset: subset.pairs),
            name: name.isEmpty ? nil : name, created: created)
        self.init(grant, key: key, token: token)
    }

    /// What a column of a context holds; nil for what none holds.
    private static func context(_ text: String) -> (pairs: [String: String]?, Void)? {
        if text.isEmpty { return (nil, ()) }
        guard let members = try? JSON(parsing: text).members else { return nil }
        var pairs: [String: String] = [:]
        for member in members {
            guard let value = member.value.string else { return nil }
            pairs[member.name] = value
        }
        return (pairs, ())
    }
}
