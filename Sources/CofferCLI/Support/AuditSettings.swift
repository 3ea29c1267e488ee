import Coffer
import CofferProviders
import FoundationEssentials

/// Where the checkpoints of the audit log go: `audit: { witness: … }` in coffer.yaml, else `$COFFER_AUDIT_WITNESS`.
///
/// A witness is a file elsewhere, an address `https://…`, or `{ url: …, authorization: env:NAME, ca: PEM }`; a list has one of
/// each.
struct AuditSettings {
    /// A file that gets every checkpoint.
    private(set) var file: String?
    /// Somebody who is sent every checkpoint.
    private(set) var webhook: Webhook?

    init(_ configuration: CofferFile, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let witness = try configuration.audit.flatMap { node throws(ConfigurationError) in
            try Section(node, "audit", keys: ["witness"])["witness"]
        }
        guard let witness else {
            let variable = environment["COFFER_AUDIT_WITNESS"].flatMap { $0.isEmpty ? nil : $0 }
            if let variable { try add(Coffer.Node(.scalar(variable, quoted: true), line: 0), folder: "") }
            return
        }
        let folder = configuration.folder
        do throws(ConfigurationError) {
            if case .list(let witnesses) = witness.value {
                for witness in witnesses { try add(witness, folder: folder) }
            } else {
                try add(witness, folder: folder)
            }
        } catch {
            throw FileError(file: configuration.path ?? "coffer.yaml", error: error)
        }
    }

    private mutating func add(_ node: Coffer.Node, folder: String) throws(ConfigurationError) {
        var url: String?
        var (authority, reference): (String?, SecretReference?)
        if case .map = node.value {
            let section = try Section(node, "audit.witness", keys: ["url", "authorization", "ca"])
            url = try section.required("url").text("audit.witness.url")
            authority = try section.text("ca").map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
            reference = try section["authorization"].map { node throws(ConfigurationError) in
                try SecretReference(node, "audit.witness.authorization")
            }
        } else {
            let text = try node.text("audit.witness")
            if Webhook.isAddress(text) { url = text } else { try setFile(text, node.line) }
        }
        guard let url else { return }
        guard webhook == nil else { throw Self.tooMany(node.line) }
        do throws(ConfigurationError) {
            webhook = try Webhook(url, authority: authority) { [reference] in
                try reference?.resolve(relativeTo: folder)
            }
        } catch {
            throw ConfigurationError(error.message, line: node.line == 0 ? nil : node.line, hint: error.hint)
        }
    }

    private mutating func setFile(_ path: String, _ line: Int) throws(ConfigurationError) {
        guard file == nil else { throw Self.tooMany(line) }
        file = path
    }

    private static func tooMany(_ line: Int) -> ConfigurationError {
        ConfigurationError("audit.witness is one file and one address at most", line: line)
    }

    /// What sends a checkpoint to the webhook; nil where there is none.
    var push: (@Sendable (_ note: [UInt8], _ limit: Duration) async throws -> Void)? {
        guard let webhook else { return nil }
        return { note, limit in try await Self.explained { try await webhook.post(note, within: limit) } }
    }

    /// The checkpoint that a webhook has; nil where it gives none back.
    static func checkpoint(of webhook: Webhook) async throws -> [UInt8]? {
        try await explained { try await webhook.get(within: .seconds(5)) }
    }

    /// Has whatever a webhook throws say its sentence.
    private static func explained<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let failure as WebhookFailure {
            throw AuditError(.unavailable, failure.description, hint: "check audit.witness")
        } catch let error as ConfigurationError {
            throw AuditError(.invalidArgument, "audit.witness: \(error.message)", hint: error.hint)
        } catch let error as CommandError {
            throw AuditError(.invalidArgument, "audit.witness: \(error.message)", hint: error.hint)
        }
    }
}
