import Coffer

/// How values become coarser: fewer of them stand for more people.
public struct Generalization: Hashable, Sendable {
    /// What is done.
    public enum Form: Hashable, Sendable {
        /// Numbers to ranges, rounded, or cut off.
        case numbers(NumberRule)
        /// Dates to the beginning of a period; as text where `asText`.
        case period(Period, asText: Bool)
        /// Dates moved by a constant of each subject, at most `days`; `by` is the column that tells subjects apart.
        case shift(days: Int, by: String, ProtectionRule.Domain)
        /// The first characters.
        case prefix(Int)
        /// The network of an IP address, by its bits.
        case network(v4: Int, v6: Int)
        /// Categories for values.
        case categories(Categories)
        /// `*` for every value, and for null. Only a release takes it.
        case all
    }

    /// What is done to numbers.
    public struct NumberRule: Hashable, Sendable {
        /// What a number becomes.
        public enum Shape: Hashable, Sendable {
            /// The range of this width that it is in, counted from 0.
            case bucket(Quantity)
            /// The range between two of these bounds, or beyond the outermost.
            case ranges([Quantity])
            /// The nearest multiple.
            case round(Quantity)
            /// Itself.
            case same
        }
        /// What a number becomes.
        public let shape: Shape
        /// What all numbers below become; nil: nothing is cut off.
        public let bottom: Quantity?
        /// What all numbers above become; nil: nothing is cut off.
        public let top: Quantity?
    }

    /// A stretch of the calendar.
    public enum Period: String, Hashable, Sendable, CaseIterable {
        /// Its name in a pipeline file. Weeks begin on Monday.
        case day, week, month, quarter, year, decade
    }

    /// Which category a value belongs to.
    public struct Categories: Hashable, Sendable {
        /// By the value's text.
        public let table: [String: String]
        /// The category of all values that are not in the table.
        public let other: String?
    }

    /// What is done.
    public let form: Form
    /// Whether a value that can't be taken becomes null. Otherwise it ends the run.
    public let nullsMisfits: Bool

    /// The domain of a shift.
    var shiftDomain: ProtectionRule.Domain? { if case .shift(_, _, let domain) = form { domain } else { nil } }

    /// In few words, for the plan.
    var summary: String {
        switch form {
        case .numbers(let rule):
            let cut = [rule.bottom.map { "from \($0)" }, rule.top.map { "up to \($0)" }].compactMap { $0 }
            let shape =
                switch rule.shape {
                case .bucket(let step): "to ranges of \(step)"
                case .ranges(let bounds): "to \(bounds.count + 1) ranges"
                case .round(let step): "rounded to \(step)"
                case .same: ""
                }
            return ([shape] + cut).filter { !$0.isEmpty }.joined(separator: ", ")
        case .period(let period, _): return "to \(period.rawValue)"
        case .shift(let days, let subject, _): return "shifted by up to \(days) days, by \(subject)"
        case .prefix(let count): return "to \(count) characters"
        case .network(let v4, let v6): return "to networks /\(v4) and /\(v6)"
        case .categories(let categories): return "to \(Set(categories.table.values).count) categories"
        case .all: return "to *"
        }
    }
}

extension Generalization {
    private static let forms = ["bucket", "ranges", "round", "to", "shift", "prefix", "ip", "hierarchy", "groups"]
    private static let options = [
        "bucket": ["top", "bottom"], "round": ["top", "bottom"], "to": ["as"], "hierarchy": ["level", "other"],
        "groups": ["other"],
    ]
    static let keys = forms + ["top", "bottom", "as", "level", "other", "on_misfit"]

    /// Reads the options; a hierarchy's file is found from `folder` on.
    init(_ section: Section, folder: String) throws(ConfigurationError) {
        nullsMisfits = try section.misfit(of: [.refuse, .null]) == .null
        let written = Self.forms.filter { section[$0] != nil }
        guard written.count <= 1, !written.isEmpty || section["top"] != nil || section["bottom"] != nil else {
            throw ConfigurationError(
                "\(section.name) takes exactly one of \(Self.forms.joined(separator: ", ")), or top and bottom",
                line: section.line, hint: "write it as { generalize: { to: year } }")
        }
        let form = written.first
        let allowed = (form.map { Self.options[$0] ?? [] } ?? ["top", "bottom"]) + ["on_misfit"] + written
        for key in Self.keys where !allowed.contains(key) {
            guard let node = section[key] else { continue }
            throw ConfigurationError(
                "\(section.path(key)) has no meaning with \(form ?? "top and bottom")", line: node.line)
        }
        switch form {
        case "to":
            let name = try section.choice("to", of: Period.allCases.map(\.rawValue)) ?? ""
            let asText = try section.choice("as", of: ["date", "text"]) == "text"
            self.form = .period(Period(rawValue: name) ?? .year, asText: asText)
        case "shift":
            let shift = try Section(
                try section.required("shift"), section.path("shift"), keys: ["days", "by", "domain", "mac_key"])
            self.form = .shift(
                days: try shift.required("days").integer(shift.path("days"), in: 1...36_500),
                by: try shift.required("by").text(shift.path("by")), try ProtectionRule.domain(shift))
        case "prefix": self.form = .prefix(try section.required("prefix").integer(section.path("prefix"), in: 1...1000))
        case "ip": self.form = try Self.network(section)
        case "hierarchy": self.form = .categories(try Hierarchy.read(section, folder: folder))
        case "groups": self.form = .categories(try Hierarchy.groups(section))
        default: self.form = .numbers(try NumberRule(section))
        }
    }

