extension SignatureV4 {
    /// What a request says of its sender, before anybody has looked whether it is true.
    public struct Claim: Sendable {
        /// Whose it says it is.
        public let accessKeyID: String
        /// The token of a session, if it came with one.
        public let sessionToken: String?
        /// When it was signed, in seconds since 1970.
        public let time: Int64
        /// For how many seconds it is good: only a query says so.
        public let expires: Int64?

        let timeText: String
        let date: String
        let scope: Scope
        let terminator: String
        let signedNames: [Substring]
        let signature: String
        /// Query parameters that the signature does not cover.
        let omitted: [String]
    }
}

extension SignatureV4.Claim {
    /// Parses the authorization header or the query of `request`.
    init(_ request: SignatureV4.Request, rules: SignatureV4.Rules) throws(SignatureError) {
        guard request.headers.count <= 256 else {
            throw SignatureError(.incomplete, "The request has too many headers.")
        }
        let authorization = try Self.header("authorization", of: request)
        let query = try QueryParts(request.query)
        if let authorization {
            guard query.algorithm == nil else {
                throw SignatureError(
                    .wrongScope,
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")
            }
            try self.init(header: authorization, of: request)
        } else if query.isSigned {
            try self.init(query, rules)
        } else {
            throw .missingToken
        }
    }

    private init(header: String, of request: SignatureV4.Request) throws(SignatureError) {
        let parts = try AuthorizationParts(header)
        let amazonDate = try Self.header("x-amz-date", of: request)
        let plainDate = try amazonDate == nil ? Self.header("date", of: request) : nil
        guard let credential = parts.credential, let signature = parts.signature,
            let signedHeaders = parts.signedHeaders, let date = amazonDate ?? plainDate
        else { throw Self.incomplete(parts, hasDate: amazonDate ?? plainDate != nil, header) }
        try self.init(
            credential: credential, signedHeaders: signedHeaders, signature: signature, date: date,
            token: Self.header("x-amz-security-token", of: request), expires: nil, omitted: [])
        guard amazonDate != nil || signedNames.contains("date") else {
            throw SignatureError(.unsignedHeader, "'Date' must be a 'SignedHeader' in the AWS Authorization.")
        }
    }

    private static func incomplete(_ parts: AuthorizationParts, hasDate: Bool, _ header: String) -> SignatureError {
        var missing = ""
        for (name, value) in [
            ("Credential", parts.credential), ("Signature", parts.signature), ("SignedHeaders", parts.signedHeaders),
        ] where value == nil {
            missing += "Authorization header requires '\(name)' parameter. "
        }
        if !hasDate {
            missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        }
        return SignatureError(
            .incomplete, missing + "(Hashed with SHA-256 and encoded with Base64) Authorization=\(hashed(header))")
    }

    private init(_ query: QueryParts, _ rules: SignatureV4.Rules) throws(SignatureError) {
        var missing = ""
        for (name, value) in [
            ("X-Amz-Algorithm", query.algorithm), ("X-Amz-Credential", query.credential),
            ("X-Amz-Signature", query.signature), ("X-Amz-SignedHeaders", query.signedHeaders),
            ("X-Amz-Date", query.date),
        ] where value?.isEmpty ?? true {
            missing += "AWS query-string parameters must include '\(name)'. "
        }
        guard missing.isEmpty, let algorithm = query.algorithm, let credential = query.credential,
            let signature = query.signature, let signedHeaders = query.signedHeaders, let date = query.date
        else { throw SignatureError(.incomplete, missing + "Re-examine the query-string parameters.") }
        guard algorithm == SignatureV4.algorithm else { throw unsupported(algorithm) }
        var expires: Int64?
        if let text = query.expires {
            guard let seconds = Int64(text), (1...604_800).contains(seconds) else {
                throw SignatureError(.incomplete, "X-Amz-Expires must be between 1 and 604800 seconds.")
            }
            expires = seconds
        }
        try self.init(
            credential: credential[...], signedHeaders: signedHeaders[...], signature: signature[...], date: date,
            token: query.token, expires: expires,
            omitted: ["X-Amz-Signature"] + (rules.signsToken ? [] : ["X-Amz-Security-Token"]))
    }

    private init(
        credential: Substring, signedHeaders: Substring, signature: Substring, date: String, token: String?,
        expires: Int64?, omitted: [String]
    ) throws(SignatureError) {
        guard let time = SigningTime(date) else {
            throw SignatureError(
                .incomplete,
                "Date must be in ISO-8601 'basic format'. Got \(quoted(date)). "
                    + "See http://en.wikipedia.org/wiki/ISO_8601")
        }
        // By bytes, since this is done for every request.
        let elements = credential.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map(Substring.init)
        guard elements.count == 5, (1...128).contains(elements[0].utf8.count),
            elements[0].utf8.allSatisfy(isIDCharacter)
        else {
            throw SignatureError(
                .incomplete,
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
                    + "got \(quoted(credential)).")
        }
        accessKeyID = String(elements[0])
        self.date = String(elements[1])
        scope = SignatureV4.Scope(region: String(elements[2]), service: String(elements[3]))
        terminator = String(elements[4])
        sessionToken = token
        self.time = time.seconds
        timeText = date
        self.expires = expires
        signedNames = signedHeaders.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map(Substring.init)
        self.signature = String(signature)
        self.omitted = omitted
    }

    /// The value of a header that may be there once.
    private static func header(
        _ name: String, of request: SignatureV4.Request
    ) throws(SignatureError) -> String? {
        var value: String?
        for header in request.headers where isSameHeader(header.name, name) {
            guard value == nil else {
                throw SignatureError(.incomplete, "The request has more than one '\(name)' header.")
            }
            value = header.value
        }
        return value
    }
}

/// Letters, digits and what joins them: access keys have no other characters.
private func isIDCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
}
