public import Coffer
import CofferCrypto

/// What a grant is to be.
public struct NewGrant: Sendable {
    /// The key it is for.
    public var key: KeyID
    /// The ARN of whoever may use it.
    public var grantee: String
    /// The ARN of whoever may retire it.
    public var retiring: String?
    /// The ARN of whoever gives it.
    public var issuer: String
    /// What for.
    public var operations: [Grant.Operation]
    /// With which encryption contexts.
    public var constraints: Grant.Constraints
    /// A name, which makes the same request once more give the same grant.
    public var name: String?

    /// A new grant.
    public init(
        key: KeyID, grantee: String, retiring: String? = nil, issuer: String, operations: [Grant.Operation],
        constraints: Grant.Constraints = .init(), name: String? = nil
    ) {
        self.key = key
        self.grantee = grantee
        self.retiring = retiring
        self.issuer = issuer
        self.operations = operations
        self.constraints = constraints
        self.name = name
    }
}

/// A grant as it was just made, with a token for it.
public struct CreatedGrant: Hashable, Sendable {
    /// The grant.
    public let grant: Grant
    /// Names the grant to whoever takes tokens. Another one each time.
    public let token: String
    /// Whether the grant was there already, by its name.
    public let isOld: Bool
}

extension KeyStore {
    /// How many grants a key may have.
    public static let grantLimit = 50_000

    /// Gives a grant, which counts at once and in every process. With a name, the same request once more gives the grant
    /// that is there.
    public func createGrant(_ new: NewGrant) async throws -> CreatedGrant {
        let new = try new.checked()
        let (now, randomness) = (clock(), randomness)
        let (record, isOld) = try await change { edit in
            let key = try edit.tables.grantableKey(new)
            if let name = new.name,
                let old = edit.tables.grants.records(.name(key.id, name)).first(where: { $0.is(new) })
            {
                return (old, true)
            }
            guard edit.tables.grants.count(of: key.id) < Self.grantLimit else {
                throw KeyError(
                    .limitExceeded, "\(new.key.name) has \(Self.grantLimit) grants already",
                    hint: "retire those that nobody needs")
            }
            let grant = Grant(
                id: Hexadecimal.encode(randomness.bytes(32)), key: key.id.keyID, grantee: new.grantee,
                retiring: new.retiring,
                issuer: new.issuer, operations: new.operations, constraints: new.constraints, name: new.name,
                created: now)
            let record = GrantRecord(grant, key: key.id, token: randomness.bytes(32))
            edit.put(record)
            return (record, false)
        }
        return CreatedGrant(grant: record.grant, token: GrantToken.make(for: record, randomness), isOld: isOld)
    }

    /// The grants of a key, oldest first; only those for `grantee` and with `id` where these are given.
    public func grants(of key: KeyID, grantee: String? = nil, id: String? = nil) async throws -> [Grant] {
        let tables = try tables()
        return tables.grants.records(of: try tables.key(key).id).map(\.grant)
            .filter { (grantee == nil || $0.grantee == grantee) && (id == nil || $0.id == id) }
            .sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    }

    /// The grants whose retiring principal is `principal`, an ARN, oldest first.
    public func grants(retirableBy principal: String) async throws -> [Grant] {
        try tables().grants.records.map(\.grant).filter { $0.retiring == principal }
            .sorted { ($0.created, $0.id) < ($1.created, $1.id) }
    }

    /// The grant with this id.
    public func grant(_ id: String, of key: KeyID) throws -> Grant { try tables().grant(id, of: key).grant }

    /// The grant that a token is for.
    public func grant(token: String) throws -> Grant {
        let tables = try tables()
        guard let token = GrantToken(token), let record = tables.grants[token.grant], token.isFor(record) else {
            throw KeyError(.invalidGrantToken, "there is no grant with such a token")
        }
        return record.grant
    }

    /// Whether a token may have been made here: one of a grant that is no more may, and gives nothing.
    public func isPossible(grantToken text: String) throws -> Bool {
        guard let token = GrantToken(text) else { return false }
        return try tables().grants[token.grant].map(token.isFor) ?? true
    }

    /// Ends a grant because it is not needed any more. In any state of the key.
    public func retireGrant(_ id: String, of key: KeyID) async throws { try await removeGrant(id, of: key) }

    /// Takes a grant back. In any state of the key.
    public func revokeGrant(_ id: String, of key: KeyID) async throws { try await removeGrant(id, of: key) }

    private func removeGrant(_ id: String, of key: KeyID) async throws {
        try await change { edit in edit.remove(GrantRecord.self, try edit.tables.grant(id, of: key).id) }
    }
}

extension Tables {
    fileprivate func grant(_ id: String, of key: KeyID) throws(KeyError) -> GrantRecord {
        guard let record = grants[.init(key: try self.key(key).id, id: id)] else {
            throw KeyError(
                .noSuchGrant, "\(key.name) has no such grant", hint: "coffer keys grant list \(key.name)")
        }
        return record
    }

    /// The key of a grant, if it is enabled and does what is granted.
    fileprivate func grantableKey(_ new: NewGrant) throws(KeyError) -> KeyRecord {
        let key = try changeableKey(new.key)
        guard key.isEnabled else {
            throw KeyError(.disabled, "\(new.key.name) is disabled", hint: "coffer keys enable \(new.key.name)")
        }
        let possible = Grant.Operation.possible(for: key.usage)
        if let other = new.operations.first(where: { !possible.contains($0) }) {
            throw KeyError(.invalidArgument, "\(new.key.name) is no key for \(other.rawValue)")
        }
        guard new.constraints.isEmpty || key.usage == .encryptDecrypt else {
            throw KeyError(.invalidArgument, "a key without an encryption context takes no constraints on one")
        }
        return key
    }
}

extension GrantRecord {
    /// Whether it is what `new` asks for, its name being the same.
    fileprivate func `is`(_ new: NewGrant) -> Bool {
        grant.grantee == new.grantee && grant.retiring == new.retiring
            && grant.operations == new.operations && grant.constraints == new.constraints
    }
}
