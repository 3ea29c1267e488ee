import CofferCrypto

extension Principal {
    /// `aws:PrincipalType`, by AWS's words for the nearest it has.
    public var type: String {
        switch kind {
        case .owner: "Account"
        case .user: "User"
        case .certificate, .token: "FederatedUser"
        }
    }

    /// `aws:userid`, and what `GetCallerIdentity` answers: the account's number for its owner, else an id in AWS's form that
    /// follows from the ARN. Whoever is made again under an old name has the old id; AWS would give another.
    public var userID: String {
        guard kind != .owner else { return account }
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        let digest = unsafe Digest.sha256(Array(arn.utf8).span.bytes)
        return (kind == .user ? "AIDA" : "AROA")
            + String(decoding: digest.prefix(17).map { letters[Int($0 & 31)] }, as: UTF8.self)
    }
}
