import Coffer
import CofferCrypto
import CofferKMS
import CofferProviders
import CofferServer
import CofferTesting
import Testing

/// Every parser that meets what strangers send, given what was mangled, for a third of a second each, or as long as
/// `COFFER_FUZZ_SECONDS` says (scripts/soak).
@Suite struct `Mangled input` {
    private static let policy = """
        {"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:root"]},
        "Action":["kms:Enc*","kms:?ecrypt"],"Resource":"*","Condition":{"ForAnyValue:StringLikeIfExists":
        {"kms:EncryptionContext:a":["x*","${aws:PrincipalTag/team, 'none'}"]},"DateLessThan":{"aws:CurrentTime":
        "2026-01-01T00:00:00Z"},"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"NumericLessThan":{"kms:RotationPeriodInDays":"9"}}}]}
        """

    @Test func `is refused by the parser of JSON`() {
        Mangling.of(Array(#"{"a":[1,-2.5e+3,"x\u00e9\ud83d\ude00\n",{"b":null,"c":[true,false]}],"":{}}"#.utf8)) {
            bytes in
            guard let json = try? JSON(parsing: bytes) else { return }
            // What was understood is understood the same when it is written.
            #expect((try? JSON(parsing: json.bytes)) == json)
        }
    }

    @Test func `is refused by the parser of policies, or decides`() {
        let realm = TestService.realm
        Mangling.of(Array(Self.policy.utf8)) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            for kind in [PolicyDocument.Kind.key, .identity] { _ = try? PolicyDocument(parsing: text, kind: kind) }
            _ = try? Realm(account: text, region: realm.region)
        }
    }

    @Test func `is refused by the verifier of signatures`() throws {
        let secret = unsafe SecretBytes(copying: Array("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".utf8).span.bytes)
        let credentials = AWSCredentials(accessKeyID: "AKIDEXAMPLE", secret: secret.copy())
        let scope = SignatureV4.Scope(region: "us-east-1", service: "kms")
        let verifier = SignatureV4.Verifier(scope: scope)
        let now: Int64 = 1_800_000_000
        var request = SignatureV4.Request(
            method: "POST", headers: [("host", "a"), ("content-type", "b")],
            body: .sha256([UInt8](repeating: 1, count: 32)))
        request.headers += SignatureV4.sign(request, with: credentials, scope: scope, time: now).map {
            ($0.name.lowercased(), $0.value)
        }
        let whole = request
        try verifier.check(verifier.claim(of: whole, at: now), of: whole, secret: secret)
        let parts = whole.headers.map { Array($0.value.utf8) }
        var changed = 0
        Mangling.of(parts.flatMap { $0 }) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            var request = whole
            let index = bytes.count % (request.headers.count + 2)
            if index < request.headers.count {
                let start = parts[..<index].reduce(0) { $0 + $1.count }
                let value = String(decoding: bytes.dropFirst(start).prefix(parts[index].count), as: UTF8.self)
                request.headers[index] = (request.headers[index].name, value)
                guard value != whole.headers[index].value else { return }
            } else if index == request.headers.count {
                request.query = text
            } else {
                request.path = "/" + text
            }
            changed += 1
            // Another access key has another secret.
            guard let claim = try? verifier.claim(of: request, at: now),
                claim.accessKeyID == credentials.accessKeyID
            else { return }
            let isAccepted = (try? verifier.check(claim, of: request, secret: secret)) != nil
            // White space around and within values means nothing to a signature.
            let isSame = zip(request.headers, whole.headers).allSatisfy { a, b in
                a.value.split(whereSeparator: \.isWhitespace) == b.value.split(whereSeparator: \.isWhitespace)
            }
            #expect(!isAccepted || isSame && request.query.isEmpty)
        }
        #expect(changed > 0)
    }

    @Test func `opens as no ciphertext`() async throws {
        let service = try await TestService()
        let key = try KeyID(#require(try await service.key()["KeyId"]?.string))
        let plain = unsafe SecretBytes(copying: [1, 2, 3].span.bytes)
        let sealed = try await service.store.wrap(plain, under: key, context: ["a": "b"])
        var blobs: [[UInt8]] = []
        Mangling.of(sealed.bytes, share: 0.5) { bytes in
            _ = KeyStore.key(of: bytes)
            if bytes != sealed.bytes, blobs.count < 20_000 { blobs.append(bytes) }
        }
        let end = ContinuousClock.now + Mangling.limit * 0.5
        for blob in blobs where ContinuousClock.now < end {
            let answer = try await service.call(
                "Decrypt",
                .members(
                    ("CiphertextBlob", .string(Base64.encode(blob))), ("EncryptionContext", .texts(["a": "b"]))))
            #expect(answer.status == 400 && answer.body["Plaintext"] == nil)
        }
    }

    @Test func `gets an answer over the API`() async throws {
        let service = try await TestService()
        let key = try #require(try await service.key()["KeyId"]?.string)
        let arn = TestService.realm.key(key)
        let body = JSON.members(
            ("KeyId", .string(arn)), ("NumberOfBytes", .number("32")), ("EncryptionContext", .texts(["a": "b"])),
            ("GrantTokens", .array([.string("x")])))
        var bodies: [[UInt8]] = []
        Mangling.of(body.bytes, share: 0.3) { if bodies.count < 5000 { bodies.append($0) } }
        let end = ContinuousClock.now + Mangling.limit
        for bytes in bodies where ContinuousClock.now < end {
            let request = service.request("GenerateDataKey", .string(""))
            // With a signature of another body it is refused; as the name of an operation, or a path, too.
            let text = String(decoding: bytes, as: UTF8.self)
            for strange in [
                ServerRequest(method: "POST", path: "/", headers: request.headers, body: bytes),
                ServerRequest(method: "GET", path: text, query: text, headers: request.headers),
                service.request("GenerateDataKey", (try? JSON(parsing: bytes)) ?? .string(text)),
                service.request("DescribeKey", .members(("KeyId", .string(String(text.prefix(90)))))),
            ] {
                let answer = await service.api.respond(to: strange)
                #expect([200, 400, 403, 404].contains(answer.status))
            }
        }
    }
}
