import Coffer
import CofferCrypto
import CofferKMS

extension Operation {
    static let dataKeys = [
        generateDataKey, generateDataKeyWithoutPlaintext, generateDataKeyPair, generateDataKeyPairWithoutPlaintext,
    ]

    private static let size = [
        Member("NumberOfBytes", .integer(1...1024)), Member("KeySpec", .choice(.dataKeySpec)),
    ]
    private static let pair = [
        Member.context(), .key(), Member("KeyPairSpec", .choice(.keyPairSpec), required: true), .grantTokens, .dryRun,
    ]

    private static let generateDataKey = Operation(
        "GenerateDataKey", .use, [.key(), .context()] + size + [.grantTokens, .recipient, .dryRun]
    ) { call in
        let made = try await call.dataKey(.generateDataKey)
        return .members(
            ("CiphertextBlob", .blob(made.key.ciphertext.bytes)), ("Plaintext", .blob(made.key.plaintext)),
            ("KeyId", .string(made.arn)), ("KeyMaterialId", made.key.ciphertext.materialID.map(JSON.string)))
    }

    private static let generateDataKeyWithoutPlaintext = Operation(
        "GenerateDataKeyWithoutPlaintext", .use, [.key(), .context()] + size + [.grantTokens, .dryRun]
    ) { call in
        let made = try await call.dataKey(.generateDataKeyWithoutPlaintext)
        return .members(
            ("CiphertextBlob", .blob(made.key.ciphertext.bytes)), ("KeyId", .string(made.arn)),
            ("KeyMaterialId", made.key.ciphertext.materialID.map(JSON.string)))
    }

    private static let generateDataKeyPair = Operation("GenerateDataKeyPair", .use, pair + [.recipient]) { call in
        let made = try await call.dataKeyPair(.generateDataKeyPair)
        return .members(
            ("PrivateKeyCiphertextBlob", .blob(made.pair.wrapped.bytes)),
            ("PrivateKeyPlaintext", .blob(made.pair.privateKey)), ("PublicKey", .blob(made.pair.publicDER)),
            ("KeyId", .string(made.arn)), ("KeyPairSpec", .string(made.pair.spec.rawValue)),
            ("KeyMaterialId", made.pair.wrapped.materialID.map(JSON.string)))
    }

    private static let generateDataKeyPairWithoutPlaintext = Operation(
        "GenerateDataKeyPairWithoutPlaintext", .use, pair
    ) { call in
        let made = try await call.dataKeyPair(.generateDataKeyPairWithoutPlaintext)
        return .members(
            ("PrivateKeyCiphertextBlob", .blob(made.pair.wrapped.bytes)), ("PublicKey", .blob(made.pair.publicDER)),
            ("KeyId", .string(made.arn)), ("KeyPairSpec", .string(made.pair.spec.rawValue)),
            ("KeyMaterialId", made.pair.wrapped.materialID.map(JSON.string)))
    }
}

/// A data key and the ARN of what it is under.
private struct MadeDataKey: ~Copyable, Sendable {
    let key: NewDataKey
    let arn: String
}

/// A pair and the ARN of what it is under.
private struct MadeDataKeyPair: ~Copyable, Sendable {
    let pair: DataKeyPair
    let arn: String
}

extension Call {
    fileprivate func dataKey(_ use: KeyOperation) async throws -> MadeDataKey {
        try refuseRecipient()
        let (number, spec) = (input.integer("NumberOfBytes"), input.text("KeySpec"))
        guard (number == nil) != (spec == nil) else {
            throw Failure.validation("Please specify either number of bytes or key spec.")
        }
        let count = number ?? (spec == "AES_128" ? 16 : 32)
        let key = try await key(aliases: true)
        let context = input.map("EncryptionContext")
        let made = try await self.use(key, conditions(context)) {
            try key.checkSymmetric(operation.name)
            try endOfDryRun()
            return try await store.generateDataKey(
                count, under: key.key, context: EncryptionContext(context), as: use)
        }
        return MadeDataKey(key: made, arn: key.arn)
    }

    fileprivate func dataKeyPair(_ use: KeyOperation) async throws -> MadeDataKeyPair {
        try refuseRecipient()
        let name = input.required("KeyPairSpec")
        guard let spec = KeySpec(rawValue: name) else {
            throw Failure.unsupported("The key pair spec \(name) is not supported.")
        }
        let key = try await key(aliases: true)
        let context = input.map("EncryptionContext")
        var conditions = conditions(context)
        conditions["kms:DataKeyPairSpec"] = name
        let made = try await self.use(key, conditions) {
            try key.checkSymmetric(operation.name)
            try endOfDryRun()
            return try await store.generateDataKeyPair(
                spec, under: key.key, context: EncryptionContext(context), as: use)
        }
        return MadeDataKeyPair(pair: made, arn: key.arn)
    }

    private func conditions(_ context: [String: String]) -> Conditions {
        var conditions = Conditions("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
        conditions.add(context: context)
        return conditions
    }
}
