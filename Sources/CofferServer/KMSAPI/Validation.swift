import Coffer
import CofferCrypto

/// Checks values against their declarations and words what is wrong with them as AWS does: all of it at once.
struct Validation {
    private var errors: [String] = []
    private(set) var blobs: [(name: String, bytes: [UInt8])] = []

    /// The one sentence for everything that was found.
    var failure: Failure? {
        guard !errors.isEmpty else { return nil }
        let count = errors.count == 1 ? "1 validation error" : "\(errors.count) validation errors"
        return .validation("\(count) detected: \(errors.joined(separator: "; "))")
    }

    /// Checks the members of `object`, whose own path ends in a dot or is empty.
    mutating func check(_ object: JSON, _ members: [Member], at path: String) throws(Failure) {
        for member in members {
            let value = object[member.name] ?? .null
            let place = path.isEmpty ? member.path : path + member.path
            if value == .null {
                if member.isRequired { refuse("Value null", place, "Member must not be null") }
                continue
            }
            try check(value, member.kind, place, topName: path.isEmpty ? member.name : nil)
        }
    }

    private mutating func refuse(_ value: String, _ place: String, _ rule: String) {
        // A request of many wrong members is not answered with a longer answer than it is.
        guard errors.count < 100 else { return }
        errors.append("\(value) at '\(place)' failed to satisfy constraint: \(rule)")
    }

    private mutating func refuse(text: String, _ place: String, _ rule: String) {
        refuse("Value '\(text)'", place, rule)
    }

    private mutating func check(
        _ value: JSON, _ kind: Member.Kind, _ place: String, topName: String?
    ) throws(Failure) {
        switch kind {
        case .text(let range, let pattern):
            guard let text = value.string else { throw .wrongType(value, "a String") }
            checkLength(text.unicodeScalars.count, range, "Value '\(text)'", place)
            if let pattern, !pattern.matches(text) {
                refuse(text: text, place, "Member must satisfy regular expression pattern: \(pattern.expression)")
            }
        case .choice(let choice):
            guard let text = value.string else { throw .wrongType(value, "a String") }
            if !choice.accepted.contains(text) { refuse(text: text, place, Self.set(choice)) }
        case .integer(let range):
            guard case .number(let digits) = value else { throw .wrongType(value, "an Integer") }
            guard let number = Input.integer(digits) else { throw .wrongType(value, "an Integer") }
            if number < range.lowerBound {
                refuse(text: digits, place, "Member must have value greater than or equal to \(range.lowerBound)")
            } else if number > range.upperBound {
                refuse(text: digits, place, "Member must have value less than or equal to \(range.upperBound)")
            }
        case .boolean:
            guard value.bool != nil else { throw .wrongType(value, "a Boolean") }
        case .timestamp:
            guard case .number(let digits) = value, let number = Double(digits), abs(number) < 1e12 else {
                throw .wrongType(value, "a Timestamp")
            }
        case .blob(let range):
            guard let text = value.string else { throw .wrongType(value, "a ByteBuffer") }
            let bytes: [UInt8]
            do { bytes = try Base64.decode(text) } catch {
                throw .serialization("a blob is not base64")
            }
            checkLength(bytes.count, range, "Value", place)
            if let topName { blobs.append((topName, bytes)) }
        case .texts(let each, let count):
            guard let elements = value.array else { throw .wrongType(value, "a List") }
            try check(elements, each, count, place)
        case .map:
            guard let pairs = value.members else { throw .wrongType(value, "a Map") }
            var length = 0
            for pair in pairs {
                guard let text = pair.value.string else { throw .wrongType(pair.value, "a String") }
                length += pair.name.utf8.count + text.utf8.count
            }
            // It is on the record of every use.
            checkLength(length, 0...8192, "Value", place)
        case .structure(let members):
            guard value.members != nil else { throw .wrongType(value, "a Structure") }
            try check(value, members, at: place + ".")
        case .structures(let members):
            guard let elements = value.array else { throw .wrongType(value, "a List") }
            for (i, element) in elements.enumerated() {
                guard element.members != nil else { throw .wrongType(element, "a Structure") }
                try check(element, members, at: "\(place).\(i + 1).member.")
            }
        }
    }

    private mutating func check(
        _ elements: [JSON], _ each: Member.Kind, _ count: ClosedRange<Int>?, _ place: String
    ) throws(Failure) {
        let texts = elements.compactMap(\.string)
        guard texts.count == elements.count else { throw .wrongType(elements.first ?? .null, "a String") }
        let list = "Value '[\(texts.joined(separator: ", "))]'"
        if let count { checkLength(elements.count, count, list, place) }
        switch each {
        case .choice(let choice):
            if texts.contains(where: { !choice.accepted.contains($0) }) {
                refuse(list, place, "Member must satisfy constraint: [\(Self.set(choice))]")
            }
        case .text(let range, _):
            if let text = texts.first(where: { !range.contains($0.unicodeScalars.count) }) {
                let rules = [
                    text.unicodeScalars.count < range.lowerBound
                        ? "Member must have length greater than or equal to \(range.lowerBound)"
                        : "Member must have length less than or equal to \(range.upperBound)"
                ]
                refuse(list, place, "Member must satisfy constraint: [\(rules.joined(separator: ", "))]")
            }
        default: break
        }
    }

    private mutating func checkLength(_ length: Int, _ range: ClosedRange<Int>, _ value: String, _ place: String) {
        if length < range.lowerBound {
            refuse(value, place, "Member must have length greater than or equal to \(range.lowerBound)")
        } else if length > range.upperBound {
            refuse(value, place, "Member must have length less than or equal to \(range.upperBound)")
        }
    }

    private static func set(_ choice: Choice) -> String {
        "Member must satisfy enum value set: [\(choice.told.joined(separator: ", "))]"
    }
}

extension Failure {
    /// The value is of another kind than the member.
    fileprivate static func wrongType(_ value: JSON, _ wanted: String) -> Failure {
        let found =
            switch value {
            case .null: "NULL_VALUE"
            case .bool(let value): value ? "TRUE_VALUE" : "FALSE_VALUE"
            case .number: "NUMBER_VALUE"
            case .string: "STRING_VALUE"
            case .array: "START_ARRAY"
            case .object: "START_OBJECT"
            }
        return .serialization("\(found) can not be converted to \(wanted)")
    }
}
