import CofferCrypto
import CofferProviders
import CofferTesting
import Foundation
import Testing

@Suite(.enabled(if: SignatureVectors.exist, "sigv4/vectors.json is not there"))
struct `The published signatures` {
    @Test func `are all there`() { #expect(SignatureCase.all.count == 38) }

    @Test(arguments: SignatureCase.all)
    func `are made in the header`(vector: SignatureCase) {
        var request = SignatureV4.Request(text: vector.request)
        if vector.context.sign_body, case .sha256(let digest) = request.body {
            let digits = digest.map { byte in
                let text = String(byte, radix: 16)
                return text.count == 1 ? "0" + text : text
            }
            request.headers.append(("x-amz-content-sha256", digits.joined()))
        }
        let added = SignatureV4.sign(
            request, with: vector.credentials, scope: vector.scope, time: vector.time, rules: vector.rules)
        #expect(added.last?.name == "Authorization")
        #expect(added.last?.value.hasSuffix("Signature=" + vector.header.signature) == true)
        let expected = SignatureV4.Request(text: vector.header.signed_request).headers
        for header in added {
            #expect(expected.contains { $0.name.lowercased() == header.name.lowercased() && $0.value == header.value })
        }
    }

    @Test(arguments: SignatureCase.all)
    func `are made in the query`(vector: SignatureCase) {
        let query = SignatureV4.presign(
            SignatureV4.Request(text: vector.request), with: vector.credentials, scope: vector.scope,
            time: vector.time, expires: vector.context.expiration_in_seconds, rules: vector.rules)
        #expect(query == SignatureV4.Request(text: vector.query.signed_request).query)
        #expect(query.hasSuffix("X-Amz-Signature=" + vector.query.signature))
    }

    @Test(arguments: SignatureCase.all)
    func `are accepted`(vector: SignatureCase) throws {
        for signed in [vector.header, vector.query] {
            let request = SignatureV4.Request(text: signed.signed_request)
            let claim = try vector.verifier.claim(of: request, at: vector.time)
            try vector.verifier.check(claim, of: request, secret: vector.credentials.secret)
            #expect(claim.accessKeyID == "AKIDEXAMPLE" && claim.time == vector.time)
            #expect(claim.sessionToken == vector.context.credentials.token)
        }
    }

    /// A byte may change only where it says the same: the case of a header's name, spaces around its value, `/./` where
    /// paths are normalized.
    @Test(arguments: SignatureCase.all)
    func `hold for no other request`(vector: SignatureCase) {
        for signed in [vector.header, vector.query] {
            let original = Array(signed.signed_request.utf8)
            for i in original.indices {
                var bytes = original
                bytes[i] ^= 1
                guard let text = String(validating: bytes, as: UTF8.self),
                    let kept = altered(text, signed, vector.context.normalize)
                else {
                    continue
                }
                #expect(!accepts(vector, kept), "byte \(i)")
            }
        }
    }

    private func accepts(_ vector: SignatureCase, _ request: SignatureV4.Request) -> Bool {
        do {
            let claim = try vector.verifier.claim(of: request, at: vector.time)
            // The access key and a token added afterwards choose the secret: nobody else has this one.
            let known = vector.credentials
            guard claim.accessKeyID == known.accessKeyID, claim.sessionToken == known.sessionToken else { return false }
            try vector.verifier.check(claim, of: request, secret: known.secret)
            return true
        } catch {
            return false
        }
    }

    /// The altered request, unless the alteration is in nothing that is signed: the protocol's version, or the parting
    /// of lines and words that the vectors' own notation needs.
    private func altered(
        _ text: String, _ signed: SignatureCase.Signed, _ normalizes: Bool
    ) -> SignatureV4.Request? {
        let lines = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false) }
        let (old, new) = (lines(signed.signed_request), lines(text))
        guard old.count == new.count, old[0].hasSuffix(" HTTP/1.1"), new[0].hasSuffix(" HTTP/1.1") else { return nil }
        let (before, after) = (
            SignatureV4.Request(text: signed.signed_request), SignatureV4.Request(text: text)
        )
        return same(before, after, normalizes) ? nil : after
    }

    private func same(_ a: SignatureV4.Request, _ b: SignatureV4.Request, _ normalizes: Bool) -> Bool {
        func path(_ path: String) -> String {
            guard normalizes else { return path }
            let single = path.split(separator: "/").joined(separator: "/")
            return URL(filePath: "/" + single).standardized.path
        }
        func plain(_ headers: [SignatureV4.Request.Header]) -> [String] {
            // What is signed of a header; of the authorization, and of a token added afterwards, other things count.
            headers.map { header in
                let value = header.value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                return header.name.lowercased() + ":" + value
            }
        }
        return a.method == b.method && path(a.path) == path(b.path) && a.query == b.query && a.body == b.body
            && plain(a.headers) == plain(b.headers)
    }
}

