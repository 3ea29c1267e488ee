import Testing

@testable import CofferPipeline

/// A type with values that are easy to get wrong.
struct Sample: Sendable, CustomTestStringConvertible {
    let field: Field
    let values: [[UInt8]?]
    /// The canonical texts; nil where the type has none.
    let texts: [String?]?
    var testDescription: String { field.boundType }

    init(_ type: ArrowType, _ values: [[UInt8]?], _ texts: [String?]?, extension name: String? = nil) {
        field = Field("v", type, metadata: name.map { [Field.Metadata("ARROW:extension:name", $0)] } ?? [])
        self.values = values
        self.texts = texts
    }

    static func integers<T: FixedWidthInteger & Sendable>(_ type: ArrowType, _: T.Type) -> Sample {
        Sample(
            type, [littleEndian(T.min), nil, littleEndian(T.max), littleEndian(T(42))],
            ["\(T.min)", nil, "\(T.max)", "42"])
    }

    static func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let all: [Sample] = [
        Sample(.null, [nil, nil], [nil, nil]),
        Sample(.bool, [[0], [1], nil], ["false", "true", nil]),
        integers(.int8, Int8.self), integers(.int16, Int16.self), integers(.int32, Int32.self),
        integers(.int64, Int64.self), integers(.uint8, UInt8.self), integers(.uint16, UInt16.self),
        integers(.uint32, UInt32.self), integers(.uint64, UInt64.self),
        Sample(.float16, [littleEndian(UInt16(0x7e01)), nil], nil),
        Sample(.float32, [littleEndian(Float.nan.bitPattern), littleEndian((-0.0 as Float).bitPattern), nil], nil),
        Sample(.float64, [littleEndian(Double.pi.bitPattern), nil], nil),
        Sample(
            .decimal(precision: 10, scale: 2, bitWidth: 128),
            [
                littleEndian(Int64(4200)) + [UInt8](repeating: 0, count: 8),
                littleEndian(Int64(-5)) + [UInt8](repeating: 255, count: 8), nil,
                [UInt8](repeating: 0, count: 16),
            ], ["42", "-0.05", nil, "0"]),
        Sample(
            .decimal(precision: 76, scale: 0, bitWidth: 256),
            [[UInt8](repeating: 255, count: 32), [UInt8](repeating: 0, count: 31) + [0x80]],
            ["-1", "-57896044618658097711785492504343953926634992332820282019728792003956564819968"]),
        Sample(
            .decimal(precision: 9, scale: 3, bitWidth: 32), [littleEndian(Int32(1_200)), littleEndian(Int32(7))],
            ["1.2", "0.007"]),
        Sample(
            .decimal(precision: 18, scale: -2, bitWidth: 64), [littleEndian(Int64(7)), littleEndian(Int64(0))],
            ["700", "0"]),
        Sample(.utf8, [utf8(""), utf8("héllo 🐟"), nil], ["", "héllo 🐟", nil]),
        Sample(.largeUtf8, [utf8("x"), nil], ["x", nil]),
        Sample(.binary, [[0, 255, 1], [], nil], nil), Sample(.largeBinary, [[7]], nil),
        Sample(.fixedBinary(3), [[1, 2, 3], nil], nil), Sample(.fixedBinary(0), [[], nil], nil),
        Sample(
            .fixedBinary(16), [(0..<16).map { UInt8($0 * 16) }], ["00102030-4050-6070-8090-a0b0c0d0e0f0"],
            extension: "arrow.uuid"),
        Sample(
            .date32, [littleEndian(Int32(0)), littleEndian(Int32(19_782)), littleEndian(Int32(-719_529)), nil],
            ["1970-01-01", "2024-02-29", "-0001-12-31", nil]),
        Sample(.date64, [littleEndian(Int64(-86_400_000))], ["1969-12-31"]),
        Sample(.time(.second), [littleEndian(Int32(86_399))], ["23:59:59"]),
        Sample(.time(.millisecond), [littleEndian(Int32(500))], ["00:00:00.5"]),
        Sample(.time(.microsecond), [littleEndian(Int64(1))], ["00:00:00.000001"]),
        Sample(.time(.nanosecond), [littleEndian(Int64(3_600_000_000_010))], ["01:00:00.00000001"]),
        Sample(.timestamp(.second, zone: nil), [littleEndian(Int64(1_700_000_000))], ["2023-11-14T22:13:20"]),
        Sample(
            .timestamp(.microsecond, zone: "Europe/Berlin"), [littleEndian(Int64(-1)), nil],
            ["1969-12-31T23:59:59.999999Z", nil]),
        Sample(.timestamp(.nanosecond, zone: "UTC"), [littleEndian(Int64.max)], ["2262-04-11T23:47:16.854775807Z"]),
        Sample(.duration(.millisecond), [littleEndian(Int64(5))], nil),
        Sample(.interval(.months), [littleEndian(Int32(14))], nil),
        Sample(.interval(.dayTime), [littleEndian(Int32(1)) + littleEndian(Int32(2))], nil),
        Sample(.interval(.monthDayNano), [[UInt8](repeating: 3, count: 16), nil], nil),
        Sample(.utf8, [utf8("{\"a\":1}")], nil, extension: "arrow.json"),
    ]
}
