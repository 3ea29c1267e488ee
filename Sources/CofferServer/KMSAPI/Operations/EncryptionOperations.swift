import Coffer
import CofferCrypto
import CofferKMS

extension Operation {
    static let encryption = [encrypt, decrypt, reEncrypt, generateRandom]

    private static func algorithm(_ name: String = "EncryptionAlgorithm") -> Member {
        Member(name, .choice(.encryptionAlgorithm))
    }

    private static let encrypt = Operation(
        "Encrypt", .use,
        [
            .key(), Member("Plaintext", .blob(1...4096), required: true), .context(), .grantTokens, algorithm(),
            .dryRun,
        ]
    ) { call in
        let key = try await call.key(aliases: true)
        let algorithm = try call.encryptionAlgorithm()
        let context = call.input.map("EncryptionContext")
        let plaintext = call.input.requiredBlob("Plaintext")
        var conditions = Conditions("kms:EncryptionAlgorithm", algorithm.rawValue)
        conditions.add(context: context)
        let ciphertext = try await call.use(key, conditions) {
            try key.checkEncrypts(algorithm, byteCount: plaintext.count, context, call.operation.name)
            try call.endOfDryRun()
            return try await call.store.encrypt(
                unsafe SecretBytes(copying: plaintext.span.bytes), under: key.key, algorithm: algorithm,
                context: EncryptionContext(context))
        }
        return .members(
            ("CiphertextBlob", .blob(ciphertext.bytes)), ("KeyId", .string(key.arn)),
            ("EncryptionAlgorithm", .string(algorithm.rawValue)))
    }

    private static let decrypt = Operation(
        "Decrypt", .use,
        [
            .ciphertext(), .context(), .grantTokens, .key(required: false), algorithm(), .recipient, .dryRun,
            Member("DryRunModifiers", .texts(.choice(.init(["IGNORE_CIPHERTEXT"])))),
        ]
    ) { call in
        try call.refuseRecipient()
        let source = try await call.source("KeyId", "EncryptionAlgorithm", "EncryptionContext")
        let decrypted = try await call.use(source.key, source.conditions) {
            try source.check(call.operation.name)
            let decrypted = try await call.store.decrypt(
                source.ciphertext, under: source.key.key, algorithm: source.algorithm,
                context: EncryptionContext(source.context))
            try call.endOfDryRun()
            return decrypted
        }
        return .members(
            ("KeyId", .string(source.key.arn)), ("Plaintext", .blob(decrypted.plaintext)),
            ("EncryptionAlgorithm", .string(source.algorithm.rawValue)),
            ("KeyMaterialId", decrypted.materialID.map(JSON.string)))
    }

    private static let reEncrypt = Operation(
        "ReEncrypt", .use,
        [
            .ciphertext(), .context("SourceEncryptionContext"), .key("SourceKeyId", required: false),
            .key("DestinationKeyId"), .context("DestinationEncryptionContext"), algorithm("SourceEncryptionAlgorithm"),
            algorithm("DestinationEncryptionAlgorithm"), .grantTokens, .dryRun,
            Member("DryRunModifiers", .texts(.choice(.init(["IGNORE_CIPHERTEXT"])))),
        ]
    ) { call in
        var source = try await call.source("SourceKeyId", "SourceEncryptionAlgorithm", "SourceEncryptionContext")
        let key = try await call.key("DestinationKeyId", aliases: true)
        let algorithm = try call.encryptionAlgorithm("DestinationEncryptionAlgorithm")
        let context = call.input.map("DestinationEncryptionContext")
        var conditions = Conditions("kms:EncryptionAlgorithm", algorithm.rawValue)
        conditions.add(context: context)
        conditions["kms:ReEncryptOnSameKey"] = (key.id == source.key.id).description
        source.conditions["kms:ReEncryptOnSameKey"] = (key.id == source.key.id).description
        try await call.authorize("kms:ReEncryptFrom", on: source.key.arn, source.key, source.conditions)
        let (from, to) = try await call.use(key, action: "kms:ReEncryptTo", also: source.key, conditions) {
            try source.check(call.operation.name)
            let opened = try await call.store.decrypt(
                source.ciphertext, under: source.key.key, algorithm: source.algorithm,
                context: EncryptionContext(source.context), as: .reEncrypt)
            try key.checkEncrypts(algorithm, byteCount: opened.plaintext.count, context, call.operation.name)
            try call.endOfDryRun()
            let closed = try await call.store.encrypt(
                opened.plaintext, under: key.key, algorithm: algorithm, context: EncryptionContext(context),
                as: .reEncrypt)
            return (opened.materialID, closed)
        }
        return .members(
            ("CiphertextBlob", .blob(to.bytes)), ("SourceKeyId", .string(source.key.arn)), ("KeyId", .string(key.arn)),
            ("SourceEncryptionAlgorithm", .string(source.algorithm.rawValue)),
            ("DestinationEncryptionAlgorithm", .string(algorithm.rawValue)),
            ("SourceKeyMaterialId", from.map(JSON.string)),
            ("DestinationKeyMaterialId", to.materialID.map(JSON.string)))
    }

