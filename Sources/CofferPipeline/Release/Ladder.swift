import Coffer

/// How the values of a quasi-identifier become coarser, level by level: as they are, each ``rungs`` coarser than the one
/// before, and at last all the same.
package struct Ladder: Hashable, Sendable {
    /// The levels above the values themselves, the last of which is `*` for every value.
    let rungs: [Generalization]

    /// Levels with the values themselves.
    var levelCount: Int { rungs.count + 1 }

    /// What is done at a level; nil where values stay as they are.
    func rung(_ level: Int) -> Generalization? { level == 0 ? nil : rungs[level - 1] }

    /// A level in few words: `as it is`, `to ranges of 10`, `to *`.
    func summary(_ level: Int) -> String { rung(level)?.summary ?? "as it is" }

    /// The rule of a column that is released at a level.
    func rule(_ level: Int) -> ProtectionRule { rung(level).map { .generalize($0) } ?? .keep }

    init(_ forms: [Generalization.Form]) {
        rungs = (forms + [.all]).map { Generalization(form: $0, nullsMisfits: false) }
    }
}

extension Ladder {
    private static let words = ["hide", "date", "zip", "ip"]
    private static let forms = ["bucket", "to", "prefix", "ip", "hierarchy", "groups"]
    private static let options = ["bucket": ["top", "bottom"], "hierarchy": ["other"], "groups": ["other"]]
    private static let hint = """
        write hide, date, zip or ip, or levels: { bucket: [5, 10, 20] }, { to: [month, year] }, { prefix: [4, 3] }, \
        { hierarchy: jobs.csv }, { groups: { west: [CA, OR] } }
        """

    /// Reads what stands behind a column's name, and the weight of its loss; `name` is for errors.
    static func read(_ node: Node, _ name: String, folder: String) throws(ConfigurationError) -> (Ladder, Quantity) {
        var weight = Quantity.one
        if case .scalar(let word, _) = node.value { return (try built(word, name, node.line), weight) }
        let keys = forms + ["top", "bottom", "other", "weight"]
        let section = try Section(node, name, keys: keys)
        if let written = section["weight"] {
            guard let number = Quantity(try written.text(section.path("weight"))), number.units > 0,
                number.isBelow(Quantity.thousand)
            else {
                throw ConfigurationError(
                    "\(section.path("weight")) is a number above 0 and below 1000", line: written.line)
            }
            weight = number
        }
        let written = forms.filter { section[$0] != nil }
        guard written.count == 1, let form = written.first, let value = section[form] else {
            throw ConfigurationError(
                "\(name) takes exactly one of \(forms.joined(separator: ", "))", line: node.line, hint: hint)
        }
        for key in ["top", "bottom", "other"] where !(options[form] ?? []).contains(key) {
            guard let misplaced = section[key] else { continue }
            throw ConfigurationError("\(section.path(key)) has no meaning with \(form)", line: misplaced.line)
        }
        return (try read(form, value, section, folder: folder), weight)
    }

    private static func built(_ word: String, _ name: String, _ line: Int) throws(ConfigurationError) -> Ladder {
        switch word {
        case "hide": return Ladder([])
        case "date": return Ladder([.month, .quarter, .year, .decade].map { .period($0, asText: true) })
        case "zip": return Ladder([4, 3, 2, 1].map { .prefix($0) })
        case "ip": return Ladder([24, 16, 8].map { .network(v4: $0, v6: $0 * 2) })
        default:
            throw ConfigurationError(
                "\(name): “\(word)” is no ladder", line: line,
                hint: Suggestion.nearest(to: word, among: words).map { "did you mean \($0)?" } ?? hint)
        }
    }

    private static func read(
        _ form: String, _ node: Node, _ section: Section, folder: String
    ) throws(ConfigurationError) -> Ladder {
        let name = section.path(form)
        switch form {
        case "bucket": return Ladder(try buckets(node, section))
        case "to":
            let order: [Generalization.Period] = [.day, .month, .quarter, .year, .decade]
            let names = try node.texts(name)
            let periods = names.compactMap { Generalization.Period(rawValue: $0) }
            let places = periods.compactMap { order.firstIndex(of: $0) }
            guard places.count == names.count, !places.isEmpty, isRising(places) else {
                throw ConfigurationError(
                    "\(name) is a list of \(order.map(\.rawValue).joined(separator: ", ")), each longer than the one before",
                    line: node.line, hint: "write it as [month, year]")
            }
            return Ladder(periods.map { .period($0, asText: true) })
        case "prefix":
            let counts = try integers(node, name, 1...1000)
            guard isRising(counts.reversed()) else {
                throw ConfigurationError(
                    "\(name) is a list of lengths, each shorter than the one before", line: node.line)
            }
            return Ladder(counts.map { .prefix($0) })
        case "ip":
            let bits = try integers(node, name, 1...31)
            guard isRising(bits.reversed()) else {
                throw ConfigurationError("\(name) is a list of bits, each fewer than the ones before", line: node.line)
            }
            return Ladder(bits.map { .network(v4: $0, v6: $0 * 2) })
        case "hierarchy": return Ladder(try Hierarchy.levels(section, folder: folder).map { .categories($0) })
        default: return Ladder(try Hierarchy.nestedGroups(section).map { .categories($0) })
        }
    }

    /// Ranges, each a multiple of the one before; one width alone is doubled four times.
    private static func buckets(
        _ node: Node, _ section: Section
    ) throws(ConfigurationError) -> [Generalization.Form] {
        let name = section.path("bucket")
        var widths: [Quantity] = []
        for text in try node.texts(name) {
            guard let width = Quantity(text), width.units > 0,
                widths.last.map({ $0.isBelow(width) && width.isMultiple(of: $0) }) ?? true
            else {
                throw ConfigurationError(
                    "\(name) is a list of widths, each a multiple of the one before", line: node.line,
                    hint: "write it as [5, 10, 20, 40], or as one width that is doubled")
            }
            widths.append(width)
        }
        if case .scalar = node.value, let first = widths.first {
            widths = [1, 2, 4, 8, 16].compactMap { Quantity(Quantity.text(first.units * $0, scale: first.scale)) }
        }
        guard (1...100).contains(widths.count) else {
            throw ConfigurationError("\(name) has 1 to 100 widths", line: node.line)
        }
        var forms: [Generalization.Form] = []
        for width in widths { forms.append(.numbers(try Generalization.NumberRule(bucket: width, section))) }
        return forms
    }

    private static func integers(
        _ node: Node, _ name: String, _ range: ClosedRange<Int>
    ) throws(ConfigurationError) -> [Int] {
        var numbers: [Int] = []
        for text in try node.texts(name) {
            guard let number = Int(text), range.contains(number) else {
                throw ConfigurationError(
                    "\(name) has numbers from \(range.lowerBound) to \(range.upperBound)", line: node.line)
            }
            numbers.append(number)
        }
        guard !numbers.isEmpty else { throw ConfigurationError("\(name) is empty", line: node.line) }
        return numbers
    }

    private static func isRising(_ numbers: some Sequence<Int>) -> Bool {
        let numbers = Array(numbers)
        return zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
    }
}

extension Quantity {
    /// 1.
    static let one = Quantity(units: 1, scale: 0)
    /// 1000.
    static let thousand = Quantity(units: 1000, scale: 0)

    /// As near as floating point comes.
    var approximate: Double {
        var power = 1.0
        for _ in 0..<scale { power *= 10 }
        return Double(units) / power
    }
}
