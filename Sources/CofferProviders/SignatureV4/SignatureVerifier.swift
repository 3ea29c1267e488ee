public import CofferCrypto

extension SignatureV4 {
    /// Says whether requests are who they say they are from.
    ///
    ///     let claim = try verifier.claim(of: request, at: now)
    ///     guard let key = accessKeys[claim.accessKeyID] else { throw SignatureError.unknownAccessKey }
    ///     try verifier.check(claim, of: request, secret: key.secret)
    ///
    /// Until ``check(_:of:secret:)`` has returned, a claim is only that. Within the skew a request may come again: who
    /// must not do a thing twice needs more than a signature.
    public struct Verifier: Sendable {
        /// What signatures must be for.
        public let scope: Scope
        /// How many seconds two clocks may differ.
        public let skew: Int64
        private let rules: Rules
        private let keys: SigningKeys

        /// A verifier; those of one process may share `keys`.
        public init(scope: Scope, skew: Int64 = 300, rules: Rules = .standard, keys: SigningKeys = SigningKeys()) {
            self.scope = scope
            self.skew = skew
            self.rules = rules
            self.keys = keys
        }

        /// What `request` says of its sender, whole and at its time: everything that can be said without the secret.
        /// `now` is seconds since 1970.
        public func claim(of request: Request, at now: Int64) throws(SignatureError) -> Claim {
            let claim = try Claim(request, rules: rules)
            try checkScope(claim)
            try checkNames(claim, request)
            try checkTime(claim, now)
            return claim
        }

        /// That the signature is the one that `secret` makes. The comparison takes as long whatever was sent.
        public func check(
            _ claim: Claim, of request: Request, secret: borrowing SecretBytes
        ) throws(SignatureError) {
            guard
                let canonical = CanonicalRequest(
                    request, signing: claim.signedNames, rules: rules, omitting: claim.omitted)
            else { throw .mismatch }
            let key = keys.key(of: claim.accessKeyID, secret, date: claim.date, scope: scope)
            let expected = signature(of: canonical.stringToSign(claim.timeText, scope), by: key)
            let given = Array(claim.signature.utf8)
            let isSame = unsafe constantTimeEqual(expected.span.bytes, given.span.bytes)
            guard isSame else { throw .mismatch }
        }

        private func checkScope(_ claim: Claim) throws(SignatureError) {
            var wrong: [String] = []
            if claim.scope.region != scope.region { wrong.append("Credential should be scoped to a valid region.") }
            if claim.scope.service != scope.service {
                wrong.append("Credential should be scoped to correct service: '\(scope.service)'.")
            }
            if claim.terminator != terminator {
                wrong.append("Credential should be scoped with a valid terminator: '\(terminator)'.")
            }
            if !claim.timeText.utf8.starts(with: claim.date.utf8) || claim.date.utf8.count != 8 {
                wrong.append(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                        + "\(quoted(claim.date)) != '\(claim.timeText.prefix(8))', from '\(claim.timeText)'.")
            }
            guard wrong.isEmpty else { throw SignatureError(.wrongScope, wrong.joined(separator: " ")) }
        }

        /// The host and whatever begins with `x-amz-` must be signed, else anybody on the way could change it.
        private func checkNames(_ claim: Claim, _ request: Request) throws(SignatureError) {
            let names = claim.signedNames
            let isSorted = zip(names, names.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            guard names.count <= 64, isSorted, names.allSatisfy(isLowerCase) else {
                throw SignatureError(
                    .incomplete, "SignedHeaders must be at most 64 names in lower case, sorted, none twice.")
            }
            guard names.contains("host") else {
                throw SignatureError(
                    .unsignedHeader, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
            }
            for header in request.headers where hasAmazonPrefix(header.name) {
                if !rules.signsToken && isSameHeader(header.name, "x-amz-security-token") { continue }
                guard names.contains(where: { isSameHeader(header.name, $0) }) else {
                    throw SignatureError(
                        .unsignedHeader, "\(quoted(header.name)) must be a 'SignedHeader' in the AWS Authorization.")
                }
            }
            guard request.headers.count(where: { isSameHeader($0.name, "host") }) == 1 else {
                throw SignatureError(.incomplete, "The request needs one 'Host' header.")
            }
        }

        private func checkTime(_ claim: Claim, _ now: Int64) throws(SignatureError) {
            let lifetime = max(claim.expires ?? skew, 0)
            func text(_ seconds: Int64) -> String { SigningTime(seconds: seconds).text }
            func span(_ seconds: Int64) -> String {
                seconds.isMultiple(of: 60) ? "\(seconds / 60) min." : "\(seconds) sec."
            }
            guard claim.time >= now - lifetime else {
                throw SignatureError(
                    .expired,
                    "Signature expired: \(claim.timeText) is now earlier than \(text(now - lifetime)) "
                        + "(\(text(now)) - \(span(lifetime)))")
            }
            guard claim.time <= now + skew else {
                throw SignatureError(
                    .notYetValid,
                    "Signature not yet current: \(claim.timeText) is still later than \(text(now + skew)) "
                        + "(\(text(now)) + \(span(skew)))")
            }
        }
    }
}

private func isLowerCase(_ name: Substring) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
}

private func hasAmazonPrefix(_ name: String) -> Bool {
    name.utf8.count > 6 && zip(name.utf8, "x-amz-".utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
}
