import Coffer
import CofferKMS

extension Operation {
    static let keys = [createKey, describeKey, listKeys, enableKey, disableKey, updateKeyDescription, getKeyLastUsage]

    private static let createKey = Operation(
        "CreateKey", .change,
        [
            .policy(), Member("Description", .text(0...8192)), Member("KeyUsage", .choice(.keyUsage)),
            Member("CustomerMasterKeySpec", .choice(.keySpec)), Member("KeySpec", .choice(.keySpec)),
            Member("Origin", .choice(.origin)), Member("CustomKeyStoreId", .text(1...64)), .bypass, .tags(),
            Member("MultiRegion", .boolean), Member("XksKeyId", .text(1...128)),
        ]
    ) { call in
        let new = try NewKey(call)
        var conditions = Conditions("kms:KeySpec", new.spec.rawValue)
        conditions["kms:KeyUsage"] = new.usage.rawValue
        conditions["kms:KeyOrigin"] = new.origin.rawValue
        conditions["kms:MultiRegion"] = "false"
        conditions["kms:BypassPolicyLockoutSafetyCheck"] = call.input.bool("BypassPolicyLockoutSafetyCheck").description
        conditions.add(tags: new.tags)
        let made = try await call.change(nil, conditions, check: { try await call.checkPolicy(new.policy, of: nil) }) {
            let made = try await call.store.createKey(new)
            let id = made.key.localName
            return (made, response: .members(("keyId", .string(id)), ("arn", .string(call.realm.key(id)))))
        }
        return .members(("KeyMetadata", made.metadata(call.realm)))
    }

    private static let describeKey = Operation("DescribeKey", .use, [.key(), .grantTokens]) { call in
        let key = try await call.key(aliases: true)
        return try await call.use(key) { .members(("KeyMetadata", key.metadata(call.realm))) }
    }

    private static let listKeys = Operation(
        "ListKeys", .use, [.limit, .marker, Member("ResourceOwners", .texts(.text(1...64), count: 1...2))]
    ) { call in
        try await call.use(nil) {
            let ids = try await call.store.allKeys().map { $0.key.localName }
            return try call.page(ids, limit: 100, position: \.self).answer("Keys") { id in
                .members(("KeyId", .string(id)), ("KeyArn", .string(call.realm.key(id))))
            }
        }
    }

    private static let enableKey = Operation("EnableKey", .change, [.key()]) { call in
        try await call.setEnabled(true)
    }

    private static let disableKey = Operation("DisableKey", .change, [.key()]) { call in
        try await call.setEnabled(false)
    }

    private static let updateKeyDescription = Operation(
        "UpdateKeyDescription", .change, [.key(), Member("Description", .text(0...8192), required: true)]
    ) { call in
        let key = try await call.key()
        try await call.change(key, check: { try key.checkNotPendingDeletion() }) {
            _ = try await call.store.setDescription(of: key.key, call.input.required("Description"))
        }
        return nil
    }

    private static let getKeyLastUsage = Operation("GetKeyLastUsage", .use, [.key()]) { call in
        let key = try await call.key()
        return try await call.use(key) {
            let use = key.description.lastUse
            return .members(
                ("KeyId", .string(key.arn)),
                (
                    "KeyLastUsage",
                    .members(
                        ("Operation", use.map { .string($0.operation) }), ("Timestamp", use.map { .integer($0.time) }))
                ), ("TrackingStartDate", .integer(key.description.created)),
                ("KeyCreationDate", .integer(key.description.created)))
        }
    }
}

extension Call {
    fileprivate func setEnabled(_ isEnabled: Bool) async throws -> JSON? {
        let key = try await key()
        try await change(
            key,
            check: {
                try key.checkNotPendingDeletion()
                if key.description.state == .pendingImport {
                    throw Failure.invalidState("\(key.arn) is pending import.")
                }
            }
        ) {
            _ = try await store.setEnabled(isEnabled, key.key)
        }
        return nil
    }
}

extension NewKey {
    /// What `CreateKey` asks for; refused where no key is like that, or none of ours.
    fileprivate init(_ call: Call) throws(Failure) {
        let input = call.input
        let (given, old) = (input.text("KeySpec"), input.text("CustomerMasterKeySpec"))
        if let given, let old, given != old {
            throw .validation("The KeySpec and CustomerMasterKeySpec parameters can't both be given.")
        }
        let specName = given ?? old ?? "SYMMETRIC_DEFAULT"
        if input.has("CustomKeyStoreId") || input.has("XksKeyId") {
            throw .unsupported("Custom key stores are not supported.")
        }
        let originName = input.text("Origin") ?? "AWS_KMS"
        guard let origin = KeyOrigin(rawValue: originName) else {
            throw .unsupported("The origin \(originName) is not supported.")
        }
        if input.bool("MultiRegion") { throw .unsupported("Keys of several regions are not supported.") }
        guard let usageName = input.text("KeyUsage") ?? (specName == "SYMMETRIC_DEFAULT" ? "ENCRYPT_DECRYPT" : nil)
        else {
            throw .validation(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
        }
        let incompatible = Failure.validation("KeyUsage \(usageName) is not compatible with KeySpec \(specName)")
        guard let spec = KeySpec(rawValue: specName) else {
            throw .unsupported("The key spec \(specName) is not supported.")
        }
        guard let usage = KeyDescription.Usage(rawValue: usageName) else {
            let isCurve = usageName == "KEY_AGREEMENT" && specName.hasPrefix("ECC_NIST_P")
            throw isCurve ? .unsupported("The key usage KEY_AGREEMENT is not supported.") : incompatible
        }
        guard spec.usages.contains(usage) else { throw incompatible }
        self.init(
            usage: usage, spec: spec, origin: origin, description: input.text("Description") ?? "",
            tags: try call.tags(), policy: try call.policy())
    }
}
