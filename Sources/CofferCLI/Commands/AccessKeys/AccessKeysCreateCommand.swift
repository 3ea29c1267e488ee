import ArgumentParser
import Coffer
import CofferCrypto
import CofferKMS

/// `coffer access-keys create`.
struct AccessKeysCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an access key, and print its secret this once.",
        discussion: """
            Its user is arn:aws:iam::ACCOUNT:user/NAME; several access keys may be of one user. Roles and the policy say \
            what it may do where the policy of a key leaves that to the account; without either, grants and key policies do.

            admin      everything
            key-admin  the life of keys and who may use them, not their use
            key-user   the use of keys, not their life
            auditor    looking at keys, policies and the record
            """)

    @Option(help: ArgumentHelp("admin, key-admin, key-user or auditor; may be given several times.", valueName: "role"))
    var role: [Role] = []

    @Option(help: "The user's name; without it, that of the role.")
    var name: String?

    @Option(help: ArgumentHelp("A file with an IAM policy of its own.", valueName: "file"))
    var policy: String?

    @Option(help: ArgumentHelp("A tag, for aws:PrincipalTag; may be given several times.", valueName: "name=value"))
    var tag: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let accessKeyId: String
        let secretAccessKey: String
        let name: String
        let arn: String
        let roles: [String]
    }

    func validate() throws {
        guard name != nil || !role.isEmpty else {
            throw ValidationError("The name of the user is missing; give it with --name, or a role with --role.")
        }
    }

    func run() async throws {
        let new = try NewAccessKey(
            name: name ?? role[0].rawValue, roles: role, policy: try policy.map { try PolicyText.read($0, .identity) },
            tags: try tag.map(KeyTag.init(written:)))
        let realm = try Realm.configured()
        let keys = try await CofferHome().openGuarded()
        let box = try await keys.change(
            "CreateAccessKey", nil,
            .members(("userName", .string(new.name)), ("roles", .array(new.roles.map { .string($0.rawValue) }))),
            response: { .members(("accessKeyId", .string($0.key.id))) },
            { CreatedAccessKeyBox(try await $0.createAccessKey(new)) })
        let made = box.key.id
        let secret = box.key.secret.withBytes { bytes in
            String(decoding: unsafe bytes.withUnsafeBytes { unsafe Array($0) }, as: UTF8.self)
        }
        if json {
            try Terminal.printJSON(
                Output(
                    accessKeyId: made, secretAccessKey: secret, name: new.name, arn: realm.user(new.name),
                    roles: new.roles.map(\.rawValue)))
        } else {
            try Terminal.printLine("access key id      \(made)")
            try Terminal.printLine("secret access key  \(secret)")
        }
        Terminal.say("the secret is shown this once: put it where only \(new.name) can read it")
    }
}

/// A new access key that is handed from hand to hand.
private final class CreatedAccessKeyBox: Sendable {
    let key: CreatedAccessKey
    init(_ key: consuming CreatedAccessKey) { self.key = key }
}

extension KeyTag {
    /// A tag as it is written on the command line.
    init(written text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw CommandError("a tag has a value", hint: "write it as NAME=VALUE") }
        try self.init(name: String(parts[0]), value: String(parts[1]))
    }
}
