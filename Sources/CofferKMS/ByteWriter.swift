import Coffer

/// Builds byte strings that can be taken apart in one way only: big-endian numbers, length-prefixed fields.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    /// Starts with `label` as a field, so that strings of different purposes never coincide.
    init(_ label: String) { field(label.utf8) }

    /// A u32 length and the bytes: “lp” in the specifications.
    mutating func field(_ field: some Collection<UInt8>) {
        bytes.append(bigEndian: UInt32(field.count))
        bytes += field
    }

    /// A u64.
    mutating func number(_ number: Int64) { bytes.append(bigEndian: number) }
}
