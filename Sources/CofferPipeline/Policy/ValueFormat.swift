/// What a value looks like, and goes on looking like when it is encrypted (docs/specs/field-encryption.md, 5.4).
public enum ValueFormat: Hashable, Sendable {
    /// Characters of an alphabet, in its order. ASCII punctuation and spaces that it does not hold stay where they are.
    case alphabet([Unicode.Scalar])
    /// A payment card's number: 12 to 19 digits, of which the last is a check digit.
    case card
    /// A Social Security number of the United States.
    case ssn
    /// A phone number; the code of the country stays.
    case phone
    /// An e-mail address; its top-level domain stays.
    case email
    /// A whole number within a range.
    case integer(ClosedRange<Int>)

    static let kinds = ["card", "ssn", "phone", "email", "integer"]

    static let digits = Array("0123456789".unicodeScalars)
    static let lowercase = Array("abcdefghijklmnopqrstuvwxyz".unicodeScalars)
    static let uppercase = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ".unicodeScalars)

    /// An alphabet by its name.
    static func alphabet(named name: String) -> [Unicode.Scalar]? {
        switch name {
        case "digits": digits
        case "letters": uppercase + lowercase
        case "alphanumeric": digits + uppercase + lowercase
        default: nil
        }
    }

    /// Whether `characters` can be an alphabet: 2 to 65 536, each once, none of them a control or a tilde, by which
    /// values that did not fit are told.
    static func isAlphabet(_ characters: [Unicode.Scalar]) -> Bool {
        (2...65_536).contains(characters.count) && Set(characters).count == characters.count
            && characters.allSatisfy { $0 != "~" && $0.properties.generalCategory != .control }
    }
}

extension ValueFormat: CustomStringConvertible {
    /// How a catalogue writes it, and what the tweak says.
    public var description: String {
        switch self {
        case .alphabet(let characters):
            var text = "alphabet "
            text.unicodeScalars.append(contentsOf: characters)
            return text
        case .card: return "card"
        case .ssn: return "ssn"
        case .phone: return "phone"
        case .email: return "email"
        case .integer(let range): return "integer \(range.lowerBound) \(range.upperBound)"
        }
    }

    /// Reads ``description``, which a catalogue brought; nil where it is none.
    init?(_ description: String) {
        switch description {
        case "card": self = .card
        case "ssn": self = .ssn
        case "phone": self = .phone
        case "email": self = .email
        default:
            let scalars = description.unicodeScalars
            if description.hasPrefix("alphabet ") {
                let characters = Array(scalars.dropFirst("alphabet ".unicodeScalars.count))
                guard Self.isAlphabet(characters) else { return nil }
                self = .alphabet(characters)
            } else {
                let parts = description.split(separator: " ", omittingEmptySubsequences: false)
                guard parts.count == 3, parts[0] == "integer", let from = Int(parts[1]), let to = Int(parts[2]),
                    from < to, description == "integer \(from) \(to)", IntegerDomain(from...to) != nil
                else { return nil }
                self = .integer(from...to)
            }
        }
    }

    /// In few words, for the plan.
    var summary: String {
        switch self {
        case .alphabet(let characters):
            for name in ["digits", "letters", "alphanumeric"] where Self.alphabet(named: name) == characters {
                return name
            }
            return "an alphabet of \(characters.count)"
        case .integer(let range): return "integer from \(range.lowerBound) to \(range.upperBound)"
        default: return description
        }
    }
}

/// The whole numbers of a range as strings of numerals for FF1: two in radix ⌈√N⌉ for up to 2^32 numbers, else four in
/// radix ⌈⁴√N⌉. So few strings stand for no number that one is seldom met on the way (cycle walking).
struct IntegerDomain: Hashable, Sendable {
    let lowerBound: Int
    /// The largest number less the smallest.
    let span: UInt64
    let radix: Int
    let count: Int

    /// Nil for under 100 numbers.
    init?(_ range: ClosedRange<Int>) {
        self.init(from: range.lowerBound, span: UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound)))
    }

    init?(from lowerBound: Int, span: UInt64) {
        guard span >= 99 else { return nil }
        self.lowerBound = lowerBound
        self.span = span
        count = span < 1 << 32 ? 2 : 4
        // The smallest radix with radix^count > span.
        var (low, high) = (2, 65_536)
        while low < high {
            let middle = (low + high) / 2
            var (power, isOver) = (UInt64(1), false)
            for _ in 0..<count {
                let (product, overflow) = power.multipliedReportingOverflow(by: UInt64(middle))
                (power, isOver) = (product, isOver || overflow)
            }
            if isOver || power > span { high = middle } else { low = middle + 1 }
        }
        radix = low
    }

    /// Whether there are a million numbers or more.
    var isLarge: Bool { span >= 999_999 }
}
