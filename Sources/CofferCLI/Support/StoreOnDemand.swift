import Coffer
import CofferKMS
import CofferPipeline

/// The embedded key store, opened when the first key is needed.
actor StoreOnDemand {
    private var store: KeyStore?

    func open() throws -> any KeyManagementService & KeyUses {
        if let store { return store }
        let opened = try CofferHome().openStore()
        store = opened
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
