import Coffer
import CofferCrypto
import CofferKMS
import Foundation
import Testing

@Suite struct `The authorizer of a store` {
    private let alias = try! KeyID("alias/default")
    private let realm = try! Realm(account: "123456789012", region: "us-east-1")
    private let store: KeyStore
    private let other: KeyStore
    private let key: KeyID
    private let place: TemporaryStore

    init() async throws {
        place = try TemporaryStore()
        (store, other) = (try place.open(), try place.open())
        key = try await store.describe(alias).key
    }

    private var arn: String { realm.key(key.name) }

    private func user(_ name: String = "etl", _ roles: Role..., policy: String? = nil) async throws -> Principal {
        let id = try await store.createAccessKey(
            NewAccessKey(name: name, roles: roles, policy: policy, tags: [KeyTag(name: "team", value: "crm")])
        ).id
        return try #require(try store.accessKey(id)).principal(in: realm)
    }

    private func isAllowed(
        _ principal: Principal, _ action: String, on resource: String? = nil, _ conditions: [String: [String]] = [:]
    ) async throws -> Bool {
        let request = AccessRequest(principal, action, on: resource ?? arn, conditions: conditions)
        let decision = try await StoreAuthorizer(other, realm: realm).decide(request)
        return decision.isAllowed
    }

    private static func policy(_ statements: String...) -> String {
        #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
    }

    @Test func `goes by the roles of the access key`() async throws {
        let (user, admin) = (try await user("u", .keyUser), try await user("k", .keyAdmin))
        let nobody = try await self.user("n")
        #expect(try await isAllowed(user, "kms:Decrypt"))
        #expect(try await !isAllowed(user, "kms:DisableKey"))
        #expect(try await isAllowed(admin, "kms:DisableKey"))
        #expect(try await !isAllowed(admin, "kms:Decrypt"))
        #expect(try await !isAllowed(nobody, "kms:DescribeKey"))
        #expect(try await isAllowed(try await self.user("a", .admin), "kms:CreateKey", on: "*"))
    }

    @Test func `goes by the policy of the access key`() async throws {
        let user = try await user(
            policy: Self.policy(#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"\#(arn)"}"#))
        #expect(try await isAllowed(user, "kms:Decrypt"))
        #expect(try await !isAllowed(user, "kms:Encrypt"))
        #expect(try await !isAllowed(user, "kms:Decrypt", on: realm.key("00000000-0000-4000-8000-000000000000")))
    }

    @Test func `goes by the policy of the key as it is now`() async throws {
        let (one, two) = (try await user("one", .keyUser), try await user("two", .keyUser))
        let only = #"{"Effect":"Allow","Principal":{"AWS":"\#(one.arn)"},"Action":"kms:Decrypt","Resource":"*"}"#
        try await store.putPolicy(Self.policy(only), of: key)
        #expect(try await isAllowed(one, "kms:Decrypt"))
        // The account is not named, so no role counts any more.
        #expect(try await !isAllowed(one, "kms:Encrypt"))
        #expect(try await !isAllowed(two, "kms:Decrypt"))
        let deny = #"{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*"}"#
        try await store.putPolicy(Self.policy(only, deny), of: key)
        #expect(try await !isAllowed(one, "kms:Decrypt"))
        try await store.putPolicy(nil, of: key)
        #expect(try await isAllowed(two, "kms:Decrypt"))
    }

    @Test func `goes by grants, their contexts, and their end`() async throws {
        let user = try await user()
        #expect(try await !isAllowed(user, "kms:Decrypt", ["kms:EncryptionContext:team": ["crm"]]))
        let grant = try await store.createGrant(
            NewGrant(
                key: key, grantee: user.arn, retiring: realm.user("boss"), issuer: realm.root, operations: [.decrypt],
                constraints: .init(subset: ["team": "crm"]))
        ).grant
        #expect(try await isAllowed(user, "kms:Decrypt", ["kms:EncryptionContext:team": ["crm"]]))
        #expect(try await !isAllowed(user, "kms:Decrypt", ["kms:EncryptionContext:team": ["hr"]]))
        #expect(try await !isAllowed(user, "kms:Decrypt"))
        #expect(try await !isAllowed(user, "kms:Encrypt", ["kms:EncryptionContext:team": ["crm"]]))
        let boss = try await self.user("boss")
        #expect(try await isAllowed(boss, "kms:RetireGrant", [StoreAuthorizer.grantID: [grant.id]]))
        #expect(try await !isAllowed(boss, "kms:RetireGrant"))
        #expect(try await !isAllowed(user, "kms:RetireGrant", [StoreAuthorizer.grantID: [grant.id]]))
        try await store.revokeGrant(grant.id, of: key)
        #expect(try await !isAllowed(user, "kms:Decrypt", ["kms:EncryptionContext:team": ["crm"]]))
        #expect(try await !isAllowed(boss, "kms:RetireGrant", [StoreAuthorizer.grantID: [grant.id]]))
    }

    @Test func `refuses an access key from the moment it is revoked`() async throws {
        let user = try await user("u", .admin)
        #expect(try await isAllowed(user, "kms:Decrypt"))
        try await store.revokeAccessKey(try #require(user.accessKeyID))
        #expect(try await !isAllowed(user, "kms:Decrypt"))
        let decision = try await StoreAuthorizer(other, realm: realm).decide(
            AccessRequest(user, "kms:Decrypt", on: arn))
        #expect(decision == .deny("the access key was revoked"))
    }

    @Test func `knows the tags of a key and believes no request about them`() async throws {
        let user = try await user(
            policy: Self.policy(
                #"""
                {"Effect":"Allow","Action":"kms:Decrypt","Resource":"*",
                 "Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}
                """#))
        #expect(try await !isAllowed(user, "kms:Decrypt", ["aws:ResourceTag/team": ["crm"]]))
        _ = try await store.tag(key, [try KeyTag(name: "team", value: "crm")])
        #expect(try await isAllowed(user, "kms:Decrypt"))
        #expect(try await isAllowed(user, "kms:Decrypt", ["AWS:resourcetag/team": ["hr"]]))
    }

    @Test func `lets the owner of the store do everything, and nobody who came by no access key do anything`()
        async throws
    {
        let owner = Principal(.owner, arn: realm.root, account: realm.account, name: "root")
        #expect(try await isAllowed(owner, "kms:ScheduleKeyDeletion"))
        let guest = Principal(.certificate, arn: realm.user("guest"), account: realm.account, name: "guest")
        #expect(try await !isAllowed(guest, "kms:Decrypt"))
    }

    @Test func `knows who could lock themselves out`() async throws {
        let authorizer = StoreAuthorizer(store, realm: realm)
        let (admin, user) = (try await user("a", .admin), try await user("u", .keyUser))
        func could(_ principal: Principal, _ text: String) throws -> Bool {
            try authorizer.couldStillPutPolicy(principal, of: key, under: PolicyDocument(parsing: text, kind: .key))
        }
        let root = Self.policy(
            #"{"Effect":"Allow","Principal":{"AWS":"\#(realm.root)"},"Action":"kms:*","Resource":"*"}"#)
        let one = Self.policy(#"{"Effect":"Allow","Principal":{"AWS":"\#(user.arn)"},"Action":"kms:*","Resource":"*"}"#)
        #expect(try could(admin, root))
        #expect(try !could(user, root))
        #expect(try !could(admin, one))
        #expect(try could(user, one))
        #expect(try could(admin, DefaultKeyPolicy.text(realm)))
    }
}
