public import Coffer
import CofferCrypto

/// What somebody needs to import key material.
public struct ImportParameters: Hashable, Sendable {
    /// The key that the material is for, by its lasting id.
    public let key: KeyID
    /// What to give back with the material. Sealed: it tells nothing to whoever has no root key.
    public let token: [UInt8]
    /// The key to wrap the material with, as SubjectPublicKeyInfo in DER.
    public let publicKey: [UInt8]
    /// Until when both are good, in seconds since 1970.
    public let validTo: Int64
}

extension KeyStore {
    /// A public key to wrap material with and a token, both good for a day.
    public func importParameters(
        for key: KeyID, wrappingAlgorithm: WrappingAlgorithm, wrappingKeySpec: KeySpec
    ) async throws -> ImportParameters {
        throw KeyError(.unsupported, "import is not there yet")
    }

    /// Imports material: `wrapped` under the public key that came with `token`. The first material that a key gets is the only one
    /// it ever takes. With `expires` (seconds since 1970) it goes by itself.
    public func importMaterial(
        for key: KeyID, token: [UInt8], wrapped: [UInt8], expires: Int64? = nil
    ) async throws -> KeyDescription {
        throw KeyError(.unsupported, "import is not there yet")
    }

    /// Deletes imported material for good. The key waits for the same material to be imported again. Nothing happens where
    /// there is none.
    public func deleteImportedMaterial(of key: KeyID) async throws -> KeyDescription {
        let description = try await change { edit in
            let record = try edit.tables.key(key)
            guard edit.tables.origin(of: record) == .external else { throw KeyError.notExternal(key) }
            if let row = edit.tables.imports[record.id] { edit.removeMaterial(of: row) }
            return edit.tables.description(of: record)
        }
        _ = try? await erase()
        return description
    }
}

extension Edit {
    /// Takes away material that was imported, if it is there.
    mutating func removeMaterial(of row: ImportRecord) {
        let versions = tables.versions.records(of: row.id)
        guard !versions.isEmpty else { return }
        for version in versions { remove(VersionRecord.self, version.id) }
        var row = row
        row.isErased = false
        put(row)
    }
}

extension KeyError {
    static func notExternal(_ name: KeyID) -> KeyError {
        KeyError(
            .unsupported, "\(name.name) has material that was made here",
            hint: "coffer keys create --origin external makes a key that takes imported material")
    }
}
