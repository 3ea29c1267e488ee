/// The name of something that a request has or is: `kms:ViaService`, `aws:PrincipalTag/team`. Upper and lower case are the
/// same in it, also behind the last colon or slash.
///
/// What follows from the principal, the clock and the resource is worked out here and never taken from whoever made the
/// request, so that no door forgets it and none is talked into another value.
enum ConditionKey: Hashable, Sendable {
    case principalARN, principalAccount, principalType, userName, userID
    case principalTag([UInt8])
    case currentTime, epochTime
    case resourceAccount
    /// The names of the encryption context, and of the tags that a request brings: also from the pairs themselves.
    case encryptionContextKeys, tagKeys
    /// What our principals never are.
    case never
    /// What the request says, by the name in lower case.
    case given([UInt8])

    init(_ name: String) {
        let lower = name.utf8.map(Pattern.lowered)
        if let tag = Self.remainder(of: lower, behind: "aws:principaltag/") {
            self = .principalTag(tag)
            return
        }
        switch String(decoding: lower, as: UTF8.self) {
        case "aws:principalarn": self = .principalARN
        case "aws:principalaccount", "kms:calleraccount": self = .principalAccount
        case "aws:principaltype": self = .principalType
        case "aws:principalisawsservice", "aws:viaawsservice": self = .never
        case "aws:username": self = .userName
        case "aws:userid": self = .userID
        case "aws:currenttime": self = .currentTime
        case "aws:epochtime": self = .epochTime
        case "aws:resourceaccount": self = .resourceAccount
        case "kms:encryptioncontextkeys": self = .encryptionContextKeys
        case "aws:tagkeys": self = .tagKeys
        default: self = .given(lower)
        }
    }

    /// What follows `prefix` in `name`, if something does.
    private static func remainder(of name: [UInt8], behind prefix: StaticString) -> [UInt8]? {
        let prefix = Array("\(prefix)".utf8)
        return name.count > prefix.count && name.starts(with: prefix) ? Array(name[prefix.count...]) : nil
    }
}
