package import Coffer

/// The keys that a caller lets `reveal` and `rewrap` use: a catalogue names keys, and is not believed.
package struct AllowedKeys: Sendable {
    private let names: Set<KeyID>
    private let prefixes: [KeyID]
    private let schemes: Set<String>

    /// Any key of the embedded store, which is on this machine and the caller's own.
    package static let embeddedStore = AllowedKeys(schemes: ["coffer"])

    private init(schemes: Set<String>) {
        names = []
        prefixes = []
        self.schemes = schemes
    }

    /// These, and any key of the embedded store: those a pipeline of one's own names.
    package static func embeddedStore(and written: [String]) throws(KeyError) -> AllowedKeys {
        try AllowedKeys(written, schemes: ["coffer"])
    }

    /// Keys by id or alias; `alias/tenant-*` stands for all aliases that begin so, and `aws-kms://arn:aws:kms:…:key/*` for
    /// all keys that do.
    package init(_ written: [String]) throws(KeyError) { try self.init(written, schemes: []) }

    private init(_ written: [String], schemes: Set<String>) throws(KeyError) {
        var names: Set<KeyID> = []
        var prefixes: [KeyID] = []
        for text in written {
            if text.hasSuffix("*") {
                prefixes.append(try KeyID(String(text.dropLast())))
            } else {
                names.insert(try KeyID(text))
            }
        }
        self.names = names
        self.prefixes = prefixes
        self.schemes = schemes
    }

    /// Whether `key`, which a catalogue names, may be used. Asks for its aliases only where the caller named one of its
    /// holder's.
    func allow(_ key: KeyID, keys: any KeyManagementService) async throws -> Bool {
        if schemes.contains(key.scheme) || names.contains(key) { return true }
        // In the embedded store an alias could look like the beginning of an id; elsewhere ids are whole ARNs.
        let isPrefixed = prefixes.contains {
            $0.scheme == key.scheme && $0.scheme != "coffer" && !$0.isAlias && key.name.hasPrefix($0.name)
        }
        if isPrefixed && !key.isAlias { return true }
        for name in names where name.scheme == key.scheme && name.scheme != "coffer" && name.isAlias {
            // A service elsewhere is asked about the caller's own names, before one that a catalogue has.
            if let known = try? await keys.describe(name), known.key == key { return true }
        }
        guard (Array(names) + prefixes).contains(where: { $0.scheme == key.scheme && $0.isAlias }) else { return false }
        guard let known = try? await keys.describe(key) else { return false }
        return known.aliases.contains { alias in
            let name = alias.hasPrefix("alias/") ? alias : "alias/" + alias
            return names.contains { $0.scheme == key.scheme && $0.name == name }
                || prefixes.contains { $0.scheme == key.scheme && $0.isAlias && name.hasPrefix($0.name) }
        }
    }
}
