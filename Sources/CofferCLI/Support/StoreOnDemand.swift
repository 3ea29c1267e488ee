import Coffer
import CofferKMS
import CofferPipeline
import Synchronization

/// The embedded key store, opened when the first key is needed.
actor StoreOnDemand {
    private var guarded: GuardedStore?
    private var opened: CommandRecord?
    private let store = OpenedStore()

    /// The keys, behind their guard.
    func open() async throws -> any KeyManagementService & KeyUses {
        if let guarded { return guarded.keys }
        let home = try CofferHome()
        let store = try home.openStore()
        self.store.set(store)
        let record = try record() ?? home.openRecord { [store = self.store] in try store.state() }
        let guarded = try await home.guarded(store, record)
        self.guarded = guarded
        return guarded.keys
    }

    /// The record; nil where there is no key store.
    func record() throws -> CommandRecord? {
        if let opened { return opened }
        let home = try CofferHome()
        guard home.hasStore else { return nil }
        opened = try home.openRecord { [store] in try store.state() }
        return opened
    }

    /// The keys of a plan with their newest versions; an error for one that is not there or can't be used.
    func describe(_ plan: FieldPlan) async throws -> [RunOutput.Key] {
        let names = plan.keys.wrapping.union(plan.keys.mac).sorted { $0.description < $1.description }
        var keys: [RunOutput.Key] = []
        for name in names {
            let known = try await open().describe(name)
            guard known.isEnabled else {
                throw KeyError(.disabled, "\(name) is disabled", hint: "coffer keys enable \(name.name)")
            }
            let written = plan.rows.compactMap(\.key).first { (try? KeyID($0)) == name } ?? name.description
            keys.append(RunOutput.Key(name: written, id: known.key.name, version: known.versions.last?.number))
        }
        return keys
    }

    /// Keys by an alias, where they have one.
    func name(_ references: [KeyUse.Reference]) async throws -> [RunOutput.Key] {
        var keys: [RunOutput.Key] = []
        for reference in references {
            let alias = try? await open().describe(reference.key).aliases.first
            keys.append(
                RunOutput.Key(
                    name: alias ?? reference.key.description, id: reference.key.name, version: reference.version))
        }
        return keys
    }
}

/// A store, once it is open, for whoever asks how it stands.
final class OpenedStore: Sendable {
    private let store = Mutex<KeyStore?>(nil)

    func set(_ store: KeyStore) { self.store.withLock { $0 = store } }

    /// How it stands; nil before it is open.
    func state() throws -> KeyStoreState? { try store.withLock { $0 }?.keyStoreState() }
}
