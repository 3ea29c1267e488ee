import Coffer
import CofferProviders
import CofferServer
import FoundationEssentials

/// `coffer.yaml`: what the commands that know of an account, a region or the server have in common.
struct CofferFile {
    /// Where it was read from; nil where there is none.
    let path: String?
    /// The account and region: of the file, else of `COFFER_ACCOUNT` and `COFFER_REGION`, else unset.
    private(set) var realm: Realm
    /// The part of `coffer serve`.
    let server: ServerSettings
    /// The part of the audit log.
    let audit: Coffer.Node?
    /// The part of the client of AWS KMS.
    let kms: AWSSection
    /// The part of the client of S3.
    var s3 = AWSSection()
    /// What `coffer decrypt` demands of every message: `decrypt: { require_context: { name: value } }`.
    var requiredContext = EncryptionContext()
    /// Recognizers of the user's own, for `coffer classify`.
    var recognizers: Coffer.Node?

    /// Reads the file: `path`, else `$COFFER_CONFIG`, else `coffer.yaml` in the home of the store, where that is there.
    static func read(
        _ path: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> CofferFile {
        guard let path = try path ?? found(environment) else {
            return CofferFile(
                path: nil, realm: try realm(nil, nil, environment), server: ServerSettings(), audit: nil,
                kms: AWSSection())
        }
        let node = try YAML.read(path)
        do throws(ConfigurationError) {
            let section = try Section(
                node, "",
                keys: ["account", "region", "audit", "kms", "s3", "decrypt", "recognizers"] + ServerSettings.keys)
            var file = CofferFile(
                path: path, realm: try realm(section["account"], section["region"], environment),
                server: try ServerSettings(section), audit: section["audit"],
                kms: try section["kms"].map { node throws(ConfigurationError) in
                    try AWSSection(node, folder: folder(of: path))
                } ?? AWSSection())
            if let node = section["s3"] {
                file.s3 = try AWSSection(node, name: "s3", folder: folder(of: path))
            }
            file.recognizers = section["recognizers"]
            if let node = section["decrypt"] { file.requiredContext = try context(node) }
            return file
        } catch {
            throw FileError(file: path, error: error)
        }
    }

    private static func context(_ node: Coffer.Node) throws(ConfigurationError) -> EncryptionContext {
        let section = try Section(node, "decrypt", keys: ["require_context"])
        var pairs: [String: String] = [:]
        for (name, _, value) in try section["require_context"]?.entries("require_context") ?? [] {
            pairs[name] = try value.text("require_context.\(name)")
        }
        return EncryptionContext(pairs)
    }

    /// The folder of the file, where relative paths in it begin.
    var folder: String { path.map(Self.folder) ?? "" }

    private static func folder(of path: String) -> String {
        Folders.absolute(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
    }

    /// The same with another account or region, where one is given.
    func moved(account: String?, region: String?) throws -> CofferFile {
        var file = self
        file.realm = try Realm(account: account ?? realm.account, region: region ?? realm.region)
        return file
    }

    private static func found(_ environment: [String: String]) throws -> String? {
        if let path = environment["COFFER_CONFIG"], !path.isEmpty { return path }
        let path = try CofferHome(environment).directory + "/coffer.yaml"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    private static func realm(
        _ account: Coffer.Node?, _ region: Coffer.Node?, _ environment: [String: String]
    ) throws(ConfigurationError) -> Realm {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        do throws(ConfigurationError) {
            return try Realm(
                account: try account?.text("account") ?? variable("COFFER_ACCOUNT") ?? Realm.unset.account,
                region: try region?.text("region") ?? variable("COFFER_REGION") ?? Realm.unset.region)
        } catch {
            throw ConfigurationError(error.message, line: error.line ?? (account ?? region)?.line, hint: error.hint)
        }
    }
}

extension Realm {
    /// The account and region that the commands make ARNs with.
    static func configured(_ path: String? = nil) throws -> Realm { try CofferFile.read(path).realm }
}
