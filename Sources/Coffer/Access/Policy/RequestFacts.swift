/// A request and the time, and what a condition or a variable can ask of them.
struct RequestFacts {
    let request: AccessRequest
    /// Milliseconds since 1970.
    let now: Int64

    /// The values of `key`; none where the request has no such key.
    func values(of key: ConditionKey) -> [String] {
        let principal = request.principal
        switch key {
        case .principalARN: return [principal.arn]
        case .principalAccount: return [principal.account]
        case .principalType: return [principal.type]
        case .userName: return principal.kind == .user ? [principal.name] : []
        case .userID: return [principal.userID]
        case .principalTag(let name):
            return principal.tags.compactMap { Self.isName($0.key, name) ? $0.value : nil }
        case .currentTime: return [PolicyDate.text(now)]
        case .epochTime: return ["\(now / 1000)"]
        case .resourceAccount: return ARN.account(of: request.resource).map { [$0] } ?? []
        case .never: return ["false"]
        case .encryptionContextKeys: return names("kms:encryptioncontext:", or: "kms:encryptioncontextkeys")
        case .tagKeys: return names("aws:requesttag/", or: "aws:tagkeys")
        case .given(let name):
            var found: [String] = []
            for (given, values) in request.conditions where Self.isName(given, name) {
                found = found.isEmpty ? values : found + values
            }
            return found
        }
    }

    /// The encryption context as the request gives it; nil where a name has other than one value, which none has.
    var encryptionContext: [String: String]? {
        var context: [String: String] = [:]
        for (given, values) in request.conditions {
            guard let name = Self.suffix(of: given, behind: "kms:encryptioncontext:") else { continue }
            guard values.count == 1, context.updateValue(values[0], forKey: name) == nil else { return nil }
        }
        return context
    }

    /// What stands behind `prefix` in the names of conditions, and the values of `key`: each once.
    private func names(_ prefix: StaticString, or key: StaticString) -> [String] {
        let key = Array("\(key)".utf8)
        var names: Set<String> = []
        for (given, values) in request.conditions {
            if let name = Self.suffix(of: given, behind: prefix) { names.insert(name) }
            if Self.isName(given, key) { names.formUnion(values) }
        }
        return names.sorted()
    }

    private static func isName(_ name: String, _ lower: [UInt8]) -> Bool {
        name.utf8.count == lower.count && zip(name.utf8, lower).allSatisfy { Pattern.lowered($0) == $1 }
    }

    private static func suffix(of name: String, behind prefix: StaticString) -> String? {
        let count = prefix.utf8CodeUnitCount
        guard name.utf8.count > count, isName(String(name.utf8.prefix(count)) ?? "", Array("\(prefix)".utf8)) else {
            return nil
        }
        return String(name.utf8.dropFirst(count))
    }
}

/// The parts of an Amazon resource name: `arn:partition:service:region:account:resource`.
enum ARN {
    /// The account in `arn`; nil where it has none.
    static func account(of arn: String) -> String? {
        var colons = 0
        var start = arn.utf8.startIndex
        for i in arn.utf8.indices where arn.utf8[i] == UInt8(ascii: ":") {
            colons += 1
            if colons == 4 { start = arn.utf8.index(after: i) }
            if colons == 5 { return start == i ? nil : String(arn[start..<i]) }
        }
        return nil
    }

    /// Whether `arn` is that of a key: `arn:aws:kms:…:key/…`.
    static func isKey(_ arn: String) -> Bool {
        var colons = 0
        for i in arn.utf8.indices where arn.utf8[i] == UInt8(ascii: ":") {
            colons += 1
            if colons == 5 { return arn.utf8[arn.utf8.index(after: i)...].starts(with: "key/".utf8) }
        }
        return false
    }
}
