import CofferCrypto

extension SignatureV4 {
    /// The headers that sign `request`, to be added to it: the date, the session token if there is one, and the
    /// authorization. The request must have its `host`; one that has a date header of its own is not to be signed.
    ///
    /// `time` is seconds since 1970. All headers are signed except those that proxies change.
    public static func sign(
        _ request: Request, with credentials: AWSCredentials, scope: Scope, time: Int64, rules: Rules = .standard,
        keys: SigningKeys? = nil
    ) -> [Request.Header] {
        let time = SigningTime(seconds: time).text
        var added: [Request.Header] = [("X-Amz-Date", time)]
        if let token = credentials.sessionToken { added.append(("X-Amz-Security-Token", token)) }
        var signed = request
        signed.headers += rules.signsToken ? added : [added[0]]
        let names = namesToSign(signed.headers)
        guard let canonical = CanonicalRequest(signed, signing: names, rules: rules) else { return added }
        let signature = signature(canonical, time, credentials, scope, keys)
        added.append(
            (
                "Authorization",
                "\(algorithm) Credential=\(credentials.accessKeyID)/\(time.prefix(8))/\(scope.region)/\(scope.service)/"
                    + "\(terminator), SignedHeaders=\(names.joined(separator: ";")), Signature=\(signature)"
            ))
        return added
    }

    /// The query that signs `request`, whose own query it begins with. Good for `expires` seconds (at most 604 800) from
    /// `time` on.
    public static func presign(
        _ request: Request, with credentials: AWSCredentials, scope: Scope, time: Int64, expires: Int,
        rules: Rules = .standard, keys: SigningKeys? = nil
    ) -> String {
        let time = SigningTime(seconds: time).text
        let names = namesToSign(request.headers)
        let credential =
            "\(credentials.accessKeyID)/\(time.prefix(8))/\(scope.region)/\(scope.service)/\(terminator)"
        var parameters = [
            ("X-Amz-Algorithm", algorithm), ("X-Amz-Credential", credential), ("X-Amz-Date", time),
            ("X-Amz-SignedHeaders", names.joined(separator: ";")), ("X-Amz-Expires", "\(expires)"),
        ]
        let token = credentials.sessionToken.map { ("X-Amz-Security-Token", $0) }
        if rules.signsToken, let token { parameters.append(token) }
        func query(_ parameters: [(String, String)]) -> String {
            var bytes: [UInt8] = []
            for (name, value) in parameters {
                bytes += "&\(name)=".utf8
                PercentEncoding.encode(value.utf8, into: &bytes)
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        var signed = request
        signed.query += query(parameters)
        if request.query.isEmpty { signed.query.removeFirst() }
        guard let canonical = CanonicalRequest(signed, signing: names, rules: rules) else { return signed.query }
        let signature = signature(canonical, time, credentials, scope, keys)
        if !rules.signsToken, let token { signed.query += query([token]) }
        return signed.query + "&X-Amz-Signature=\(signature)"
    }

    private static func signature(
        _ canonical: CanonicalRequest, _ time: String, _ credentials: AWSCredentials, _ scope: Scope,
        _ keys: SigningKeys?
    ) -> String {
        let keys = keys ?? SigningKeys(capacity: 2)
        let key = keys.key(
            of: credentials.accessKeyID, credentials.secret, date: String(time.prefix(8)), scope: scope)
        return String(decoding: signature(of: canonical.stringToSign(time, scope), by: key), as: UTF8.self)
    }

    /// 64 hexadecimal digits.
    static func signature(of text: [UInt8], by key: HMAC) -> [UInt8] {
        let tag = [UInt8](byteCapacity: 32) { output in
            unsafe key.authenticate(text.span.bytes, into: &output)
        }
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        appendHexadecimal(tag, to: &digits)
        return digits
    }

    /// What proxies add, take or change.
    private static let changing: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
        "user-agent", "x-amzn-trace-id",
    ]

    private static func namesToSign(_ headers: [Request.Header]) -> [Substring] {
        let names = Set(headers.map { $0.name.lowercased() }).subtracting(changing)
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { $0[...] }
    }
}
