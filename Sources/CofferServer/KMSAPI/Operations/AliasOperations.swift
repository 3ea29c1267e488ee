import Coffer
import CofferKMS

extension Operation {
    static let aliases = [createAlias, updateAlias, deleteAlias, listAliases]

    private static let aliasName = Member("AliasName", .text(1...256, .name), required: true)

    private static let createAlias = Operation(
        "CreateAlias", .change, [aliasName, .key("TargetKeyId")]
    ) { call in
        let alias = try call.newAlias()
        let key = try await call.target()
        try await call.authorize(call.operation.action, on: call.realm.alias(alias.description), key)
        try await call.change(
            key, Conditions("kms:RequestAlias", alias.description),
            check: {
                try key.checkNotPendingDeletion()
            }
        ) {
            do {
                try await call.store.createAlias(alias, for: key.key)
            } catch KeyError.Code.alreadyExists {
                throw Failure(
                    "AlreadyExistsException",
                    "An alias with the name \(call.realm.alias(alias.description)) already exists")
            }
        }
        return nil
    }

    private static let updateAlias = Operation(
        "UpdateAlias", .change, [aliasName, .key("TargetKeyId")]
    ) { call in
        let alias = try call.newAlias()
        let old = try await call.key(named: alias.description, aliases: true)
        let key = try await call.target()
        try await call.authorize(call.operation.action, on: call.realm.alias(alias.description), old)
        try await call.authorize(call.operation.action, on: old.arn, old)
        try await call.change(
            key, Conditions("kms:RequestAlias", alias.description),
            check: {
                try key.checkNotPendingDeletion()
            }
        ) { try await call.store.updateAlias(alias, to: key.key) }
        return nil
    }

    private static let deleteAlias = Operation("DeleteAlias", .change, [aliasName]) { call in
        let alias = try call.newAlias()
        let key = try await call.key(named: alias.description, aliases: true)
        try await call.authorize(call.operation.action, on: call.realm.alias(alias.description), key)
        try await call.change(key) { try await call.store.deleteAlias(alias) }
        return nil
    }

    private static let listAliases = Operation("ListAliases", .use, [.key(required: false), .limit, .marker]) { call in
        let key = call.input.has("KeyId") ? try await call.key() : nil
        return try await call.use(nil) {
            let aliases =
                if let key { try await call.store.aliases(of: key.key) } else { try await call.store.allAliases() }
            return try call.page(aliases, limit: 50, of: key?.id ?? "", position: \.name).answer("Aliases") { alias in
                .members(
                    ("AliasName", .string(alias.name)), ("AliasArn", .string(call.realm.alias(alias.name))),
                    ("TargetKeyId", .string(alias.key.localName)), ("CreationDate", .integer(alias.created)),
                    ("LastUpdatedDate", .integer(alias.updated)))
            }
        }
    }
}

extension Call {
    /// The alias that the request is about.
    fileprivate func newAlias() throws(Failure) -> AliasName {
        let text = input.required("AliasName")
        guard text.hasPrefix("alias/"), text.utf8.count > 6 else {
            throw .validation(
                #"Alias must start with the prefix "alias/". "#
                    + "Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
        }
        guard !text.hasPrefix("alias/aws/") else { throw Failure("NotAuthorizedException", "") }
        do { return try AliasName(text) } catch {
            throw .validation("\(text) contains invalid characters for an alias")
        }
    }

    /// The key that an alias is to point to.
    fileprivate func target() async throws -> NamedKey {
        if input.required("TargetKeyId").hasPrefix("alias/") {
            throw Failure.validation("Aliases must refer to keys. Not aliases")
        }
        return try await key("TargetKeyId")
    }
}
