import Coffer
import CofferKMS

extension Operation {
    static let grants = [createGrant, listGrants, listRetirableGrants, retireGrant, revokeGrant]

    private static func principal(_ name: String, required: Bool = false) -> Member {
        Member(name, .text(1...256, .principal), required: required)
    }
    private static func grantID(required: Bool = false) -> Member {
        Member("GrantId", .text(1...128), required: required)
    }

    private static let createGrant = Operation(
        "CreateGrant", .change,
        [
            .key(), principal("GranteePrincipal"), principal("RetiringPrincipal"),
            Member("Operations", .texts(.choice(.grantOperation), count: 0...50), required: true),
            Member(
                "Constraints",
                .structure([
                    Member("EncryptionContextSubset", .map), Member("EncryptionContextEquals", .map),
                    Member("SourceArn", .text(20...512)),
                ])), .grantTokens, Member("Name", .text(1...256, .name)), .dryRun,
            Member("GranteeServicePrincipal", .text(1...128)), Member("RetiringServicePrincipal", .text(1...128)),
        ]
    ) { call in
        let key = try await call.key()
        let new = try NewGrant(call, key)
        var conditions = Conditions("kms:GranteePrincipal", new.grantee)
        conditions["kms:RetiringPrincipal"] = new.retiring
        conditions["kms:GrantIsForAWSResource"] = "false"
        conditions.set("kms:GrantOperations", new.operations.map(\.rawValue))
        let types =
            (new.constraints.equals == nil ? [] : ["EncryptionContextEquals"])
            + (new.constraints.subset == nil ? [] : ["EncryptionContextSubset"])
        if !types.isEmpty { conditions.set("kms:GrantConstraintType", types) }
        // Policies, and a grant to make grants, may hold the contexts of the new grant to theirs.
        conditions.add(
            context: (new.constraints.subset ?? [:]).merging(new.constraints.equals ?? [:]) { _, exact in exact })
        let made = try await call.change(key, conditions, check: { try key.checkUsable() }) {
            let made = try await call.store.createGrant(new)
            return (made, response: .members(("grantId", .string(made.grant.id)), ("keyId", .string(key.arn))))
        }
        return .members(("GrantToken", .string(made.token)), ("GrantId", .string(made.grant.id)))
    }

    private static let listGrants = Operation(
        "ListGrants", .use,
        [
            .limit, .marker, .key(), grantID(), principal("GranteePrincipal"),
            Member("GranteeServicePrincipal", .text(1...128)),
        ]
    ) { call in
        let key = try await call.key()
        return try await call.use(key) {
            let grants = try await call.store.grants(
                of: key.key, grantee: call.input.text("GranteePrincipal"), id: call.input.text("GrantId"))
            return try call.grants(grants, of: key.id)
        }
    }

    private static let listRetirableGrants = Operation(
        "ListRetirableGrants", .use,
        [.limit, .marker, principal("RetiringPrincipal"), Member("RetiringServicePrincipal", .text(1...128))]
    ) { call in
        guard let principal = call.input.text("RetiringPrincipal") else {
            throw Failure.validation("RetiringPrincipal is required.")
        }
        return try await call.use(nil) {
            try call.grants(try await call.store.grants(retirableBy: principal), of: principal)
        }
    }

    private static let retireGrant = Operation(
        "RetireGrant", .change, [Member("GrantToken", .text(1...8192)), .key(required: false), grantID(), .dryRun]
    ) { call in
        let grant: Grant
        let key: NamedKey
        if let token = call.input.text("GrantToken") {
            do { grant = try call.store.grant(token: token) } catch {
                throw Failure.invalidGrantToken
            }
            key = try await call.key(named: grant.key.localName)
        } else {
            guard call.input.has("KeyId"), let id = call.input.text("GrantId") else {
                throw Failure.validation("Either GrantToken, or KeyId and GrantId are required.")
            }
            key = try await call.key()
            grant = try call.grant(id, of: key)
        }
        var conditions = Conditions(StoreAuthorizer.grantID, grant.id)
        conditions.add(context: grant.constraints.equals ?? grant.constraints.subset ?? [:])
        try await call.change(key, conditions) { try await call.store.retireGrant(grant.id, of: grant.key) }
        return nil
    }

    private static let revokeGrant = Operation(
        "RevokeGrant", .change, [.key(), grantID(required: true), .dryRun]
    ) { call in
        let key = try await call.key()
        let id = call.input.required("GrantId")
        let conditions = Conditions("kms:GrantIsForAWSResource", "false")
        try await call.change(key, conditions, check: { _ = try call.grant(id, of: key) }) {
            try await call.store.revokeGrant(id, of: key.key)
        }
        return nil
    }
}

extension Call {
    fileprivate func grant(_ id: String, of key: NamedKey) throws -> Grant {
        do { return try store.grant(id, of: key.key) } catch KeyError.Code.noSuchGrant {
            throw Failure.notFound("Grant ID \(id) not found")
        }
    }

    fileprivate func grants(_ grants: [Grant], of scope: String) throws(Failure) -> JSON {
        try page(grants, limit: 50, of: scope, position: { place($0.created) + $0.id }).answer("Grants") { grant in
            let (equals, subset) = (grant.constraints.equals, grant.constraints.subset)
            return .members(
                ("KeyId", .string(realm.key(grant.key.localName))), ("GrantId", .string(grant.id)),
                ("Name", .string(grant.name ?? "")), ("CreationDate", .integer(grant.created)),
                ("GranteePrincipal", .string(grant.grantee)),
                ("RetiringPrincipal", grant.retiring.map(JSON.string)),
                ("IssuingAccount", .string(realm.root)), ("Operations", .texts(grant.operations)),
                (
                    "Constraints",
                    equals == nil && subset == nil
                        ? nil
                        : .members(
                            ("EncryptionContextSubset", subset.map { JSON.texts($0) }),
                            ("EncryptionContextEquals", equals.map { JSON.texts($0) }))
                ))
        }
    }
}

extension NewGrant {
    /// What `CreateGrant` asks for.
    fileprivate init(_ call: Call, _ key: NamedKey) throws(Failure) {
        let input = call.input
        guard !input.has("GranteeServicePrincipal"), !input.has("RetiringServicePrincipal") else {
            throw .unsupported("There are no service principals here.")
        }
        guard let grantee = input.text("GranteePrincipal") else { throw .validation("GranteePrincipal is required.") }
        let constraints = input.value("Constraints")
        guard constraints?["SourceArn"]?.string == nil else { throw .unsupported("SourceArn is not supported.") }
        func context(_ name: String) -> [String: String]? {
            constraints?[name].flatMap { $0 == .null ? nil : Input.map($0) }
        }
        let operations = input.texts("Operations")
        guard !operations.isEmpty else { throw .validation("A grant is for one operation or more.") }
        let known = operations.compactMap { Grant.Operation(rawValue: $0) }
        guard known.count == operations.count else { throw .unsupported("One of the operations is not supported.") }
        for principal in [grantee, input.text("RetiringPrincipal")].compactMap({ $0 }) {
            guard principal.hasPrefix("arn:aws:iam::") || principal.hasPrefix("arn:aws:sts::") else {
                throw Failure("InvalidArnException", "ARN does not refer to a valid principal")
            }
        }
        self.init(
            key: key.key, grantee: grantee, retiring: input.text("RetiringPrincipal"), issuer: call.principal.arn,
            operations: known,
            constraints: .init(equals: context("EncryptionContextEquals"), subset: context("EncryptionContextSubset")),
            name: input.text("Name"))
    }
}
