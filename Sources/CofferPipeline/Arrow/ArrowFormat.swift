extension ArrowType {
    private static let plain: [(String, ArrowType)] = [
        ("n", .null), ("b", .bool), ("c", .int8), ("C", .uint8), ("s", .int16), ("S", .uint16), ("i", .int32),
        ("I", .uint32), ("l", .int64), ("L", .uint64), ("e", .float16), ("f", .float32), ("g", .float64),
        ("z", .binary), ("Z", .largeBinary), ("vz", .binaryView), ("u", .utf8), ("U", .largeUtf8), ("vu", .utf8View),
        ("tdD", .date32), ("tdm", .date64), ("+l", .list), ("+L", .largeList), ("+s", .structure),
    ]
    private static let byFormat = Dictionary(uniqueKeysWithValues: plain)
    private static let byType = Dictionary(uniqueKeysWithValues: plain.map { ($1, $0) })

    /// The type a format string of the C data interface names; ``other(_:)`` where Coffer doesn't know it.
    public init(format: String) {
        self = Self.byFormat[format] ?? Self.parametric(format) ?? .other(format)
    }

    /// The type's format string.
    public var format: String {
        switch self {
        case .decimal(let precision, let scale, let bits):
            bits == 128 ? "d:\(precision),\(scale)" : "d:\(precision),\(scale),\(bits)"
        case .fixedBinary(let width): "w:\(width)"
        case .time(let unit): "tt\(unit.rawValue)"
        case .timestamp(let unit, let zone): "ts\(unit.rawValue):\(zone ?? "")"
        case .duration(let unit): "tD\(unit.rawValue)"
        case .interval(let unit): "ti\(unit.rawValue)"
        case .fixedList(let size): "+w:\(size)"
        case .map: "+m"
        case .other(let format): format
        default: Self.byType[self] ?? "n"
        }
    }

    /// Formats that carry a unit or numbers.
    private static func parametric(_ format: String) -> ArrowType? {
        if format == "+m" { return .map(keysSorted: false) }
        if format.hasPrefix("w:") { return Int(format.dropFirst(2)).flatMap { $0 >= 0 ? .fixedBinary($0) : nil } }
        if format.hasPrefix("+w:") { return Int(format.dropFirst(3)).flatMap { $0 >= 0 ? .fixedList($0) : nil } }
        if format.hasPrefix("d:") {
            let numbers = format.dropFirst(2).split(separator: ",").map { Int($0) }
            guard (2...3).contains(numbers.count), let precision = numbers[0], let scale = numbers[1] else {
                return nil
            }
            guard let bits = numbers.count == 3 ? numbers[2] : 128, [32, 64, 128, 256].contains(bits) else {
                return nil
            }
            return .decimal(precision: precision, scale: scale, bitWidth: bits)
        }
        guard format.count >= 3, let letter = format.dropFirst(2).first else { return nil }
        if format.hasPrefix("ts"), format.dropFirst(3).first == ":" {
            let zone = String(format.dropFirst(4))
            return TimeUnit(rawValue: letter).map { .timestamp($0, zone: zone.isEmpty ? nil : zone) }
        }
        guard format.count == 3 else { return nil }
        if format.hasPrefix("tt") { return TimeUnit(rawValue: letter).map { .time($0) } }
        if format.hasPrefix("tD") { return TimeUnit(rawValue: letter).map { .duration($0) } }
        if format.hasPrefix("ti") { return IntervalUnit(rawValue: letter).map { .interval($0) } }
        return nil
    }
}
