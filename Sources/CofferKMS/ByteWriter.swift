/// Builds byte strings that can be taken apart in one way only: big-endian numbers, length-prefixed fields.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    /// Starts with `label` as a field, so that strings of different purposes never coincide.
    init(_ label: String) { field(label.utf8) }

    /// A u32 length and the bytes: “lp” in the specifications.
    mutating func field(_ field: some Collection<UInt8>) {
        let count = UInt32(field.count)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: count >> UInt32(shift))) }
        bytes += field
    }

    /// A u64.
    mutating func number(_ number: Int64) { bytes += Self.bytes(of: number) }

    /// The eight bytes of `number`.
    static func bytes(of number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> Int64(56 - 8 * $0)) }
    }
}
