import Coffer
import CofferAudit
import CofferPipeline
import CofferProviders
import FoundationEssentials

/// The key services of a pipeline's command, each opened when a key of it is needed, and the command's record.
struct KeyServices: Sendable {
    /// The embedded store, and AWS KMS.
    let keyring: Keyring
    private let store: StoreOnDemand

    /// `section` is the `kms:` of a pipeline in `folder`; what it leaves open is in `coffer.yaml` and the environment.
    /// `sharing` says for how many messages one data key may be used.
    init(_ section: Coffer.Node? = nil, folder: String = ".", sharing limits: DataKeyLimits? = nil) throws {
        let own = try section.map { try AWSSection($0, folder: folder) } ?? AWSSection()
        let store = StoreOnDemand()
        self.store = store
        keyring = Keyring([
            "coffer": { try await store.open(sharing: limits) },
            AWSKMS.scheme: {
                let settings = try AWSSettings(
                    own.over(try CofferFile.read().kms), environment: ProcessInfo.processInfo.environment,
                    read: Self.readSettings)
                let service = try AWSKMS(settings)
                return limits.map { DataKeyCache(service, limits: $0) } ?? service
            },
        ])
    }

    /// Does `body` on the record. Who has no key store has no record either: keys elsewhere are recorded there.
    func recording<T: Sendable>(
        _ operation: String, _ parameters: (AuditKey) -> JSON, result: @Sendable (T) -> JSON,
        _ body: () async throws -> T
    ) async throws -> T {
        guard let record = try await store.record() else { return try await body() }
        return try await record.run(
            operation, parameters(record.log.key), result: result, naming: RecordedRuns.failure, body)
    }

    static func readSettings(_ path: String) throws(ConfigurationError) -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20 else {
            throw ConfigurationError("\(path) can't be read", hint: "check that you may read it")
        }
        return Array(data)
    }
}

extension Keyring {
    /// The keys of a plan with their newest versions; an error for one that is not there or can't be used.
    func describe(_ plan: FieldPlan) async throws -> [RunOutput.Key] {
        let names = plan.keys.wrapping.union(plan.keys.mac).sorted { $0.description < $1.description }
        var keys: [RunOutput.Key] = []
        for name in names {
            let known = try await describe(name)
            guard known.isEnabled else {
                throw KeyError(
                    .disabled, "\(name) is disabled",
                    hint: name.scheme == "coffer" ? "coffer keys enable \(name.name)" : "enable it where it is")
            }
            let written = plan.rows.compactMap(\.key).first { (try? KeyID($0)) == name } ?? name.description
            let reference = known.versions.last.map { KeyUse.Reference(key: known.key, version: $0.number) }
            keys.append(RunOutput.Key(name: written, id: known.key.name, version: reference?.shownVersion))
        }
        return keys
    }

    /// Keys by an alias, where they have one.
    func name(_ references: [KeyUse.Reference]) async throws -> [RunOutput.Key] {
        var keys: [RunOutput.Key] = []
        for reference in references {
            let alias = try? await describe(reference.key).aliases.first
            keys.append(
                RunOutput.Key(
                    name: alias.map(reference.key.named) ?? reference.key.description, id: reference.key.name,
                    version: reference.shownVersion))
        }
        return keys
    }
}

extension KeyUse.Reference {
    /// The version, where its holder counts them.
    fileprivate var shownVersion: Int? { key.scheme == "coffer" ? version : nil }
}

extension KeyID {
    /// What its holder also calls it, as a key URI where that is not the embedded store.
    fileprivate func named(_ alias: String) -> String { scheme == "coffer" ? alias : "\(scheme)://\(alias)" }
}
