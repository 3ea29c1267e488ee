import Coffer
import CofferKMS
import CofferServer
import Testing

@Suite struct `The record of the API` {
    @Test func `has one event for a use and two for a change`() async throws {
        let service = try await TestService()
        let key = try await service.key()
        #expect(service.record.events.map(\.name) == ["CreateKey", "CreateKey"])
        #expect(service.record.events.map(\.phase) == [.intent, .outcome])
        #expect(Set(service.record.events.map(\.requestID)).count == 1)
        let id = try #require(key["KeyId"])
        _ = try await service.call(
            "GenerateDataKey",
            .members(("KeyId", id), ("KeySpec", "AES_256"), ("EncryptionContext", .texts(["dataset": "orders"]))))
        let event = try #require(service.record.events.last)
        #expect(event.name == "GenerateDataKey" && event.phase == .outcome && event.errorCode == nil)
        #expect(event.resources == [key["Arn"]?.string])
        #expect(event.parameters["encryptionContext"] == .texts(["dataset": "orders"]))
        #expect(event.principal?.name == "tester" && event.sourceIP == "127.0.0.1" && event.userAgent == "tests")
        #expect(event.keyStore?.generation == (try service.store.generation))
    }

    @Test func `never shows what was encrypted or a ciphertext`() async throws {
        let service = try await TestService()
        let key = try #require(try await service.key()["KeyId"])
        let secret = "c2VjcmV0IHNlY3JldA=="
        let closed = try await service.call("Encrypt", .members(("KeyId", key), ("Plaintext", .string(secret)))).body
        let blob = try #require(closed["CiphertextBlob"])
        let opened = try await service.call("Decrypt", .members(("CiphertextBlob", blob)))
        #expect(opened.body["Plaintext"]?.string == secret)
        for event in service.record.events {
            let shown = "\(event.parameters.text) \(event.response?.text ?? "") \(event.errorMessage ?? "")"
            #expect(!shown.contains(secret) && !shown.contains(blob.string ?? "?"))
        }
    }

    @Test func `knows why a context did not match, and the client does not`() async throws {
        let service = try await TestService()
        let key = try #require(try await service.key()["KeyId"])
        let closed = try await service.call(
            "Encrypt",
            .members(("KeyId", key), ("Plaintext", "AAAA"), ("EncryptionContext", .texts(["a": "b"])))
        ).body
        let refused = try await service.call(
            "Decrypt", .members(("CiphertextBlob", closed["CiphertextBlob"]), ("EncryptionContext", .texts(["a": "c"])))
        )
        #expect(refused.status == 400)
        #expect(refused.body["__type"] == "InvalidCiphertextException" && refused.body["message"] == "")
        let event = try #require(service.record.events.last)
        #expect(event.errorCode == "InvalidCiphertextException")
        #expect(event.errorMessage?.contains("encryption context") == true)
        #expect(event.parameters["encryptionContext"] == .texts(["a": "c"]))
    }

    @Test func `has denials, and keys that are not there`() async throws {
        let service = try await TestService(role: .auditor)
        let denied = try await service.call("CreateKey")
        #expect(denied.body["__type"] == "AccessDeniedException")
        #expect(service.record.events.last?.errorCode == "AccessDenied")
        #expect(try await service.store.allKeys().isEmpty)
        _ = try await service.call("DescribeKey", .members(("KeyId", "1234abcd-12ab-34cd-56ef-1234567890ab")))
        #expect(service.record.events.last?.errorCode == "NotFoundException")
    }

    @Test func `when it fails, nothing is handed out and nothing is changed`() async throws {
        let service = try await TestService()
        let key = try #require(try await service.key()["KeyId"])
        service.record.fail()
        for (operation, input) in [
            ("GenerateDataKey", JSON.members(("KeyId", key), ("KeySpec", "AES_256"))),
            ("GenerateRandom", .members(("NumberOfBytes", .integer(32)))), ("DisableKey", .members(("KeyId", key))),
            ("CreateKey", .object([])), ("ListKeys", .object([])),
        ] {
            let refused = try await service.call(operation, input)
            #expect(refused.status == 500, "\(operation)")
            #expect(refused.body["__type"] == "DependencyTimeoutException")
            #expect(refused.body["Plaintext"] == nil && refused.body["Keys"] == nil)
        }
        let keys = try await service.store.allKeys()
        #expect(keys.count == 1 && keys[0].isEnabled)
    }

    @Test func `has no events of strangers, who are counted`() async throws {
        let service = try await TestService()
        var request = service.request("ListKeys", .object([]))
        service.clock.pass(seconds: 301)
        let late = await service.api.respond(to: request)
        #expect(late.status == 400)
        request = ServerRequest(
            method: "POST", path: "/", headers: [("x-amz-target", "TrentService.ListKeys")], address: "10.0.0.1")
        _ = await service.api.respond(to: request)
        #expect(service.record.events.isEmpty)
        #expect(
            service.refused.all.map(\.code) == ["InvalidSignatureException", "MissingAuthenticationTokenException"])
        #expect(service.refused.all.last?.address == "10.0.0.1")
    }
}
