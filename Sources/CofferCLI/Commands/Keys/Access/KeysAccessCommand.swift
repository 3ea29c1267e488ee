import ArgumentParser
import Coffer
import CofferKMS

/// `coffer keys access`.
struct KeysAccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access", abstract: "List who can do what with a key, and by which policy, role or grant.",
        discussion: "For the periodic review. The owner of the store can do everything and is not listed.")

    @OptionGroup var key: KeyArgument

    @Flag(help: "Print JSON.")
    var json = false

    /// Somebody who can do something.
    struct Entry: Encodable {
        struct Way: Encodable {
            let through: String
            let conditional: Bool
        }

        let principal: String
        let accessKey: String?
        let kind: String
        let actions: [String]
        let ways: [Way]
        let exceptions: [String]
    }

    private struct Output: Encodable {
        let key: String
        let arn: String
        let access: [Entry]
    }

    func run() async throws {
        let realm = try Realm.configured()
        let store = try CofferHome().openStore()
        let description = try await store.describe(try key.id())
        let arn = realm.key(description.key.name)
        let authorizer = StoreAuthorizer(store, realm: realm)
        var entries: [Entry] = []
        for principal in try await principals(store, description.key, realm) {
            for kind in KindOfAccess.allCases where kind.isPossible(with: description.usage) {
                entries += try kind.entries(principal, arn, authorizer)
            }
        }
        if json { return try Terminal.printJSON(Output(key: description.key.name, arn: arn, access: entries)) }
        guard !entries.isEmpty else {
            return Terminal.say("nobody but the owner of the store can do anything with \(key.key)")
        }
        try Terminal.printTable(
            ["PRINCIPAL", "ACCESS KEY", "MAY", "THROUGH"],
            entries.map { entry in
                [
                    entry.principal, entry.accessKey ?? "-", entry.words,
                    entry.ways.map { $0.through + ($0.conditional ? " (under conditions)" : "") }.joined(
                        separator: "; ")
                        + (entry.exceptions.isEmpty ? "" : "; unless \(entry.exceptions.joined(separator: "; "))"),
                ]
            })
    }

    /// Whoever has a good access key, and whoever the key policy or a grant names besides.
    private func principals(_ store: KeyStore, _ key: KeyID, _ realm: Realm) async throws -> [Principal] {
        var principals: [Principal] = try await store.accessKeys().filter { $0.revoked == nil }.map {
            Principal(
                .user, arn: realm.user($0.name), account: realm.account, name: $0.name, accessKeyID: $0.id,
                tags: $0.tags)
        }
        var named = try await store.grants(of: key).map(\.grantee)
        if let text = try await store.policy(of: key) {
            named += (try? PolicyDocument(parsing: text, kind: .key).namedPrincipals) ?? []
        }
        let known = Set(principals.map(\.arn))
        for arn in Set(named).subtracting(known).sorted() {
            let account = arn.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first
            principals.append(
                Principal(.user, arn: arn, account: account.map(String.init) ?? "", name: RequestOptions.name(of: arn)))
        }
        return principals
    }
}

extension KeysAccessCommand.Entry {
    /// The kind, and which of its actions where they are not all.
    fileprivate var words: String {
        let all = KindOfAccess(rawValue: kind)?.actions ?? []
        return actions.count == all.count
            ? kind : "\(kind): \(actions.map { String($0.dropFirst(4)) }.joined(separator: ", "))"
    }
}

/// What a review asks: not every operation, but what can be made of them.
enum KindOfAccess: String, CaseIterable {
    case encrypt, decrypt, sign, verify
    case change, destroy
    case share
    case look

    var actions: [String] {
        let names =
            switch self {
            case .encrypt:
                ["Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptTo"]
            case .decrypt: ["Decrypt", "ReEncryptFrom"]
            case .sign: ["Sign", "GenerateMac"]
            case .verify: ["Verify", "VerifyMac"]
            case .change:
                [
                    "EnableKey", "DisableKey", "EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand",
                    "UpdateKeyDescription", "TagResource", "UntagResource", "CreateAlias", "UpdateAlias", "DeleteAlias",
                    "ImportKeyMaterial",
                ]
            case .destroy: ["ScheduleKeyDeletion", "CancelKeyDeletion", "DeleteImportedKeyMaterial"]
            case .share: ["PutKeyPolicy", "CreateGrant", "RevokeGrant"]
            case .look: ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListResourceTags"]
            }
        return names.map { "kms:\($0)" }
    }

    /// Whether a key for `usage` can be used so.
    func isPossible(with usage: KeyDescription.Usage) -> Bool {
        switch self {
        case .encrypt, .decrypt: usage == .encryptDecrypt
        case .sign, .verify: usage != .encryptDecrypt
        case .change, .destroy, .share, .look: true
        }
    }

    /// What `principal` can do of this kind; an entry for each set of ways.
    func entries(
        _ principal: Principal, _ arn: String, _ authorizer: StoreAuthorizer
    ) throws -> [KeysAccessCommand.Entry] {
        var reviews: [(review: AccessReview, actions: [String])] = []
        for action in actions {
            let review = try authorizer.review(principal, action, on: arn)
            guard !review.ways.isEmpty else { continue }
            if let known = reviews.firstIndex(where: { $0.review == review }) {
                reviews[known].actions.append(action)
            } else {
                reviews.append((review, [action]))
            }
        }
        return reviews.map { review, actions in
            KeysAccessCommand.Entry(
                principal: principal.arn, accessKey: principal.accessKeyID, kind: rawValue, actions: actions,
                ways: review.ways.map { .init(through: $0.label, conditional: $0.isConditional) },
                exceptions: review.exceptions)
        }
    }
}
