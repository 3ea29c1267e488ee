import Coffer

/// What a bound value is, however a destination stores it: the type that is authenticated with it
/// (docs/specs/field-encryption.md, 4.4).
enum BoundClass: String, Hashable, Sendable {
    case number, boolean, text, binary, date, time, timestamp, timestamptz

    /// The class of a column's values; nil for those no cell can be bound to.
    init?(_ field: Field) {
        guard let text = CanonicalText(field) else { return nil }
        switch text.kind {
        case .integer, .decimal: self = .number
        case .boolean: self = .boolean
        case .bytes: self = field.valueType.isText ? .text : .binary
        case .uuid: self = .text
        case .days, .milliseconds: self = .date
        case .time: self = .time
        case .timestamp(_, let isZoned): self = isZoned ? .timestamptz : .timestamp
        case .null: return nil
        }
    }

    /// The canonical text of a value that another system wrote as `text`; nil where it is no such value.
    func normalized(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        var parser = unsafe TextParser(text)
        func rendered(_ write: (inout TextCursor) -> Void) -> [UInt8] {
            unsafe withUnsafeTemporaryAllocation(byteCount: CanonicalText.scratchByteCount, alignment: 8) { scratch in
                var cursor = unsafe TextCursor(scratch.baseAddress!)
                write(&cursor)
                return unsafe Array(scratch.prefix(cursor.count))
            }
        }
        switch self {
        case .text, .binary: return unsafe Array(text)
        case .number: return parser.normalizedNumber()
        case .boolean:
            switch unsafe String(decoding: text, as: UTF8.self).lowercased() {
            case "true", "t", "1": return Array("true".utf8)
            case "false", "f", "0": return Array("false".utf8)
            default: return nil
            }
        case .date:
            guard let days = parser.date() else { return nil }
            return parser.isAtEnd ? rendered { $0.append(date: days) } : nil
        case .time:
            guard let time = parser.time(), parser.isAtEnd else { return nil }
            return rendered { $0.append(time: time, perSecond: 1_000_000_000) }
        case .timestamp, .timestamptz:
            guard let (seconds, nanoseconds) = parser.timestamp() else { return nil }
            let zone = self == .timestamptz ? parser.zone() : 0
            guard let zone, parser.isAtEnd else { return nil }
            let (day, second) = (seconds - zone).quotientAndRemainder(floor: 86_400)
            return rendered { cursor in
                cursor.append(date: day)
                cursor.append("T")
                cursor.append(time: second * 1_000_000_000 + nanoseconds, perSecond: 1_000_000_000)
                if self == .timestamptz { cursor.append("Z") }
            }
        }
    }
}

extension TextParser {
    /// Takes a number to the end of the text, without zeros that say nothing.
    fileprivate mutating func normalizedNumber() -> [UInt8]? {
        let isNegative = take("-")
        guard let digits = digits() else { return nil }
        let fraction = take(".") ? self.digits() : []
        guard let fraction, isAtEnd else { return nil }
        let zero = UInt8(ascii: "0")
        var whole = Array(digits.drop { $0 == zero })
        if whole.isEmpty { whole = [zero] }
        var rest = Array(fraction)
        while rest.last == zero { rest.removeLast() }
        let sign = isNegative && (whole != [zero] || !rest.isEmpty) ? [UInt8(ascii: "-")] : []
        return sign + whole + (rest.isEmpty ? [] : [UInt8(ascii: ".")] + rest)
    }
}
