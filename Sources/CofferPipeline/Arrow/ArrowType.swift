/// A type of the Arrow columnar format, as the C data interface writes it (format strings).
public enum ArrowType: Hashable, Sendable {
    /// What a time, timestamp or duration counts.
    public enum TimeUnit: Character, Hashable, Sendable {
        /// The unit's letter in a format string.
        case second = "s", millisecond = "m", microsecond = "u", nanosecond = "n"
    }
    /// How a calendar interval is stored.
    public enum IntervalUnit: Character, Hashable, Sendable {
        /// The unit's letter in a format string.
        case months = "M", dayTime = "D", monthDayNano = "n"
    }

    case null, bool
    case int8, int16, int32, int64, uint8, uint16, uint32, uint64
    case float16, float32, float64
    case decimal(precision: Int, scale: Int, bitWidth: Int)
    case utf8, largeUtf8, utf8View, binary, largeBinary, binaryView
    case fixedBinary(Int)
    case date32, date64
    case time(TimeUnit)
    case timestamp(TimeUnit, zone: String?)
    case duration(TimeUnit)
    case interval(IntervalUnit)
    case list, largeList
    case fixedList(Int)
    case structure
    case map(keysSorted: Bool)
    /// A type that Coffer carries through but can't look into (unions, run ends, list views).
    case other(String)
}

extension ArrowType {
    /// Bytes a value takes; nil where values vary, nest, or are single bits.
    public var fixedWidth: Int? {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16, .float16: 2
        case .int32, .uint32, .float32, .date32: 4
        case .int64, .uint64, .float64, .date64, .timestamp, .duration: 8
        case .time(let unit): unit == .second || unit == .millisecond ? 4 : 8
        case .interval(let unit): unit == .months ? 4 : unit == .dayTime ? 8 : 16
        case .decimal(_, _, let bits): bits / 8
        case .fixedBinary(let width): width
        default: nil
        }
    }

    /// Whether values are texts or byte strings of any length.
    public var isVariable: Bool {
        switch self {
        case .utf8, .largeUtf8, .utf8View, .binary, .largeBinary, .binaryView: true
        default: false
        }
    }

    /// Whether values are texts.
    public var isText: Bool { self == .utf8 || self == .largeUtf8 || self == .utf8View }

    /// Whether it has children.
    public var isNested: Bool {
        switch self {
        case .list, .largeList, .fixedList, .structure, .map: true
        default: false
        }
    }
}