/// A request to a key service, signed at a time and good for five minutes around it.
struct SignedRequest {
    static let now: Int64 = 1_800_000_000
    static let scope = SignatureV4.Scope(region: "eu-central-1", service: "kms")
    static let credentials = AWSCredentials(accessKeyID: "AKIACOFFER", secret: secret("a secret of forty characters"))
    let verifier = SignatureV4.Verifier(scope: scope)

    static func secret(_ text: String) -> SecretBytes {
        let bytes = Array(text.utf8)
        return unsafe SecretBytes(copying: bytes.span.bytes)
    }

    static var bare: SignatureV4.Request {
        let body = Array("{}".utf8)
        let digest = unsafe Digest.sha256(body.span.bytes)
        return SignatureV4.Request(
            method: "POST",
            headers: [
                ("Host", "localhost:8443"), ("Content-Type", "application/x-amz-json-1.1"),
                ("X-Amz-Target", "TrentService.Decrypt"), ("User-Agent", "test"),
            ], body: .sha256(digest))
    }

    static func signed(
        _ request: SignatureV4.Request = bare, scope: SignatureV4.Scope = scope, at time: Int64 = now,
        token: String? = nil
    ) -> SignatureV4.Request {
        let credentials = AWSCredentials(
            accessKeyID: "AKIACOFFER", secret: credentials.secret.copy(), sessionToken: token)
        var request = request
        request.headers += SignatureV4.sign(request, with: credentials, scope: scope, time: time)
        return request
    }

    /// The code of the refusal, or nil where the request is accepted.
    func refusal(_ request: SignatureV4.Request, at now: Int64 = now) -> SignatureError.Code? {
        error(request, at: now)?.code
    }

    func error(_ request: SignatureV4.Request, at now: Int64 = now) -> SignatureError? {
        error(request, by: SignedRequest.credentials, at: now)
    }

