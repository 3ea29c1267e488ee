import Coffer

/// The one text a value has whatever its column's type: what deterministic encryption, pseudonyms, masks, bound values
/// and tenants' names are made of. The integer 42, the decimal 42.00 and the text "42" are the same.
///
/// Specified in docs/specs/field-encryption.md, 3.
struct CanonicalText: Sendable {
    /// Families of types that share a text form.
    enum Kind: Hashable, Sendable {
        case bytes
        case boolean
        case integer(byteCount: Int, isSigned: Bool)
        case decimal(byteCount: Int, scale: Int)
        case days, milliseconds
        case time(perSecond: Int)
        case timestamp(perSecond: Int, isZoned: Bool)
        case uuid
        case null
    }

    /// Bytes that `write` may need beside the value itself.
    static let scratchByteCount = 256

    let kind: Kind

    init(_ kind: Kind) { self.kind = kind }

    /// The text form of `field`'s values; nil where they have none (floating point, intervals, durations, nested).
    init?(_ field: Field) {
        switch field.valueType {
        case .null: kind = .null
        case .utf8, .largeUtf8, .utf8View, .binary, .largeBinary, .binaryView: kind = .bytes
        case .fixedBinary(let width): kind = width == 16 && field.valueExtension == "arrow.uuid" ? .uuid : .bytes
        case .bool: kind = .boolean
        case .int8: kind = .integer(byteCount: 1, isSigned: true)
        case .int16: kind = .integer(byteCount: 2, isSigned: true)
        case .int32: kind = .integer(byteCount: 4, isSigned: true)
        case .int64: kind = .integer(byteCount: 8, isSigned: true)
        case .uint8: kind = .integer(byteCount: 1, isSigned: false)
        case .uint16: kind = .integer(byteCount: 2, isSigned: false)
        case .uint32: kind = .integer(byteCount: 4, isSigned: false)
        case .uint64: kind = .integer(byteCount: 8, isSigned: false)
        case .decimal(_, let scale, let bits):
            guard (-76...76).contains(scale) else { return nil }
            kind = .decimal(byteCount: bits / 8, scale: scale)
        case .date32: kind = .days
        case .date64: kind = .milliseconds
        case .time(let unit): kind = .time(perSecond: unit.perSecond)
        case .timestamp(let unit, let zone): kind = .timestamp(perSecond: unit.perSecond, isZoned: zone != nil)
        default: return nil
        }
    }

    /// Whether a value is its own text, without writing anything.
    var isVerbatim: Bool { kind == .bytes }

    /// The text of `value`, written to `scratch` unless it is the value itself.
    @inline(__always)
    func write(_ value: UnsafeRawBufferPointer, _ scratch: UnsafeMutableRawPointer) -> UnsafeRawBufferPointer {
        if kind == .bytes { return unsafe value }
        return unsafe written(value, scratch)
    }

    private func written(
        _ value: UnsafeRawBufferPointer, _ scratch: UnsafeMutableRawPointer
    ) -> UnsafeRawBufferPointer {
        var text = unsafe TextCursor(scratch)
        switch kind {
        case .bytes, .null: return unsafe value
        case .boolean: text.append(unsafe value[0] == 0 ? "false" : "true")
        case .integer(4, true), .integer(8, true): text.append(unsafe value.signed)
        case .integer(_, let isSigned):
            let number = unsafe WideInteger(littleEndian: value, isSigned: isSigned)
            text.append(number, scale: 0)
        case .decimal(_, let scale): text.append(unsafe WideInteger(littleEndian: value, isSigned: true), scale: scale)
        case .days: text.append(date: unsafe value.signed)
        case .milliseconds: text.append(date: unsafe value.signed.quotientAndRemainder(floor: 86_400_000).quotient)
        case .time(let perSecond): text.append(time: unsafe value.signed, perSecond: perSecond)
        case .timestamp(let perSecond, let isZoned):
            let (day, rest) = unsafe value.signed.quotientAndRemainder(floor: 86_400 * perSecond)
            text.append(date: day)
            text.append("T")
            text.append(time: rest, perSecond: perSecond)
            if isZoned { text.append("Z") }
        case .uuid: unsafe text.append(uuid: value)
        }
        return unsafe UnsafeRawBufferPointer(start: scratch, count: text.count)
    }
}

extension ArrowType.TimeUnit {
    /// Units in a second.
    var perSecond: Int {
        switch self {
        case .second: 1
        case .millisecond: 1000
        case .microsecond: 1_000_000
        case .nanosecond: 1_000_000_000
        }
    }
}

extension UnsafeRawBufferPointer {
    /// A signed little-endian number of 4 or 8 bytes.
    fileprivate var signed: Int {
        count == 4
            ? Int(unsafe Int32(littleEndian: loadUnaligned(as: Int32.self)))
            : Int(unsafe Int64(littleEndian: loadUnaligned(as: Int64.self)))
    }
}