    private static func network(_ section: Section) throws(ConfigurationError) -> Form {
        let node = try section.required("ip")
        if node.isNull { return .network(v4: 24, v6: 48) }
        let bits = try Section(node, section.path("ip"), keys: ["v4", "v6"])
        return .network(
            v4: try bits.integer("v4", in: 0...31) ?? 24, v6: try bits.integer("v6", in: 0...127) ?? 48)
    }
}

extension Generalization.NumberRule {
    /// Ranges of `bucket`, with the section's `bottom` and `top`.
    init(bucket: Quantity, _ section: Section) throws(ConfigurationError) {
        let (bottom, top) = try Self.ends(section)
        try Self.check(bottom, top, on: bucket, section)
        self.init(shape: .bucket(bucket), bottom: bottom, top: top)
    }

    private static func ends(_ section: Section) throws(ConfigurationError) -> (Quantity?, Quantity?) {
        let (bottom, top) = (try quantity(section, "bottom"), try quantity(section, "top"))
        if let bottom, let top, !bottom.isBelow(top) {
            throw ConfigurationError("\(section.path("bottom")) is not below top", line: section.line)
        }
        return (bottom, top)
    }

    private static func check(
        _ bottom: Quantity?, _ top: Quantity?, on bucket: Quantity, _ section: Section
    ) throws(ConfigurationError) {
        for edge in [bottom, top].compactMap({ $0 }) where !edge.isMultiple(of: bucket) {
            throw ConfigurationError(
                "\(section.name) cuts a range in two: bottom and top are multiples of bucket", line: section.line)
        }
    }

    fileprivate init(_ section: Section) throws(ConfigurationError) {
        let (bottom, top) = try Self.ends(section)
        let bucket = try Self.quantity(section, "bucket")
        let rounded = try Self.quantity(section, "round")
        if let step = bucket ?? rounded {
            guard step.units > 0 else {
                throw ConfigurationError("\(section.name) needs a step above 0", line: section.line)
            }
            let isBucket = bucket != nil
            if isBucket { try Self.check(bottom, top, on: step, section) }
            shape = isBucket ? .bucket(step) : .round(step)
        } else if let node = section["ranges"] {
            var bounds: [Quantity] = []
            for text in try node.texts(section.path("ranges")) {
                guard let bound = Quantity(text), bounds.last.map({ $0.isBelow(bound) }) ?? true else {
                    throw ConfigurationError(
                        "\(section.path("ranges")) are numbers that grow", line: node.line,
                        hint: "write them as [0, 18, 30, 65]")
                }
                bounds.append(bound)
            }
            guard (1...10_000).contains(bounds.count) else {
                throw ConfigurationError("\(section.path("ranges")) has 1 to 10000 bounds", line: node.line)
            }
            shape = .ranges(bounds)
        } else {
            shape = .same
        }
        (self.bottom, self.top) = (bottom, top)
    }

    private static func quantity(_ section: Section, _ key: String) throws(ConfigurationError) -> Quantity? {
        guard let node = section[key] else { return nil }
        guard let quantity = Quantity(try node.text(section.path(key))) else {
            throw ConfigurationError(
                "\(section.path(key)) is no number", line: node.line, hint: "write it in digits: 10, -5, 0.25")
        }
        return quantity
    }

    /// The digits after the point that its numbers need.
    var scale: Int {
        let numbers: [Quantity] =
            switch shape {
            case .bucket(let step), .round(let step): [step]
            case .ranges(let bounds): bounds
            case .same: []
            }
        return (numbers + [bottom, top].compactMap { $0 }).map(\.scale).max() ?? 0
    }
}

extension Quantity {
    func isBelow(_ other: Quantity) -> Bool {
        let scale = max(scale, other.scale)
        guard let mine = units(scale: scale), let theirs = other.units(scale: scale) else { return false }
        return mine < theirs
    }

    func isMultiple(of step: Quantity) -> Bool {
        let scale = max(scale, step.scale)
        guard let mine = units(scale: scale), let theirs = step.units(scale: scale) else { return false }
        return mine % theirs == 0
    }
}
