import Coffer

extension NamedKey {
    /// `KeyMetadata`.
    func metadata(_ realm: Realm) -> JSON { description.metadata(realm) }
}

extension KeyDescription {
    /// `KeyMetadata`.
    func metadata(_ realm: Realm) -> JSON {
        let id = key.localName
        let isExternal = origin == .external
        let hasMaterial = state != .pendingImport
        let oldSpec: JSON? = spec == .ed25519 ? nil : .string(spec.rawValue)
        return .members(
            ("AWSAccountId", .string(realm.account)), ("KeyId", .string(id)), ("Arn", .string(realm.key(id))),
            ("CreationDate", .integer(created)), ("Enabled", .bool(state == .enabled)),
            ("Description", .string(description ?? "")), ("KeyUsage", .string(usage.rawValue)),
            ("KeyState", .string(state.rawValue)), ("DeletionDate", deletionDate.map { .integer($0) }),
            ("ValidTo", expiration.map { .integer($0) }), ("Origin", .string(origin.rawValue)),
            (
                "ExpirationModel",
                isExternal && hasMaterial
                    ? .string(expiration == nil ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES") : nil
            ), ("KeyManager", "CUSTOMER"), ("CustomerMasterKeySpec", oldSpec), ("KeySpec", .string(spec.rawValue)),
            ("EncryptionAlgorithms", usage == .encryptDecrypt ? .texts(spec.encryptionAlgorithms) : nil),
            ("SigningAlgorithms", usage == .signVerify ? .texts(spec.signingAlgorithms) : nil),
            ("MacAlgorithms", usage == .generateVerifyMAC ? .texts(spec.macAlgorithms) : nil),
            ("MultiRegion", false),
            ("CurrentKeyMaterialId", spec == .symmetricDefault ? versions.last?.materialID.map(JSON.string) : nil))
    }
}

extension JSON {
    static func texts(_ values: [some RawRepresentable<String>]) -> JSON { .array(values.map { .string($0.rawValue) }) }
}
