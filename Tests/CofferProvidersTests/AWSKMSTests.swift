import Coffer
import CofferCrypto
import CofferProviders
import CofferTesting
import Testing

private let arn = "arn:aws:kms:eu-west-3:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
private let key = "aws-kms://" + arn

/// The code that `body` fails with, and its sentence.
private func failure(_ body: () async throws -> Void) async -> KeyError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? KeyError
    }
}

@Suite struct `A client of AWS KMS` {
    @Test func `asks the region of the key, signed for it`() async throws {
        let service = FakeService { _, _ in
            .good("{\"CiphertextBlob\":\"AQID\",\"KeyId\":\"\(arn)\",\"Plaintext\":\"AAECAwQFBgcICQoLDA0ODw==\"}")
        }
        let made = try await service.client().generateDataKey(
            under: KeyID(key), byteCount: 16, context: ["dataset": "customers"])
        let isSame = made.plaintext.isEqual(to: SecretBytes(count: 16) { for i in 0..<16 { $0.append(UInt8(i)) } })
        #expect(isSame && made.wrapped.bytes == [1, 2, 3] && made.wrapped.version == 1)
        #expect(made.wrapped.key.description == key)
        let asked = try #require(service.asked.first)
        #expect(asked.url == "https://kms.eu-west-3.amazonaws.com/")
        #expect(asked.body["KeyId"]?.string == arn && asked.body["NumberOfBytes"]?.integer == 16)
        #expect(asked.body["EncryptionContext"]?["dataset"]?.string == "customers")
        let request = SignatureV4.Request(
            method: "POST", headers: asked.headers,
            body: unsafe .sha256(Digest.sha256(asked.body.bytes.span.bytes)))
        let verifier = SignatureV4.Verifier(scope: .init(region: "eu-west-3", service: "kms"))
        let claim = try verifier.claim(of: request, at: 1_800_000_000)
        try verifier.check(claim, of: request, secret: SignedRequest.secret("hush"))
    }

    @Test(
        arguments: [
            ("aws-kms://alias/pii", "https://kms.eu-central-1.amazonaws.com/"),
            ("aws-kms://arn:aws-cn:kms:cn-north-1:111122223333:key/1", "https://kms.cn-north-1.amazonaws.com.cn/"),
            (
                "aws-kms://arn:aws-us-gov:kms:us-gov-west-1:111122223333:alias/a/b",
                "https://kms.us-gov-west-1.amazonaws.com/"
            ),
        ])
    func `goes where the key is`(name: String, url: String) async throws {
        let service = FakeService { _, _ in .bad("NotFoundException") }
        let client = try service.client()
        #expect(await failure { _ = try await client.mac([1], under: KeyID(name)) }?.code == .notFound)
        #expect(service.asked.map(\.url) == [url])
    }

    @Test(
        arguments: [
            "aws-kms://alias/a?endpoint=https://evil.example", "aws-kms://arn:aws:kms:evil.example/:111122223333:key/1",
            "aws-kms://arn:aws:kms:eu-west-3:111122223333:key/1@evil",
            "aws-kms://arn:aws:s3:eu-west-3:111122223333:key/1",
            "aws-kms://arn:aws:kms:eu-west-3:1111:key/1", "aws-kms://arn:aws:kms:eu-west-3:111122223333:grant/1",
            "aws-kms://alias/a b".replacing(" ", with: "%20"), "aws-kms://arn:aws:kms::111122223333:key/1",
        ])
    func `asks nobody about what is no key of AWS`(name: String) async throws {
        let service = FakeService { _, _ in .bad("NotFoundException") }
        let client = try service.client()
        let found = await failure { _ = try await client.describe(KeyID(name)) }
        #expect(found?.code == .invalidName && service.asked.isEmpty)
    }

    @Test func `says which setting is missing`() async throws {
        let service = FakeService { _, _ in .bad("NotFoundException") }
        let client = try service.client(region: nil)
        let found = await failure { _ = try await client.describe(KeyID("aws-kms://alias/a")) }
        #expect(found?.code == .invalidName && found?.hint?.contains("AWS_REGION") == true)
    }

