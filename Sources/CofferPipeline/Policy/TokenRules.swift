import Coffer

extension ProtectionRule.Tokens {
    static let keys = ["key", "domain", "mac_key", "like", "prefix", "single_use", "ttl"]

    init(_ section: Section) throws(ConfigurationError) {
        key = try section["key"].map { (node) throws(ConfigurationError) in
            let text = try node.text(section.path("key"))
            guard try ProtectionRule.parseKey(text, line: node.line).column == nil else {
                throw ConfigurationError(
                    "\(section.path("key")): a vault has no keys for each tenant", line: node.line,
                    hint: "name one key for all its tokens: alias/default")
            }
            return try ProtectionRule.parseKeyID(text, line: node.line)
        }
        domain = try ProtectionRule.domain(section)
        format = try Self.format(section)
        isSingleUse = try section.boolean("single_use") ?? false
        timeToLive = try section.text("ttl").map { (text) throws(ConfigurationError) in
            guard let time = TimeToLive.milliseconds(text) else {
                throw ConfigurationError(
                    "“\(text)” is not a time to live", line: section["ttl"]?.line ?? section.line,
                    hint: "write it as 90d, 12h, 30m or 45s, at most 100 years")
            }
            return time
        }
    }

    private static func format(_ section: Section) throws(ConfigurationError) -> TokenFormat {
        let like = try section.choice("like", of: TokenFormat.Alphabet.allCases.map(\.rawValue))
        let prefix = try section.text("prefix")
        if let like = like.flatMap({ TokenFormat.Alphabet(rawValue: $0) }) {
            guard prefix == nil else {
                throw ConfigurationError(
                    "\(section.name) says both like and prefix", line: section.line, hint: "leave one of them")
            }
            return .like(like)
        }
        guard TokenFormat.isPrefix(prefix ?? "") else {
            throw ConfigurationError(
                "\(section.path("prefix")) has at most 32 letters, digits, _ and -", line: section.line)
        }
        return .prefixed(prefix ?? "tok_")
    }
}

/// How long tokens can be turned back, written `90d`, `12h`, `30m` or `45s`.
enum TimeToLive {
    private static let units: [(letter: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ]

    static func milliseconds(_ text: String) -> Int64? {
        guard let unit = units.first(where: { text.hasSuffix($0.letter) }), text.utf8.count <= 12,
            text.utf8.dropLast().allSatisfy(\.isDigit), let count = Int64(text.dropLast()),
            (1...(36_525 * 86_400_000 / unit.milliseconds)).contains(count)
        else { return nil }
        return count * unit.milliseconds
    }

    static func text(_ milliseconds: Int64) -> String {
        let unit = units.first { milliseconds % $0.milliseconds == 0 } ?? ("s", 1000)
        return "\(milliseconds / unit.milliseconds)\(unit.letter)"
    }
}
