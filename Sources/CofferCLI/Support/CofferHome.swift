import Coffer
import FoundationEssentials

/// Where the key store and its root key are.
struct CofferHome {
    /// The folder that holds the store: `$COFFER_HOME`, `~/.coffer` by default.
    let directory: String
    /// The root key's file: `$COFFER_ROOT_KEY`; beside a `$COFFER_HOME` that is set; else `~/.config/coffer/root.key`.
    /// Never inside the folder, so that a copy of the folder is no copy of the key.
    let rootKeyFile: String

    /// The token vault where no other one is named.
    var tokensFile: String { "\(directory)/tokens.db" }

    /// Whether a key store is there.
    var hasStore: Bool { FileManager.default.fileExists(atPath: directory + "/keys.db") }

    init(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        func path(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func user() throws -> String {
            guard let home = path("HOME") else {
                throw CommandError("there is no home folder", hint: "set COFFER_HOME and COFFER_ROOT_KEY")
            }
            return home
        }
        if let home = path("COFFER_HOME") {
            directory = home.count > 1 && home.hasSuffix("/") ? String(home.dropLast()) : home
            rootKeyFile = path("COFFER_ROOT_KEY") ?? directory + ".root.key"
        } else {
            directory = try user() + "/.coffer"
            rootKeyFile = try path("COFFER_ROOT_KEY") ?? user() + "/.config/coffer/root.key"
        }
    }
}