    @Test(
        arguments: [
            ("NotFoundException", "", KeyError.Code.notFound), ("DisabledException", "", .disabled),
            ("KMSInvalidStateException", "\(arn) is pending deletion.", .pendingDeletion),
            ("KMSInvalidStateException", "\(arn) is pending import.", .invalidState),
            ("InvalidKeyUsageException", "", .wrongUsage), ("InvalidCiphertextException", "", .notAuthentic),
            ("IncorrectKeyException", "", .notAuthentic), ("AccessDeniedException", "no", .notAllowed),
            ("com.amazonaws.kms#ValidationException", "bad", .invalidArgument),
            ("UnrecognizedClientException", "", .unavailable), ("ExpiredTokenException", "", .unavailable),
            ("SomethingNew", "", .invalidState),
        ])
    func `says an error of AWS as its own, and asks no second time`(
        name: String, message: String, code: KeyError.Code
    ) async throws {
        let service = FakeService { _, _ in .bad(name, message) }
        let client = try service.client()
        let wrapped = WrappedKey(key: try KeyID(key), version: 1, bytes: [1])
        #expect(await failure { _ = try await client.unwrap(wrapped, context: [:]) }?.code == code)
        #expect(service.asked.count == 1)
    }

    @Test func `says nothing that would move a terminal`() async throws {
        let service = FakeService { _, _ in
            .bad("AccessDeniedException", "\\u001b[2Jé\\n" + String(repeating: "x", count: 900))
        }
        let client = try service.client()
        let found = await failure { _ = try await client.mac([1], under: KeyID(key)) }
        #expect(found?.message.utf8.allSatisfy { (0x20...0x7e).contains($0) } == true)
        #expect(found?.message.count ?? 0 < 700)
    }

    @Test(
        arguments: [
            "{}", "[]", "", "{\"Plaintext\":\"AAECAwQFBgcICQoLDA0ODw==\"}", "not json",
            "{\"CiphertextBlob\":\"AQID\",\"KeyId\":\"\(arn)\",\"Plaintext\":\"AAEC\"}",
            "{\"CiphertextBlob\":\"AQID\",\"KeyId\":\"\(arn)\",\"Plaintext\":\"!!!!\"}",
            "{\"CiphertextBlob\":\"AQID\",\"KeyId\":\"\(arn)\",\"Plaintext\":5}",
            "{\"CiphertextBlob\":\"\",\"KeyId\":\"\(arn)\",\"Plaintext\":\"AAECAwQFBgcICQoLDA0ODw==\"}",
            "{\"CiphertextBlob\":\"AQID\",\"KeyId\":\"alias/x\",\"Plaintext\":\"AAECAwQFBgcICQoLDA0ODw==\"}",
            "{\"CiphertextBlob\":\"AQID\",\"KeyId\":\"\(arn)0\",\"Plaintext\":\"AAECAwQFBgcICQoLDA0ODw==\"}",
            "{\"a\":{\"Plaintext\":\"AAECAwQFBgcICQoLDA0ODw==\"},\"CiphertextBlob\":\"AQID\",\"KeyId\":\"\(arn)\"}",
        ])
    func `takes no answer but one that fits`(answer: String) async throws {
        let service = FakeService { _, _ in .good(answer) }
        let client = try service.client()
        await #expect(throws: (any Error).self) {
            _ = try await client.generateDataKey(under: KeyID(key), byteCount: 16, context: [:])
        }
    }

    @Test func `finds its secret wherever it stands`() async throws {
        for answer in [
            "{ \"Plaintext\" : \"AAEC\" }",
            "{\"x\":\"Plaintext\",\"y\":[\"Plaintext\",{\"Plaintext\":\"AA==\"}],\"Plaintext\":\"AAEC\"}",
            "{\"z\\\"\":\"\\\"Plaintext\\\":\",\"Plaintext\":\"AAEC\",\"KeyId\":\"\(arn)\"}",
        ] {
            var text = answer
            if !text.contains("KeyId") { text.replace("{", with: "{\"KeyId\":\"\(arn)\",", maxReplacements: 1) }
            let service = FakeService { [text] _, _ in .good(text) }
            let opened = try await service.client().unwrap(
                WrappedKey(key: KeyID(key), version: 1, bytes: [1]), context: [:])
            let isSame = opened.isEqual(to: SecretBytes(count: 3) { for i in 0..<3 { $0.append(UInt8(i)) } })
            #expect(isSame)
        }
    }

    @Test func `does not open what another key wrapped`() async throws {
        let service = FakeService { _, _ in .good("{\"KeyId\":\"\(arn)\",\"Plaintext\":\"AAEC\"}") }
        let client = try service.client()
        let other = try KeyID(key + "0")
        await #expect(throws: KeyError.self) {
            _ = try await client.unwrap(WrappedKey(key: other, version: 1, bytes: [1]), context: [:])
        }
        let versioned = WrappedKey(key: try KeyID(key), version: 2, bytes: [1])
        #expect(await failure { _ = try await client.unwrap(versioned, context: [:]) }?.code == .notAuthentic)
    }

    @Test func `knows by the material's id whether a key is under the newest`() async throws {
        for (current, held, expected) in [("b", "b", true), ("b", "a", false), (nil, "a", false), ("b", nil, false)]
            as [(String?, String?, Bool)]
        {
            let service = FakeService { asked, _ in
                asked.operation == "DescribeKey"
                    ? .good(
                        "{\"KeyMetadata\":{\"Arn\":\"\(arn)\",\"KeyUsage\":\"ENCRYPT_DECRYPT\",\"KeyState\":\"Enabled\""
                            + (current.map { ",\"CurrentKeyMaterialId\":\"\($0)\"" } ?? "") + "}}")
                    : .good(
                        "{\"KeyId\":\"\(arn)\",\"Plaintext\":\"AAEC\""
                            + (held.map { ",\"KeyMaterialId\":\"\($0)\"" } ?? "") + "}")
            }
            let wrapped = WrappedKey(key: try KeyID(key), version: 1, bytes: [1])
            #expect(try await service.client().isCurrent(wrapped, context: [:]) == expected)
        }
    }
}

