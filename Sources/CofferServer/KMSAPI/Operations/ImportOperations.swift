import Coffer
import CofferKMS

extension Operation {
    static let imports = [getParametersForImport, importKeyMaterial, deleteImportedKeyMaterial]

    private static let materialID = Member("KeyMaterialId", .text(64...64, .materialID))

    private static let getParametersForImport = Operation(
        "GetParametersForImport", .use,
        [
            .key(), Member("WrappingAlgorithm", .choice(.wrappingAlgorithm), required: true),
            Member("WrappingKeySpec", .choice(.wrappingKeySpec), required: true),
        ]
    ) { call in
        let key = try await call.key()
        let (algorithmName, specName) = (
            call.input.required("WrappingAlgorithm"), call.input.required("WrappingKeySpec")
        )
        guard let algorithm = WrappingAlgorithm(rawValue: algorithmName), let spec = KeySpec(rawValue: specName) else {
            throw Failure.unsupported("\(algorithmName) with \(specName) is not supported.")
        }
        var conditions = Conditions("kms:WrappingAlgorithm", algorithmName)
        conditions["kms:WrappingKeySpec"] = specName
        let parameters = try await call.use(key, conditions) {
            try key.check(origin: .external)
            try key.checkNotPendingDeletion()
            return try await call.store.importParameters(
                for: key.key, wrappingAlgorithm: algorithm, wrappingKeySpec: spec)
        }
        return .members(
            ("KeyId", .string(key.arn)), ("ImportToken", .blob(parameters.token)),
            ("PublicKey", .blob(parameters.publicKey)), ("ParametersValidTo", .integer(parameters.validTo)))
    }

    private static let importKeyMaterial = Operation(
        "ImportKeyMaterial", .change,
        [
            .key(), .ciphertext("ImportToken"), .ciphertext("EncryptedKeyMaterial"), Member("ValidTo", .timestamp),
            Member("ExpirationModel", .choice(.expirationModel)),
            Member("ImportType", .choice(.init(["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"]))),
            Member("KeyMaterialDescription", .text(0...256)), materialID,
        ]
    ) { call in
        let key = try await call.key()
        let model = call.input.text("ExpirationModel") ?? "KEY_MATERIAL_EXPIRES"
        let validTo = call.input.seconds("ValidTo")
        let isExpiring = model == "KEY_MATERIAL_EXPIRES"
        var conditions = Conditions("kms:ExpirationModel", model)
        conditions["kms:ValidTo"] = validTo.map { "\($0)" }
        let imported = try await call.change(
            key, conditions,
            check: {
                try key.check(origin: .external)
                try key.checkNotPendingDeletion()
                guard isExpiring == (validTo != nil) else {
                    throw Failure.validation(
                        isExpiring
                            ? "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
                            : "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")
                }
            }
        ) {
            let imported = try await call.store.importMaterial(
                for: key.key, token: call.input.requiredBlob("ImportToken"),
                wrapped: call.input.requiredBlob("EncryptedKeyMaterial"), expires: validTo)
            let id = imported.versions.last?.materialID
            return (imported, response: .members(("keyMaterialId", id.map(JSON.string))))
        }
        return .members(
            ("KeyId", .string(key.arn)), ("KeyMaterialId", imported.versions.last?.materialID.map(JSON.string)))
    }

    private static let deleteImportedKeyMaterial = Operation(
        "DeleteImportedKeyMaterial", .change, [.key(), materialID]
    ) { call in
        let key = try await call.key()
        let id = key.description.versions.last?.materialID
        try await call.change(
            key,
            check: {
                try key.check(origin: .external)
                try key.checkNotPendingDeletion()
                if let wanted = call.input.text("KeyMaterialId"), wanted != id {
                    throw Failure.notFound("\(key.arn) has no key material with the id \(wanted)")
                }
            }
        ) { _ = try await call.store.deleteImportedMaterial(of: key.key) }
        return .members(("KeyId", .string(key.arn)), ("KeyMaterialId", id.map(JSON.string)))
    }
}
