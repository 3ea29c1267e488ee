import Coffer
import CofferKMS
import CofferServer
import Testing

@Suite struct `The operations of the API` {
    @Test func `are all known by name, those that are not there too`() async throws {
        let service = try await TestService()
        for name in [
            "DeriveSharedSecret", "ReplicateKey", "UpdatePrimaryRegion", "CreateCustomKeyStore",
            "DeleteCustomKeyStore", "ConnectCustomKeyStore", "DisconnectCustomKeyStore", "DescribeCustomKeyStores",
            "UpdateCustomKeyStore",
        ] {
            let refused = try await service.call(name)
            #expect(refused.body["__type"] == "UnsupportedOperationException", "\(name)")
        }
        #expect(try await service.call("Nonsense").body["__type"] == "UnknownOperationException")
    }

    @Test(arguments: [
        ("KeySpec", "SM2"), ("KeySpec", "ECC_SECG_P256K1"), ("KeySpec", "ML_DSA_44"), ("Origin", "AWS_CLOUDHSM"),
        ("Origin", "EXTERNAL_KEY_STORE"),
    ])
    func `refuse kinds of keys that are not there`(member: String, value: String) async throws {
        let service = try await TestService()
        let refused = try await service.call(
            "CreateKey", .members((member, .string(value)), ("KeyUsage", value == "SM2" ? "SIGN_VERIFY" : nil)))
        let code = refused.body["__type"]?.string
        #expect(code == "UnsupportedOperationException" || code == "ValidationException")
        #expect(try await service.store.allKeys().isEmpty)
    }

    @Test func `word a usage that does not fit as AWS does`() async throws {
        let service = try await TestService()
        let refused = try await service.call(
            "CreateKey", .members(("KeySpec", "RSA_2048"), ("KeyUsage", "KEY_AGREEMENT")))
        #expect(refused.body["message"] == "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048")
        let missing = try await service.call("CreateKey", .members(("KeySpec", "HMAC_256")))
        #expect(
            missing.body["message"]
                == "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")
    }

    @Test(arguments: [
        (["k", "k"], "Duplicate tag keys"), (["aws:x"], "Tags beginning with aws: are reserved"),
        ((0...50).map { "tag\($0)" }, "Too many tags"),
    ])
    func `refuse tags as AWS does`(names: [String], message: String) async throws {
        let service = try await TestService()
        let tags = JSON.array(names.map { .members(("TagKey", .string($0)), ("TagValue", "v")) })
        let key = try #require(try await service.key()["KeyId"])
        for (operation, input) in [
            ("CreateKey", JSON.members(("Tags", tags))), ("TagResource", .members(("KeyId", key), ("Tags", tags))),
        ] {
            let refused = try await service.call(operation, input)
            #expect(refused.body["__type"] == "TagException")
            #expect(refused.body["message"]?.string == message)
        }
    }

    @Test func `take aliases with their prefix only`() async throws {
        let service = try await TestService()
        let key = try #require(try await service.key()["KeyId"])
        func create(_ name: String) async throws -> JSON {
            try await service.call("CreateAlias", .members(("AliasName", .string(name)), ("TargetKeyId", key))).body
        }
        #expect(
            try await create("pii")["message"]
                == #"""
                Alias must start with the prefix "alias/". Please see \#
                https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
                """#)
        #expect(try await create("alias/aws/s3")["__type"] == "NotAuthorizedException")
        #expect(try await create("alias/pii") == .null)
        let again = try await create("alias/pii")
        #expect(again["__type"] == "AlreadyExistsException")
        #expect(
            again["message"]
                == "An alias with the name arn:aws:kms:us-east-1:123456789012:alias/pii already exists")
    }

    @Test func `find a moved alias at its new key at once`() async throws {
        let service = try await TestService()
        let (first, second) = (try await service.key(), try await service.key())
        _ = try await service.call(
            "CreateAlias", .members(("AliasName", "alias/pii"), ("TargetKeyId", first["KeyId"])))
        func target() async throws -> JSON? {
            try await service.call("DescribeKey", .members(("KeyId", "alias/pii"))).body["KeyMetadata"]?["Arn"]
        }
        #expect(try await target() == first["Arn"])
        _ = try await service.call(
            "UpdateAlias", .members(("AliasName", "alias/pii"), ("TargetKeyId", second["KeyId"])))
        #expect(try await target() == second["Arn"])
        _ = try await service.call("DeleteAlias", .members(("AliasName", "alias/pii")))
        #expect(
            try await service.call("DescribeKey", .members(("KeyId", "alias/pii"))).body["message"]
                == "Alias arn:aws:kms:us-east-1:123456789012:alias/pii is not found.")
    }

    @Test func `tell of the last use of a key`() async throws {
        let service = try await TestService()
        let key = try await service.key()
        let answer = try await service.call("GetKeyLastUsage", .members(("KeyId", key["KeyId"]))).body
        #expect(answer["KeyId"] == key["Arn"] && answer["KeyLastUsage"] == .object([]))
        #expect(answer["KeyCreationDate"]?.integer != nil)
    }

    @Test func `page through aliases, also where one goes meanwhile`() async throws {
        let service = try await TestService()
        let key = try #require(try await service.key()["KeyId"])
        for i in 1...5 {
            _ = try await service.call(
                "CreateAlias", .members(("AliasName", .string("alias/a\(i)")), ("TargetKeyId", key)))
        }
        let first = try await service.call("ListAliases", .members(("Limit", .integer(2)))).body
        #expect(first["Truncated"] == true)
        _ = try await service.call("DeleteAlias", .members(("AliasName", "alias/a2")))
        let rest = try await service.call("ListAliases", .members(("Marker", first["NextMarker"]))).body
        #expect(rest["Aliases"]?.array?.compactMap { $0["AliasName"]?.string } == ["alias/a3", "alias/a4", "alias/a5"])
        #expect(rest["Truncated"] == false && rest["NextMarker"] == nil)
    }
}

@Suite struct `Who asks too often` {
    @Test func `is told so, and may ask again later`() async throws {
        let service = try await TestService(throttle: .init(rate: 2, burst: 3))
        func ask() async throws -> Int { try await service.call("ListKeys").status }
        var answers: [Int] = []
        for _ in 0..<4 { answers.append(try await ask()) }
        #expect(answers == [200, 200, 200, 400])
        #expect(try await service.call("ListKeys").body["__type"] == "ThrottlingException")
        service.clock.pass(seconds: 1)
        #expect(try await ask() == 200)
        #expect(try await ask() == 200)
        #expect(try await ask() == 400)
    }
}

@Suite struct `A listen address` {
    @Test(arguments: ["127.0.0.1:8443", "[::1]:8443", "localhost:0"])
    func `on this machine is known as such`(text: String) {
        #expect(ListenAddress(text)?.isLoopback == true)
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: ["0.0.0.0:8443", "10.0.0.1:1", "127.0.0.1.example.org:1", "[::]:8443", "127.1:80"])
    func `that others reach is known as such`(text: String) { #expect(ListenAddress(text)?.isLoopback == false) }

    @Test(arguments: ["", "8443", ":8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:8443", "a b:1"])
    func `that is none is refused`(text: String) { #expect(ListenAddress(text) == nil) }
}