@Suite struct `A call that fails` {
    private let wrapped = WrappedKey(key: try! KeyID(key), version: 1, bytes: [1])

    @Test(arguments: [
        "ThrottlingException", "KMSInternalException", "KeyUnavailableException", "DependencyTimeoutException",
    ])
    func `is tried again where that may help`(name: String) async throws {
        let service = FakeService { _, count in
            count < 3 ? .bad(name, status: 400) : .good("{\"KeyId\":\"\(arn)\",\"Plaintext\":\"AAEC\"}")
        }
        _ = try await service.client().unwrap(wrapped, context: [:])
        #expect(service.asked.count == 4)
        let bounds = [0.1, 0.2, 0.4]
        #expect(service.waits.count == 3)
        for (wait, bound) in zip(service.waits, bounds) { #expect(wait >= .zero && wait <= .seconds(bound)) }
        #expect(Set(service.waits).count == 3)
    }

    @Test func `is given up after five tries`() async throws {
        let service = FakeService { _, _ in AWSAnswer(status: 503, body: []) }
        let client = try service.client()
        #expect(await failure { _ = try await client.unwrap(wrapped, context: [:]) }?.code == .unavailable)
        #expect(service.asked.count == 5)
    }

    @Test func `takes no longer than it may`() async throws {
        let service = FakeService(slowness: .seconds(20)) { _, _ in .good("{}") }
        var limits = AWSLimits()
        limits.attempts = 100
        limits.attempt = .seconds(8)
        limits.total = .seconds(30)
        let client = try service.client(limits: limits)
        let found = await failure { _ = try await client.unwrap(wrapped, context: [:]) }
        #expect(found?.code == .unavailable && found?.message.contains("no answer in time") == true)
        #expect(service.passed <= .seconds(30) && service.asked.count == 4)
        #expect(service.asked.allSatisfy { $0.limit <= .seconds(8) })
    }

    @Test func `is not tried again where a certificate is not trusted`() async throws {
        let service = FakeService { _, _ in throw AWSUnreachable("its certificate is not trusted", isPassing: false) }
        let client = try service.client()
        let found = await failure { _ = try await client.unwrap(wrapped, context: [:]) }
        #expect(found?.code == .unavailable && service.asked.count == 1)
        #expect(found?.hint?.contains("ca:") == true)
    }

    @Test func `says no secret, whatever goes wrong`() async throws {
        let secret = SignedRequest.secret("the secret itself")
        for answer in [AWSAnswer.bad("ValidationException", "no"), .good("{}"), AWSAnswer(status: 500, body: [])] {
            let service = FakeService { _, _ in answer }
            let client = try service.client()
            do {
                _ = try await client.wrap(secret, under: KeyID(key), context: [:])
                Issue.record("it succeeded")
            } catch {
                let said = "\(error) \((error as? KeyError)?.hint ?? "")"
                #expect(!said.contains("the secret itself") && !said.contains("dGhlIHNlY3JldCBpdHNlbGY"))
                #expect(!said.contains("hush"))
            }
        }
    }

    @Test func `ends when its task is cancelled`() async throws {
        let service = FakeService { _, _ in throw CancellationError() }
        let client = try service.client()
        await #expect(throws: CancellationError.self) { _ = try await client.unwrap(wrapped, context: [:]) }
        #expect(service.asked.count == 1)
    }
}
