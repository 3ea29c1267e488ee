import Coffer
import CofferKMS

extension Operation {
    static let rotation = [
        enableKeyRotation, disableKeyRotation, getKeyRotationStatus, rotateKeyOnDemand, listKeyRotations,
    ]

    private static let enableKeyRotation = Operation(
        "EnableKeyRotation", .change, [.key(), Member("RotationPeriodInDays", .integer(KeyStore.rotationDays))]
    ) { call in
        let key = try await call.key()
        let days = call.input.integer("RotationPeriodInDays")
        let conditions = Conditions("kms:RotationPeriodInDays", "\(days ?? 365)")
        try await call.change(key, conditions, check: { try key.checkRotates() }) {
            // Enabled once more without a period, it keeps the one it has.
            guard days != nil || key.description.rotation == nil else { return }
            _ = try await call.store.setRotation(of: key.key, days: days ?? 365)
        }
        return nil
    }

    private static let disableKeyRotation = Operation("DisableKeyRotation", .change, [.key()]) { call in
        let key = try await call.key()
        try await call.change(key, check: { try key.checkRotates() }) {
            _ = try await call.store.setRotation(of: key.key, days: nil)
        }
        return nil
    }

    private static let getKeyRotationStatus = Operation("GetKeyRotationStatus", .use, [.key()]) { call in
        let key = try await call.key()
        return try await call.use(key) {
            try key.checkIsOfAKindThatRotates()
            try key.checkNotPendingDeletion()
            let rotation = key.description.rotation
            return .members(
                ("KeyId", .string(key.id)), ("KeyRotationEnabled", .bool(rotation != nil)),
                ("RotationPeriodInDays", rotation.map { .integer($0.days) }),
                ("NextRotationDate", rotation.map { .integer($0.next) }))
        }
    }

    private static let rotateKeyOnDemand = Operation("RotateKeyOnDemand", .change, [.key()]) { call in
        let key = try await call.key()
        try await call.change(
            key,
            check: {
                guard key.description.spec == .symmetricDefault else { throw Failure.unsupported() }
                try key.checkUsable()
                guard key.description.origin == .generated else {
                    throw Failure.invalidState(
                        "No available key material pending rotation for the key: \(key.arn).")
                }
            }
        ) {
            do {
                _ = try await call.store.rotate(key.key)
            } catch KeyError.Code.limitExceeded {
                throw Failure.limit(
                    "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations "
                        + "can be performed for this key: \(key.arn)")
            }
        }
        return .members(("KeyId", .string(key.id)))
    }

    private static let listKeyRotations = Operation(
        "ListKeyRotations", .use,
        [
            .key(), Member("IncludeKeyMaterial", .choice(.init(["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"]))), .limit,
            .marker,
        ]
    ) { call in
        let key = try await call.key()
        let isAll = call.input.text("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
        return try await call.use(key) {
            guard key.description.spec == .symmetricDefault else { throw Failure.unsupported() }
            let rotations = try await call.store.rotations(of: key.key)
            let entries = key.description.versions.filter { isAll || $0.number > 1 }.map { version in
                (version, rotations.first { $0.version == version.number })
            }
            let current = key.description.versions.last?.number
            return try call.page(entries, limit: 100, of: key.id, position: { place($0.0.number) }).answer("Rotations")
            {
                version, rotation in
                .members(
                    ("KeyId", .string(key.id)), ("KeyMaterialId", version.materialID.map(JSON.string)),
                    ("KeyMaterialState", isAll ? .string(version.number == current ? "CURRENT" : "NON_CURRENT") : nil),
                    ("RotationDate", rotation.map { .integer($0.date) }),
                    ("RotationType", rotation.map { .string($0.kind.rawValue) }))
            }
        }
    }
}

/// A number as a text that sorts like it.
func place(_ number: some BinaryInteger) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(20 - digits.count, 0)) + digits
}

extension NamedKey {
    fileprivate func checkIsOfAKindThatRotates() throws(Failure) {
        guard description.spec == .symmetricDefault else { throw .unsupported() }
        try check(origin: .generated)
    }

    fileprivate func checkRotates() throws(Failure) {
        try checkIsOfAKindThatRotates()
        try checkUsable()
    }
}
