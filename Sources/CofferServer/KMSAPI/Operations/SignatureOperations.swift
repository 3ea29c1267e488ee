import Coffer
import CofferKMS

extension Operation {
    static let signatures = [sign, verify, getPublicKey]

    private static let signing = [
        Member.key(), .message(), Member("MessageType", .choice(.messageType)), .grantTokens,
        Member("SigningAlgorithm", .choice(.signingAlgorithm), required: true), .dryRun,
    ]

    private static let sign = Operation("Sign", .use, signing) { call in
        let key = try await call.key(aliases: true)
        let algorithm = try call.signingAlgorithm()
        let message = call.input.requiredBlob("Message")
        let signature = try await call.use(key, call.signingConditions()) {
            let isDigest = try call.checkMessage(key, algorithm, message)
            try call.endOfDryRun()
            return try await call.store.sign(message, isDigest: isDigest, under: key.key, algorithm: algorithm)
        }
        return .members(
            ("KeyId", .string(key.arn)), ("Signature", .blob(signature)),
            ("SigningAlgorithm", .string(algorithm.rawValue)))
    }

    private static let verify = Operation(
        "Verify", .use, signing + [Member("Signature", .blob(1...6144), required: true)]
    ) { call in
        let key = try await call.key(aliases: true)
        let algorithm = try call.signingAlgorithm()
        let message = call.input.requiredBlob("Message")
        try await call.use(key, call.signingConditions()) {
            let isDigest = try call.checkMessage(key, algorithm, message)
            let isGood = try await call.store.verify(
                call.input.requiredBlob("Signature"), of: message, isDigest: isDigest, under: key.key,
                algorithm: algorithm)
            guard isGood else {
                throw Failure(
                    "KMSInvalidSignatureException", "", reason: "the signature is not one of this message by this key")
            }
            try call.endOfDryRun()
        }
        return .members(
            ("KeyId", .string(key.arn)), ("SignatureValid", true), ("SigningAlgorithm", .string(algorithm.rawValue)))
    }

    private static let getPublicKey = Operation("GetPublicKey", .use, [.key(), .grantTokens]) { call in
        let key = try await call.key(aliases: true)
        let (spec, usage) = (key.description.spec, key.description.usage)
        let found = try await call.use(key) {
            guard spec.isAsymmetric else {
                throw Failure.unsupported(
                    "\(key.arn) key spec is \(spec.rawValue) which is not valid for GetPublicKey.")
            }
            try key.checkUsable()
            return try await call.store.publicKey(of: key.key)
        }
        return .members(
            ("KeyId", .string(key.arn)), ("PublicKey", .blob(found.der)),
            ("CustomerMasterKeySpec", spec == .ed25519 ? nil : .string(spec.rawValue)),
            ("KeySpec", .string(spec.rawValue)), ("KeyUsage", .string(usage.rawValue)),
            ("EncryptionAlgorithms", usage == .encryptDecrypt ? .texts(spec.encryptionAlgorithms) : nil),
            ("SigningAlgorithms", usage == .signVerify ? .texts(spec.signingAlgorithms) : nil))
    }
}

extension Call {
    fileprivate func signingAlgorithm() throws(Failure) -> SigningAlgorithm {
        let text = input.required("SigningAlgorithm")
        guard let algorithm = SigningAlgorithm(rawValue: text), algorithm != .ed25519phSHA512 else {
            throw .unsupported("The algorithm \(text) is not supported.")
        }
        return algorithm
    }

    fileprivate func signingConditions() -> Conditions {
        var conditions = Conditions("kms:SigningAlgorithm", input.text("SigningAlgorithm"))
        conditions["kms:MessageType"] = input.text("MessageType") ?? "RAW"
        return conditions
    }

    /// Refuses a message that can't be signed so; says whether it is a digest.
    fileprivate func checkMessage(
        _ key: NamedKey, _ algorithm: SigningAlgorithm, _ message: [UInt8]
    ) throws(Failure) -> Bool {
        try key.checkUsable(for: .signVerify, operation.name)
        try key.check(
            algorithm: algorithm.rawValue, isOneOf: key.description.spec.signingAlgorithms.map(\.rawValue))
        let type = input.text("MessageType") ?? "RAW"
        switch algorithm {
        case .ed25519SHA512 where type != "RAW":
            throw .validation("MessageType \(type) is not valid for algorithm \(algorithm.rawValue).")
        default: break
        }
        guard type != "EXTERNAL_MU" else {
            throw .validation("MessageType \(type) is not valid for algorithm \(algorithm.rawValue).")
        }
        guard type == "DIGEST" else { return false }
        guard message.count == algorithm.digestByteCount else {
            throw .validation("Digest is invalid length for algorithm \(algorithm.rawValue).")
        }
        return true
    }
}
