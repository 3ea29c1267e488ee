package import Coffer

/// A recognizer of the user's own: an entity with a pattern, names of columns, or both.
package struct OwnRecognizer: Sendable {
    /// A check that a match must pass.
    enum Checksum: String, CaseIterable {
        case luhn, mod97, verhoeff
    }

    /// The entity's name.
    package let name: String
    let matcher: PatternMatcher?
    let columnNames: [String]
    let checksum: Checksum?
    let confidence: Int

    /// Recognizers that a file may have.
    static let limit = 32

    /// Reads a list of recognizers: the value of `recognizers:`.
    package static func parse(_ node: Node) throws(ConfigurationError) -> [OwnRecognizer] {
        var recognizers: [OwnRecognizer] = []
        for entry in try node.list("recognizers") { recognizers.append(try OwnRecognizer(entry)) }
        let names = recognizers.map(\.name)
        guard recognizers.count <= limit, Set(names).count == names.count else {
            throw ConfigurationError(
                "recognizers are at most \(limit), each with a name of its own", line: node.line)
        }
        return recognizers
    }

    private init(_ node: Node) throws(ConfigurationError) {
        let section = try Section(
            node, "recognizers", keys: ["name", "pattern", "column_names", "checksum", "confidence"])
        let name = try section.required("name").text("recognizers.name")
        self.name = name
        let isName = name.utf8.allSatisfy { $0.isNumeral || $0.isLatin && !$0.isCapital || $0 == 0x5f }
        guard isName, (1...40).contains(name.utf8.count), !Entity.allCases.contains(where: { $0.name == name }) else {
            throw ConfigurationError(
                "a recognizer's name has small letters, digits and _, and is none of the built-in ones",
                line: section["name"]?.line, hint: "write it as employee_number")
        }
        let columnNames = try section.texts("column_names") ?? []
        let pattern = section["pattern"]
        let matcher = try pattern.map { (node) throws(ConfigurationError) in
            try PatternMatcher(try node.text("recognizers.pattern"), line: node.line)
        }
        self.matcher = matcher
        self.columnNames = columnNames
        checksum = try section.choice("checksum", of: Checksum.allCases.map(\.rawValue)).flatMap {
            Checksum(rawValue: $0)
        }
        confidence = try Self.confidence(section)
        guard matcher != nil || !columnNames.isEmpty else {
            throw ConfigurationError(
                "the recognizer \(name) has neither a pattern nor column_names", line: section.line,
                hint: "write pattern: 'EMP-\\d{6}', or column_names: [employee_number]")
        }
    }

    private static func confidence(_ section: Section) throws(ConfigurationError) -> Int {
        guard let text = try section.text("confidence") else { return 80 }
        guard let number = Double(text), number > 0, number <= 1 else {
            throw ConfigurationError(
                "recognizers.confidence is a number above 0, up to 1", line: section["confidence"]?.line,
                hint: "write it as 0.8")
        }
        return Int((number * 99).rounded())
    }
}

/// The pattern of a recognizer of the user's own, as a scanner uses it.
struct OwnPattern: Sendable {
    private let kind: UInt8
    private let recognizer: OwnRecognizer
    private let matcher: PatternMatcher

    /// Nil for a recognizer by names of columns alone.
    init?(_ recognizer: OwnRecognizer, number: Int) {
        guard let matcher = recognizer.matcher else { return nil }
        (kind, self.recognizer, self.matcher) = (Found.own + UInt8(number), recognizer, matcher)
    }

    /// Calls `found` with each match that stands alone and passes the check.
    func find(in text: Span<UInt8>, found: (Found) -> Void) {
        var at = 0
        while at < text.count {
            let isStart = at == 0 || !text[at - 1].isWord || !text[at].isWord
            guard isStart, matcher.mayBegin(with: text[at]), let end = matcher.match(text, at: at) else {
                at += 1
                continue
            }
            if passes(text, at, end) { found(Found(kind, recognizer.confidence, at, end)) }
            at = end
        }
    }

    private func passes(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        switch recognizer.checksum {
        case nil: return true
        case .mod97: return LetteredID.mod97(text, start, end)
        case .luhn, .verhoeff:
            var digits = Digits()
            for i in start..<end where text[i].isNumeral {
                guard digits.extend(text[i]) else { return false }
            }
            guard digits.count > 1 else { return false }
            let run = DigitRun(digits, 0, through: 0)
            return recognizer.checksum == .luhn ? run.passesLuhn() : run.passesVerhoeff
        }
    }
}
