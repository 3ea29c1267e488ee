import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys grant`.
struct KeysGrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Let somebody use a key without changing its policy.",
        subcommands: [
            KeysGrantCreateCommand.self, KeysGrantListCommand.self, KeysGrantRevokeCommand.self,
            KeysGrantRetireCommand.self,
        ])
}

/// A grant as the commands print it.
struct GrantOutput: Encodable {
    let grantId: String
    let key: String
    let grantee: String
    let retiringPrincipal: String?
    let issuer: String
    let operations: [String]
    let contextEquals: [KeyOutput.Tag]?
    let contextSubset: [KeyOutput.Tag]?
    let name: String?
    let created: String

    init(_ grant: Grant) {
        (grantId, key, grantee, retiringPrincipal) = (grant.id, grant.key.name, grant.grantee, grant.retiring)
        (issuer, operations, name) = (grant.issuer, grant.operations.map(\.rawValue), grant.name)
        contextEquals = grant.constraints.equals.map(Self.pairs)
        contextSubset = grant.constraints.subset.map(Self.pairs)
        created = date(grant.created)
    }

    private static func pairs(_ context: [String: String]) -> [KeyOutput.Tag] {
        context.sorted { $0.key < $1.key }.map { KeyOutput.Tag(name: $0.key, value: $0.value) }
    }

    static let header = ["GRANTEE", "OPERATIONS", "CONTEXT", "NAME", "CREATED", "ID"]

    /// A row of the table of grants.
    var row: [String] {
        let equals = contextEquals.map { ["= " + Self.text($0)] } ?? []
        let subset = contextSubset.map { ["with " + Self.text($0)] } ?? []
        let context = (equals + subset).joined(separator: "; ")
        return [
            grantee, operations.joined(separator: ","), context.isEmpty ? "-" : context, name ?? "-",
            String(created.prefix(10)), grantId,
        ]
    }

    private static func text(_ pairs: [KeyOutput.Tag]) -> String {
        "{" + pairs.map { "\($0.name)=\($0.value)" }.joined(separator: ", ") + "}"
    }
}

/// The names of principals on the command line: an ARN, or the name of a user.
enum PrincipalName {
    static func arn(_ text: String, _ realm: Realm) -> String { text.hasPrefix("arn:") ? text : realm.user(text) }
}

/// Names and values of an encryption context on the command line.
enum ContextArgument {
    /// The pairs written as `NAME=VALUE`; nil where there is none.
    static func pairs(_ texts: [String]) throws -> [String: String]? {
        guard !texts.isEmpty else { return nil }
        var pairs: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty,
                pairs.updateValue(String(parts[1]), forKey: String(parts[0])) == nil
            else { throw CommandError("a context has names and values", hint: "write NAME=VALUE, each name once") }
        }
        return pairs
    }
}
