import ArgumentParser
import Coffer
import CofferKMS
import FoundationEssentials

/// `coffer policy test`.
struct PolicyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Decide on a request, and explain the decision statement by statement.",
        discussion: "Exit status: 0 allowed, 1 denied, 2 failed. Nothing is done with the key.")

    @Option(help: "A policy to decide by; - for standard input. Repeatable.")
    var policy: [String] = []

    @Option(help: "A role to decide by: admin, key-admin, key-user, auditor. Repeatable.")
    var role: [String] = []

    @Option(help: "A key: its policy and grants count, and the roles of the access key. alias/NAME or a key id.")
    var key: String?

    @Option(help: "Who asks: a user's name, an ARN, or with --key an access key's id.")
    var principal: String

    @Option(help: "What for: kms:Decrypt, or Decrypt.")
    var action: String

    @Option(help: "The ARN of what it is done with; by default the key, or * for what is about none.")
    var resource: String?

    @Option(help: "NAME=VALUE of the encryption context. Repeatable.")
    var context: [String] = []

    @Option(help: "KEY=VALUE of the request, like aws:SourceIp=10.0.0.1. Repeatable; one key, several values.")
    var condition: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let realm = try Realm.configured()
        guard key != nil || !policy.isEmpty || !role.isEmpty else {
            throw CommandError("there is nothing to decide by", hint: "give --policy FILE, --role ROLE or --key KEY")
        }
        let subject = try RequestOptions(
            principal: principal, action: action, context: context, conditions: condition, realm: realm)
        let explanation: Explanation
        let request: AccessRequest
        if let key {
            (request, explanation) = try await explainKey(key, subject, realm)
        } else {
            let documents = try policy.map { try PolicyFile.read($0, kind: nil) }
            let keyPolicies = documents.filter { $0.kind == .key }
            guard keyPolicies.count < 2 else { throw CommandError("a key has one policy; two key policies were given") }
            let set = PolicySet(
                keyPolicy: keyPolicies.first, identityPolicies: try identities(documents))
            request = subject.request(on: resource ?? subject.defaultResource)
            explanation = set.explain(request, at: subject.now)
        }
        try ExplanationOutput(request, explanation).print(json: json)
        if !explanation.decision.isAllowed { throw ExitCode(1) }
    }

    private func identities(_ documents: [PolicyDocument]) throws -> [PolicyDocument] {
        documents.filter { $0.kind == .identity } + (try role.map { try Role(word: $0).policy })
    }

    /// Decides by what the store has on the key and on whoever asks. Policies that are given besides stand in for the key's
    /// own, or are added to those of the access key: what would be, if.
    private func explainKey(
        _ name: String, _ subject: RequestOptions, _ realm: Realm
    ) async throws -> (AccessRequest, Explanation) {
        let store = try CofferHome().openStore()
        let description = try await store.describe(try KeyID(name))
        let principal = try await subject.principal(in: store, realm)
        let documents = try policy.map { try PolicyFile.read($0, kind: nil) }
        let request = subject.request(on: resource ?? realm.key(description.key.name), principal)
        return (
            request,
            try StoreAuthorizer(store, realm: realm).explain(
                request, at: subject.now, keyPolicy: documents.first { $0.kind == .key },
                adding: try identities(documents))
        )
    }
}