    func error(_ request: SignatureV4.Request, by credentials: AWSCredentials, at now: Int64 = now) -> SignatureError? {
        do throws(SignatureError) {
            let claim = try verifier.claim(of: request, at: now)
            guard claim.accessKeyID == credentials.accessKeyID else { return .unknownAccessKey }
            try verifier.check(claim, of: request, secret: credentials.secret)
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct `A signed request` {
    let test = SignedRequest()

    @Test func `is accepted, again and again, from whoever has the secret`() {
        let request = SignedRequest.signed()
        for _ in 0..<3 { #expect(test.refusal(request) == nil) }
        let another = AWSCredentials(accessKeyID: "AKIACOFFER", secret: SignedRequest.secret("another"))
        #expect(test.error(request, by: another) == .mismatch)
        #expect(test.refusal(request) == nil)
    }

    @Test func `is good for five minutes and no longer, and not before`() {
        for (time, expected) in [
            (-300, nil), (300, nil), (-301, SignatureError.Code.expired), (301, .notYetValid), (-86_400 * 3, .expired),
        ] as [(Int64, SignatureError.Code?)] {
            #expect(test.refusal(SignedRequest.signed(at: SignedRequest.now + time)) == expected, "\(time)")
        }
        let error = test.error(SignedRequest.signed(at: SignedRequest.now - 301))
        #expect(
            error?.message == "Signature expired: 20270115T075459Z is now earlier than 20270115T075500Z "
                + "(20270115T080000Z - 5 min.)")
    }

    @Test func `is for one region and one service`() {
        for scope in [
            SignatureV4.Scope(region: "us-east-1", service: "kms"),
            SignatureV4.Scope(region: "eu-central-1", service: "sts"),
        ] { #expect(test.refusal(SignedRequest.signed(scope: scope)) == .wrongScope) }
    }

    @Test func `carries its session's token under the signature`() throws {
        let request = SignedRequest.signed(token: "a token")
        #expect(test.refusal(request) == nil)
        #expect(try test.verifier.claim(of: request, at: SignedRequest.now).sessionToken == "a token")
        var other = request
        let i = try #require(other.headers.firstIndex { $0.name == "X-Amz-Security-Token" })
        other.headers[i].value = "another"
        #expect(test.refusal(other) == .mismatch)
        other.headers.remove(at: i)
        #expect(test.refusal(other) == .mismatch)
    }

    @Test func `signs its host and everything that begins with x-amz`() {
        var request = SignedRequest.signed()
        request.headers.append(("X-Amz-Extra", "1"))
        #expect(test.refusal(request) == .unsignedHeader)
        var hostless = SignedRequest.bare
        hostless.headers.removeFirst()
        var signed = SignedRequest.signed(hostless)
        signed.headers.append(("Host", "localhost:8443"))
        #expect(test.refusal(signed) == .unsignedHeader)
    }

    @Test(arguments: ["Authorization", "X-Amz-Date", "Host"])
    func `has each of these once`(name: String) throws {
        var request = SignedRequest.signed()
        let header = try #require(request.headers.first { $0.name == name })
        request.headers.append(header)
        #expect(test.refusal(request) == .incomplete)
    }

    @Test func `may carry what proxies change`() {
        var request = SignedRequest.signed()
        request.headers.append(("X-Forwarded-For", "10.0.0.1"))
        request.headers.append(("User-Agent", "another"))
        #expect(test.refusal(request) == nil)
    }

    @Test func `is refused where a percent sign has no digits`() {
        var request = SignedRequest.bare
        request.query = "a=%zz"
        #expect(test.refusal(SignedRequest.signed(request)) != nil)
    }
}

@Suite struct `A signed query` {
    let test = SignedRequest()

    private func signed(expires: Int = 900, at time: Int64 = SignedRequest.now) -> SignatureV4.Request {
        var request = SignedRequest.bare
        request.query = "a=b%20c&d="
        request.query = SignatureV4.presign(
            request, with: SignedRequest.credentials, scope: SignedRequest.scope, time: time, expires: expires)
        return request
    }

    @Test func `is good until it expires`() {
        #expect(test.refusal(signed()) == nil)
        #expect(test.refusal(signed(), at: SignedRequest.now + 900) == nil)
        #expect(test.refusal(signed(), at: SignedRequest.now + 901) == .expired)
        #expect(test.refusal(signed(), at: SignedRequest.now - 301) == .notYetValid)
        #expect(test.refusal(signed(expires: 10), at: SignedRequest.now + 11) == .expired)
        for expires in [0, -1, 604_801] { #expect(test.refusal(signed(expires: expires)) == .incomplete) }
    }

    @Test func `covers the whole query`() {
        for (old, new) in [("a=b", "a=c"), ("&d=", "&d=1"), ("&d=", ""), ("a=b%20c", "a=b+c"), ("900", "901")] {
            var request = signed()
            request.query.replace(old, with: new, maxReplacements: 1)
            #expect(test.refusal(request) == .mismatch, "\(old)")
        }
        var more = signed()
        more.query += "&e=f"
        #expect(test.refusal(more) == .mismatch)
    }

    @Test func `has each of its parts once, and no header of the same kind`() {
        var twice = signed()
        twice.query += "&X-Amz-Date=20270115T080000Z"
        #expect(test.refusal(twice) == .incomplete)
        var both = signed()
        both.headers.append(("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=f"))
        #expect(test.refusal(both) == .wrongScope)
    }

    @Test func `says what is missing`() {
        var request = SignedRequest.bare
        request.query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d"
        #expect(
            test.error(request)?.message
                == "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters."
        )
    }
}

@Suite struct `A request that is hardly signed` {
    let test = SignedRequest()

    private func error(_ authorization: String?, date: String? = "20270115T080000Z") -> SignatureError? {
        var request = SignedRequest.bare
        if let authorization { request.headers.append(("Authorization", authorization)) }
        if let date { request.headers.append(("X-Amz-Date", date)) }
        return test.error(request)
    }

    @Test func `lacks its token`() {
        #expect(error(nil) == .missingToken)
        #expect(error(nil)?.jsonName == "MissingAuthenticationTokenException")
        #expect(error(nil)?.queryName == "MissingAuthenticationToken")
    }

    @Test func `is told each part that it lacks`() {
        let all = error("Bearer abc", date: nil)
        #expect(all?.jsonName == "IncompleteSignatureException")
        #expect(
            all?.message
                == "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
                + "parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires "
                + "existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) "
                + "Authorization=w1Xc6WwWEogNEZQP/dkBTThsJT4MNlKmzQanIm970rY=")
        let one = error("AWS4-HMAC-SHA256 Credential=a/20270115/eu-central-1/kms/aws4_request, SignedHeaders=host")
        #expect(one?.message.hasPrefix("Authorization header requires 'Signature' parameter. (Hashed") == true)
    }

    @Test(arguments: ["AKIA COFFER", "AKIA/COFFER", "", "AKIÁ", "a\tb", "a\"b"])
    func `has no access key of other characters`(id: String) {
        let error = error(
            "AWS4-HMAC-SHA256 Credential=\(id)/20270115/eu-central-1/kms/aws4_request, SignedHeaders=host;x-amz-date, "
                + "Signature=0123")
        #expect(error?.code == .incomplete)
    }

    @Test func `says what is wrong with its credential`() {
        let error = error("AWS4-HMAC-SHA256 Credential=AKIA/eu-central-1, SignedHeaders=host, Signature=0")
        #expect(
            error?.message
                == "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
                + "'AKIA/eu-central-1'.")
    }

    @Test(arguments: [
        "", "20270115", "2027-01-15T08:00:00Z", "20270230T080000Z", "20270115T250000Z", "２0270115T080000",
    ])
    func `has no other date`(date: String) {
        let error = error(
            "AWS4-HMAC-SHA256 Credential=A/20270115/eu-central-1/kms/aws4_request, SignedHeaders=host;x-amz-date, "
                + "Signature=0", date: date)
        #expect(error?.code == .incomplete)
    }

    @Test(arguments: ["AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA512", "aws4-hmac-sha256", "AWS4-HMAC-SHA256Credential=a"])
    func `has no other algorithm`(algorithm: String) {
        let error = error(
            algorithm
                + " Credential=A/20270115/eu-central-1/kms/aws4_request, SignedHeaders=host;x-amz-date, Signature=0")
        #expect(error?.code == .incomplete)
    }
}

@Suite struct `The parser of signatures` {
    @Test func `survives whatever is sent, and accepts none of it`() {
        let test = SignedRequest()
        let randomness = Randomness.fixed(seed: 20_270_115)
        let pieces = [
            "AWS4-HMAC-SHA256", " ", ",", "=", "/", ";", "%", "%2", "&", "?", "Credential=", "SignedHeaders=",
            "Signature=",
            "host", "x-amz-date", "aws4_request", "20270115", "eu-central-1", "kms", "X-Amz-Algorithm=", "X-Amz-Date=",
            "X-Amz-Signature=", "X-Amz-Credential=", "X-Amz-SignedHeaders=", "X-Amz-Expires=", "20270115T080000Z", "é",
            "\u{0}", "AKIACOFFER", "9", "\n", "X-Amz-Security-Token=", "%2F", "%3B",
        ]
        func text(_ bytes: ArraySlice<UInt8>) -> String { bytes.map { pieces[Int($0) % pieces.count] }.joined() }
        for _ in 0..<8_000 {
            let bytes = randomness.bytes(48)
            var request = SignedRequest.bare
            request.headers.append(("X-Amz-Date", "20270115T080000Z"))
            if bytes[0] % 2 == 0 {
                request.headers.append(
                    ("Authorization", "AWS4-HMAC-SHA256 " + text(bytes[1..<(2 + Int(bytes[1]) % 40)])))
            } else {
                request.query = text(bytes[1..<(2 + Int(bytes[1]) % 40)])
            }
            request.path = text(bytes[42..<44])
            #expect(test.refusal(request) != nil)
        }
    }

    @Test func `survives a whole signature with bytes put in, taken out and changed`() {
        let test = SignedRequest()
        let randomness = Randomness.fixed(seed: 7)
        let signed = SignedRequest.signed()
        let authorization = Array(signed.headers[signed.headers.count - 1].value.utf8)
        for _ in 0..<8_000 {
            let draw = randomness.bytes(4)
            var bytes = authorization
            let at = (Int(draw[0]) << 8 | Int(draw[1])) % bytes.count
            switch draw[2] % 3 {
            case 0: bytes[at] = draw[3]
            case 1: bytes.remove(at: at)
            default: bytes.insert(draw[3], at: at)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            var request = signed
            request.headers[request.headers.count - 1].value = text
            // What parts the words may change.
            let plain = { (text: String) in text.filter { $0 != "," && $0 != " " && $0 != "\t" } }
            if plain(text) == plain(String(decoding: authorization, as: UTF8.self)) { continue }
            #expect(test.refusal(request) != nil, "\(text)")
        }
    }
}

@Suite struct `Kept signing keys` {
    @Test func `are never more than there is room for, and always the right ones`() {
        let keys = SigningKeys(capacity: 8)
        let verifier = SignatureV4.Verifier(scope: SignedRequest.scope, keys: keys)
        for round in 0..<3 {
            for i in 0..<40 {
                let credentials = AWSCredentials(accessKeyID: "A\(i)", secret: SignedRequest.secret("s\(i) \(round)"))
                var request = SignedRequest.bare
                request.headers += SignatureV4.sign(
                    request, with: credentials, scope: SignedRequest.scope, time: SignedRequest.now)
                #expect(throws: Never.self) {
                    let claim = try verifier.claim(of: request, at: SignedRequest.now)
                    try verifier.check(claim, of: request, secret: credentials.secret)
                }
                #expect(keys.count <= 8)
            }
        }
    }
}
