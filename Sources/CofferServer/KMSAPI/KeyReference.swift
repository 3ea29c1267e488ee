import Coffer

/// What a request calls a key, taken apart: an id, `alias/…`, or the ARN of one.
struct KeyReference {
    /// An id in lower case, or an alias with `alias/` in front.
    let name: String
    var isAlias: Bool { name.hasPrefix("alias/") }

    /// Parses a text. An ARN of another region is refused by the region, one of another account by not being there: only
    /// this account's keys are here.
    init(_ text: String, _ realm: Realm) throws(Failure) {
        guard text.hasPrefix("arn:") else {
            name = try Self.local(text, shown: text)
            return
        }
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[1] == "aws", parts[2] == "kms" else { throw .notFound("Invalid arn \(text)") }
        guard parts[3] == realm.region else { throw .notFound("Invalid arn \(parts[3])") }
        let rest = parts[5]
        if rest.hasPrefix("alias/") {
            name = try Self.local(String(rest), shown: text)
            guard parts[4] == realm.account else { throw .notFound("Alias \(text) is not found.") }
        } else {
            guard rest.hasPrefix("key/") else { throw .notFound("Invalid arn \(text)") }
            name = try Self.local(String(rest.dropFirst(4)), shown: String(rest.dropFirst(4)))
            guard parts[4] == realm.account, !isAlias else { throw .notFound("Key '\(text)' does not exist") }
        }
    }

    private static func local(_ text: String, shown: String) throws(Failure) -> String {
        if text.hasPrefix("alias/"), text.utf8.count > 6, text.utf8.count <= 256,
            Pattern.name.matches(text)
        {
            return text
        }
        guard isID(text) else { throw .notFound("Invalid keyId '\(shown)'") }
        return text
    }

    /// A UUID in lower case, or the id of a key of several regions.
    private static func isID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        func isHexadecimal(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
        if text.hasPrefix("mrk-") { return bytes.count == 36 && bytes.dropFirst(4).allSatisfy(isHexadecimal) }
        guard bytes.count == 36 else { return false }
        return bytes.indices.allSatisfy { i in
            [8, 13, 18, 23].contains(i) ? bytes[i] == UInt8(ascii: "-") : isHexadecimal(bytes[i])
        }
    }

    /// There is no such key or alias.
    func notFound(_ realm: Realm) -> Failure {
        isAlias
            ? .notFound("Alias \(realm.alias(name)) is not found.")
            : .notFound("Key '\(realm.key(name))' does not exist")
    }
}
