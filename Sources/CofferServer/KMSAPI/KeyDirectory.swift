import Coffer
import CofferKMS
import Synchronization

/// A key as a request named it.
struct NamedKey: Sendable {
    let facts: KeyFacts
    /// The alias it was named by.
    let alias: String?

    var id: String { facts.id }
    var arn: String { facts.arn }
    var key: KeyID { facts.description.key }
    var description: KeyDescription { facts.description }

    /// The condition keys that follow from the key and its name.
    var conditions: [String: [String]] {
        guard let alias else { return facts.conditions }
        var conditions = facts.conditions
        conditions["kms:RequestAlias"] = [alias]
        return conditions
    }
}

/// What is known of a key at one generation of the store.
final class KeyFacts: Sendable {
    let description: KeyDescription
    /// The id without anything in front.
    let id: String
    let arn: String
    let conditions: [String: [String]]

    init(_ description: KeyDescription, _ realm: Realm) {
        self.description = description
        id = description.key.localName
        arn = realm.key(id)
        var conditions = [
            "kms:KeySpec": [description.spec.rawValue], "kms:KeyUsage": [description.usage.rawValue],
            "kms:KeyOrigin": [description.origin.rawValue], "kms:MultiRegion": ["false"],
        ]
        if !description.aliases.isEmpty { conditions["kms:ResourceAliases"] = description.aliases }
        for (name, value) in description.tags { conditions["aws:ResourceTag/\(name)"] = [value] }
        self.conditions = conditions
    }
}

/// Finds keys by what requests call them. Remembers what it found for as long as the store is the same.
final class KeyDirectory: Sendable {
    private struct Known {
        var generation: Int64 = -1
        var keys: [String: NamedKey] = [:]
    }

    private let store: KeyStore
    private let realm: Realm
    private let known = Mutex(Known())
    private static let capacity = 10_000

    init(_ store: KeyStore, _ realm: Realm) { (self.store, self.realm) = (store, realm) }

    /// The key that `text` names: an id, an ARN and, where `aliases`, an alias or its ARN.
    func find(_ text: String, aliases: Bool) async throws -> NamedKey {
        let reference = try KeyReference(text, realm)
        if reference.isAlias, !aliases { throw Failure.notFound("Invalid keyId '\(text)'") }
        let generation = try store.generation
        let found = known.withLock { known -> NamedKey? in
            if known.generation != generation { known = Known(generation: generation) }
            return known.keys[reference.name]
        }
        if let found { return found }
        let facts: KeyFacts
        do {
            facts = KeyFacts(try await store.describe(try KeyID("coffer:\(reference.name)")), realm)
        } catch KeyError.Code.notFound, KeyError.Code.invalidName {
            throw reference.notFound(realm)
        }
        let key = NamedKey(facts: facts, alias: reference.isAlias ? reference.name : nil)
        // What something will happen to by itself is looked at anew each time.
        if facts.description.deletionDate == nil, facts.description.rotation == nil {
            known.withLock { known in
                guard known.generation == generation else { return }
                if known.keys.count >= Self.capacity { known.keys = [:] }
                known.keys[reference.name] = key
            }
        }
        return key
    }
}
