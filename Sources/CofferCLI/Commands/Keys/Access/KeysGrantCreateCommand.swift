public import ArgumentParser
public import Coffer
import CofferKMS

extension Grant.Operation: ExpressibleByArgument {}

/// `coffer keys grant create`.
struct KeysGrantCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Give a grant, which counts at once.",
        discussion: "With a name, the same grant given once more is the one that is there.")

    @OptionGroup var key: KeyArgument

    @Option(help: ArgumentHelp("Who may use it: the name of a user, or an ARN.", valueName: "principal"))
    var to: String

    @Option(
        name: [.customLong("operation"), .customLong("operations")], parsing: .upToNextOption,
        help: ArgumentHelp("What for, as AWS names it: Decrypt GenerateDataKey …", valueName: "name"))
    var operations: [Grant.Operation]

    @Option(help: ArgumentHelp("Who may retire it: the name of a user, or an ARN.", valueName: "principal"))
    var retiring: String?

    @Option(help: ArgumentHelp("A pair that the encryption context must have.", valueName: "name=value"))
    var context: [String] = []

    @Option(help: ArgumentHelp("A pair of what the encryption context must be exactly.", valueName: "name=value"))
    var contextEquals: [String] = []

    @Option(help: "A name for it.")
    var name: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Output: Encodable {
        let grantId: String
        let grantToken: String
    }

    func run() async throws {
        let realm = try Realm.configured()
        let new = NewGrant(
            key: try key.id(), grantee: PrincipalName.arn(to, realm),
            retiring: retiring.map { PrincipalName.arn($0, realm) }, issuer: realm.root, operations: operations,
            constraints: .init(
                equals: try ContextArgument.pairs(contextEquals), subset: try ContextArgument.pairs(context)),
            name: name)
        let made = try await CofferHome().openGuarded().change(
            "CreateGrant", new.key,
            .members(
                ("granteePrincipal", .string(new.grantee)), ("retiringPrincipal", new.retiring.map { .string($0) }),
                ("operations", .array(new.operations.map { .string($0.rawValue) })),
                ("name", new.name.map { .string($0) })),
            response: { .members(("grantId", .string($0.grant.id))) }, { try await $0.createGrant(new) })
        if json { return try Terminal.printJSON(Output(grantId: made.grant.id, grantToken: made.token)) }
        if made.isOld { Terminal.say("that grant was there already") }
        try Terminal.printTable(GrantOutput.header, [GrantOutput(made.grant).row])
    }
}
