import Coffer
import CofferCrypto

/// An access key, with its secret sealed under the root key.
struct AccessKeyRecord: Record {
    static let table = Table(
        name: "access_keys",
        columns: [
            ("id", .text), ("name", .text), ("roles", .text), ("policy", .text), ("tags", .text),
            ("created", .integer), ("revoked", .integer), ("sealed", .blob),
        ], keyCount: 1, since: 4)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.accessKeys }

    let id: String
    let name: String
    let roles: [Role]
    let policy: String?
    let tags: [String: String]
    let created: Int64
    /// When it was revoked, in seconds since 1970; 0 for one that is good.
    var revoked: Int64
    /// Empty once it is revoked.
    var sealed: [UInt8]

    var owner: KeyUUID? { nil }

    var values: [Cell] {
        [
            .text(id), .text(name), .text(roles.map(\.rawValue).joined(separator: " ")), .text(policy ?? ""),
            .text(tags.isEmpty ? "" : JSON.texts(tags).text), .integer(created), .integer(revoked), .blob(sealed),
        ]
    }
}

extension AccessKeyRecord {
    init?(_ values: [Cell]) {
        guard values.count == 8, case .text(let id) = values[0], case .text(let name) = values[1],
            case .text(let roles) = values[2], case .text(let policy) = values[3], case .text(let tags) = values[4],
            case .integer(let created) = values[5], case .integer(let revoked) = values[6],
            case .blob(let sealed) = values[7]
        else { return nil }
        let words = roles.split(separator: " ").map { Role(rawValue: String($0)) }
        guard words.allSatisfy({ $0 != nil }), let tags = Self.tags(tags), sealed.isEmpty == (revoked > 0) else {
            return nil
        }
        self.init(
            id: id, name: name, roles: words.compactMap { $0 }, policy: policy.isEmpty ? nil : policy, tags: tags,
            created: created, revoked: revoked, sealed: sealed)
    }

    private static func tags(_ text: String) -> [String: String]? {
        if text.isEmpty { return [:] }
        guard let members = try? JSON(parsing: text).members else { return nil }
        var tags: [String: String] = [:]
        for member in members { tags[member.name] = member.value.string }
        return tags.count == members.count ? tags : nil
    }

    func resealed(from old: StoreSeal, to new: StoreSeal, _ randomness: Randomness) throws(KeyError) -> Self {
        guard revoked == 0 else { return self }
        var copy = self
        copy.sealed = new.seal(try old.open(self), ofAccessKey: id, randomness)
        return copy
    }
}

/// When an access key was last used.
struct AccessKeyUseRecord: Record {
    static let table = Table(
        name: "access_key_uses", columns: [("id", .text), ("used", .integer)], keyCount: 1, since: 4)
    static var sheet: WritableKeyPath<Tables, Sheet<Self>> { \.accessKeyUses }

    let id: String
    let used: Int64

    var owner: KeyUUID? { nil }

    var values: [Cell] { [.text(id), .integer(used)] }
}

extension AccessKeyUseRecord {
    init?(_ values: [Cell]) {
        guard values.count == 2, case .text(let id) = values[0], case .integer(let used) = values[1] else { return nil }
        self.init(id: id, used: used)
    }
}
