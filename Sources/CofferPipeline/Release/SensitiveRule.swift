import Coffer

/// What must not be learned of a sensitive column, even by whoever knows which class somebody is in.
package struct SensitiveRule: Sendable {
    let column: String
    let line: Int
    /// How many different values a class has at least.
    let distinct: Int
    /// Entropy l-diversity: a class tells no more than one in which that many values are equally frequent.
    let entropy: Double?
    /// Recursive (c, l)-diversity: the most frequent value is fewer than c times all from the l-th most frequent on.
    let recursive: Recursive?
    /// t-closeness: how far the values of a class may be from those of all rows.
    let closeness: Closeness?

    struct Recursive: Sendable {
        let c: Double
        let l: Int
    }

    struct Closeness: Sendable {
        let t: Double
        let distance: Distance
    }

    /// The ground distance of the earth mover's distance.
    package enum Distance: String, Sendable, CaseIterable {
        /// Any two values are equally far from each other.
        case equal
        /// Values lie in a row, numbers by size and texts by their bytes.
        case ordered
    }

    init(_ column: String, _ node: Node) throws(ConfigurationError) {
        let name = "release.sensitive.\(column)"
        let section = try Section(node, name, keys: ["l_diversity", "t_closeness", "distance"])
        (self.column, line) = (column, node.line)
        guard section["l_diversity"] != nil || section["t_closeness"] != nil else {
            throw ConfigurationError(
                "\(name) lacks l_diversity or t_closeness", line: node.line, hint: "write it as { l_diversity: 3 }")
        }
        let number = { (section: Section, key: String, least: Double) throws(ConfigurationError) -> Double? in
            guard let node = section[key] else { return nil }
            guard let number = Quantity(try node.text(section.path(key)))?.approximate, number >= least, number < 1e9
            else { throw ConfigurationError("\(section.path(key)) is a number from \(least) on", line: node.line) }
            return number
        }
        var (distinct, entropy, recursive): (Int, Double?, Recursive?) = (1, nil, nil)
        if let written = section["l_diversity"] {
            if case .scalar = written.value {
                distinct = try written.integer("\(name).l_diversity", in: 2...1_000_000_000)
            } else {
                let kind = try Section(written, "\(name).l_diversity", keys: ["distinct", "entropy", "recursive"])
                distinct = try kind.integer("distinct", in: 2...1_000_000_000) ?? 1
                entropy = try number(kind, "entropy", 1)
                if let node = kind["recursive"] {
                    let both = try Section(node, kind.path("recursive"), keys: ["c", "l"])
                    guard let c = try number(both, "c", 0), c > 0 else {
                        throw ConfigurationError("\(both.name) lacks c, above 0", line: node.line)
                    }
                    let l = try both.required("l").integer(both.path("l"), in: 2...1_000_000_000)
                    recursive = Recursive(c: c, l: l)
                }
            }
        }
        // Both say at least that much, and only this is sure to hold for a class that others join.
        self.distinct = max(distinct, entropy.map { Int($0.rounded(.up)) } ?? 1, recursive?.l ?? 1)
        (self.entropy, self.recursive) = (entropy, recursive)
        let distance = try section.choice("distance", of: Distance.allCases.map(\.rawValue))
        guard let t = try number(section, "t_closeness", 0) else {
            guard distance == nil else {
                throw ConfigurationError("\(name).distance has no meaning without t_closeness", line: node.line)
            }
            closeness = nil
            return
        }
        guard t <= 1 else { throw ConfigurationError("\(name).t_closeness is a number from 0 to 1", line: node.line) }
        closeness = Closeness(t: t, distance: distance.flatMap { Distance(rawValue: $0) } ?? .equal)
    }

    /// Whether a class that meets it still does after others that meet it have joined, even if one that does not joins, too.
    var isMonotone: Bool { entropy == nil && recursive == nil && closeness == nil }
}
