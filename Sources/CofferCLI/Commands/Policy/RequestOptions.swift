import Coffer
import CofferKMS
import FoundationEssentials

/// A request as the command line describes one.
struct RequestOptions {
    let principal: Principal
    let action: String
    let conditions: [String: [String]]
    /// Milliseconds since 1970: `aws:CurrentTime`, by default now.
    let now: Int64
    private let name: String
    private let tags: [String: String]
    private let realm: Realm

    init(
        principal name: String, action: String, context: [String], conditions texts: [String], realm: Realm
    ) throws {
        self.name = name
        self.realm = realm
        self.action = action.contains(":") ? action : "kms:\(action)"
        var conditions: [String: [String]] = [:]
        var tags: [String: String] = [:]
        var now = Int64(Date().timeIntervalSince1970 * 1000)
        for text in context {
            let (name, value) = try Self.pair(text, "--context")
            guard conditions.updateValue([value], forKey: "kms:EncryptionContext:\(name)") == nil else {
                throw CommandError("the encryption context has \(name) twice")
            }
        }
        for text in texts {
            let (name, value) = try Self.pair(text, "--condition")
            let lower = name.lowercased()
            if lower.hasPrefix("aws:principaltag/") {
                tags[String(name.dropFirst("aws:PrincipalTag/".count))] = value
            } else if lower == "aws:currenttime" || lower == "aws:epochtime" {
                guard let time = RequestKeys.milliseconds(value) else {
                    throw CommandError("\(name) is no date", hint: "write it as 2026-11-21T13:05:00Z")
                }
                now = time
            } else if RequestKeys.derived.contains(lower) {
                throw CommandError("\(name) follows from --principal", hint: "leave it out")
            } else {
                conditions[name, default: []].append(value)
            }
        }
        (self.conditions, self.now, self.tags) = (conditions, now, tags)
        principal = Self.principal(name, tags, realm)
    }

    func request(on resource: String, _ principal: Principal? = nil) -> AccessRequest {
        AccessRequest(principal ?? self.principal, action, on: resource, conditions: conditions)
    }

    /// `*` for what is about no key; else a key that stands for any.
    var defaultResource: String {
        let aboutNone = [
            "kms:CreateKey", "kms:ListKeys", "kms:ListAliases", "kms:GenerateRandom", "kms:ListRetirableGrants",
        ]
        guard action.hasPrefix("kms:"), !aboutNone.contains(action) else { return "*" }
        return realm.key("00000000-0000-0000-0000-000000000000")
    }

    /// The principal with the access key it has in `store`.
    func principal(in store: KeyStore, _ realm: Realm) async throws -> Principal {
        guard principal.kind == .user else { return principal }
        let good = try await store.accessKeys().filter { $0.revoked == nil }
        let own = good.filter { $0.id == name || realm.user($0.name) == principal.arn }
        guard own.count < 2 else {
            throw CommandError(
                "\(name) has several access keys, which may differ in what they allow",
                hint: "give one of them with --principal: \(own.map(\.id).joined(separator: ", "))")
        }
        guard let key = own.first else { return principal }
        return Principal(
            .user, arn: realm.user(key.name), account: realm.account, name: key.name, accessKeyID: key.id,
            tags: key.tags.merging(tags) { $1 })
    }

    private static func pair(_ text: String, _ option: String) throws -> (String, String) {
        guard let split = text.firstIndex(of: "="), split != text.startIndex else {
            throw CommandError("\(option) needs NAME=VALUE")
        }
        return (String(text[..<split]), String(text[text.index(after: split)...]))
    }

    private static func principal(_ name: String, _ tags: [String: String], _ realm: Realm) -> Principal {
        guard name.hasPrefix("arn:") else {
            return Principal(.user, arn: realm.user(name), account: realm.account, name: name, tags: tags)
        }
        let account = name.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first
        let kind: Principal.Kind = name.hasSuffix(":root") ? .owner : .user
        return Principal(
            kind, arn: name, account: account.map(String.init) ?? realm.account, name: Self.name(of: name), tags: tags)
    }

    /// What somebody with this ARN is called: its last part.
    static func name(of arn: String) -> String {
        arn.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? arn
    }
}
