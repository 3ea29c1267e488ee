public import ArgumentParser
public import Coffer
import CofferKMS

/// `coffer access-keys`.
struct AccessKeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access-keys",
        abstract: "Make, list and revoke the access keys that clients of coffer serve sign with.",
        subcommands: [AccessKeysCreateCommand.self, AccessKeysListCommand.self, AccessKeysRevokeCommand.self],
        defaultSubcommand: AccessKeysListCommand.self)
}

extension Role: ExpressibleByArgument {}

/// An access key as the commands print it.
struct AccessKeyOutput: Encodable {
    let accessKeyId: String
    let name: String
    let arn: String
    let roles: [String]
    let policy: String?
    let tags: [KeyOutput.Tag]
    let created: String
    let lastUsed: String?
    let revoked: String?

    init(_ key: AccessKeyDescription, _ realm: Realm) {
        (accessKeyId, name, arn, policy) = (key.id, key.name, realm.user(key.name), key.policy)
        roles = key.roles.map(\.rawValue)
        tags = key.tags.sorted { $0.key < $1.key }.map { KeyOutput.Tag(name: $0.key, value: $0.value) }
        (created, lastUsed, revoked) = (date(key.created), key.lastUsed.map(date), key.revoked.map(date))
    }

    static let header = ["USER", "ROLES", "STATE", "CREATED", "LAST USED", "ID"]

    /// A row of the table of access keys.
    var row: [String] {
        let rights = roles + (policy == nil ? [] : ["policy"])
        return [
            name, rights.isEmpty ? "-" : rights.joined(separator: ","),
            revoked.map { "revoked \($0.prefix(10))" } ?? "active", String(created.prefix(10)),
            lastUsed.map { String($0.prefix(10)) } ?? "-", accessKeyId,
        ]
    }
}