    private static let generateRandom = Operation(
        "GenerateRandom", .use,
        [Member("NumberOfBytes", .integer(1...1024)), Member("CustomKeyStoreId", .text(1...64)), .recipient]
    ) { call in
        try call.refuseRecipient()
        guard !call.input.has("CustomKeyStoreId") else {
            throw Failure.unsupported("Custom key stores are not supported.")
        }
        guard let count = call.input.integer("NumberOfBytes") else {
            throw Failure.validation("NumberOfBytes is required.")
        }
        let bytes = try await call.use(nil) { call.api.randomness.secret(count: count) }
        return .members(("Plaintext", .blob(bytes)))
    }
}

/// What is to be decrypted, with the key that it is under.
struct Source: Sendable {
    let ciphertext: [UInt8]
    let key: NamedKey
    /// Whether the key that the caller named is another one than the ciphertext's.
    let isOther: Bool
    let algorithm: EncryptionAlgorithm
    let context: [String: String]
    var conditions: Conditions

    /// Refuses what can't be decrypted, in the order in which AWS looks.
    func check(_ operation: String) throws(Failure) {
        guard !isOther else { throw .incorrectKey }
        try key.checkUsable(for: .encryptDecrypt, operation)
        try key.check(
            algorithm: algorithm.rawValue, isOneOf: key.description.spec.encryptionAlgorithms.map(\.rawValue))
        if algorithm != .symmetricDefault, !context.isEmpty { throw .contextWithRSA }
    }
}

extension Failure {
    static let contextWithRSA = Failure.validation("An encryption context is not possible with an asymmetric key.")
    static let unknownCiphertext = Failure(
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
            + "not allowed to access.")
}

extension Call {
    /// The algorithm that a member names.
    func encryptionAlgorithm(_ name: String = "EncryptionAlgorithm") throws(Failure) -> EncryptionAlgorithm {
        let text = input.text(name) ?? "SYMMETRIC_DEFAULT"
        guard let algorithm = EncryptionAlgorithm(rawValue: text) else {
            throw .unsupported("The algorithm \(text) is not supported.")
        }
        return algorithm
    }

    /// Recipients are enclaves, which are not here.
    func refuseRecipient() throws(Failure) {
        if input.has("Recipient") { throw .unsupported("Recipient is not supported.") }
    }

    /// The ciphertext of the request and its key: the one that the caller names, else the one that the ciphertext names.
    func source(_ keyName: String, _ algorithmName: String, _ contextName: String) async throws -> Source {
        let ciphertext = input.requiredBlob("CiphertextBlob")
        let algorithm = try encryptionAlgorithm(algorithmName)
        let context = input.map(contextName)
        var conditions = Conditions("kms:EncryptionAlgorithm", algorithm.rawValue)
        conditions.add(context: context)
        let named = input.has(keyName) ? try await key(keyName, aliases: true) : nil
        let key: NamedKey
        var isOther = false
        if algorithm == .symmetricDefault {
            guard let own = KeyStore.key(of: ciphertext) else { return try await refuse(.invalidCiphertext, named) }
            if let named {
                key = named
                isOther = own.localName != named.id
            } else {
                do { key = try await api.directory.find(own.localName, aliases: false) } catch {
                    return try await refuse(.unknownCiphertext, nil)
                }
            }
        } else {
            guard let named else {
                throw Failure.validation("KeyId is required for the algorithm \(algorithm.rawValue).")
            }
            key = named
        }
        return Source(
            ciphertext: ciphertext, key: key, isOther: isOther, algorithm: algorithm, context: context,
            conditions: conditions)
    }

    /// Refuses what names no key of ours; whoever named one is first asked whether they may use it.
    private func refuse(_ failure: Failure, _ key: NamedKey?) async throws -> Source {
        if let key { return try await use(key) { throw failure } }
        try await record(failure)
        throw failure
    }
}

extension NamedKey {
    /// Refuses what can't be encrypted.
    func checkEncrypts(
        _ algorithm: EncryptionAlgorithm, byteCount: Int, _ context: [String: String], _ operation: String
    ) throws(Failure) {
        try checkUsable(for: .encryptDecrypt, operation)
        let spec = description.spec
        try check(algorithm: algorithm.rawValue, isOneOf: spec.encryptionAlgorithms.map(\.rawValue))
        guard let modulus = spec.modulusByteCount else { return }
        if !context.isEmpty { throw .contextWithRSA }
        // RFC 8017, 7.1.1: two digests and two bytes go.
        let limit = modulus - 2 - 2 * (algorithm == .rsaOAEPSHA1 ? 20 : 32)
        guard byteCount <= limit else {
            throw .validation(
                "Algorithm \(algorithm.rawValue) and key spec \(spec.rawValue) cannot encrypt data larger than "
                    + "\(limit) bytes.")
        }
    }
}
