import Synchronization

/// Names of ranges, each written when it is first needed and kept for all batches of a run: a batch borrows a table of them that
/// nobody else has, so that looking one up takes no lock.
final class RangeNames: Sendable {
    private let numbers: NumberGeneralizer
    private let idle = Mutex<[Table]>([])

    init(_ numbers: NumberGeneralizer) { self.numbers = numbers }

    /// Lends a table for a batch.
    @inline(__always)
    func lend<T>(_ body: (Table) throws -> T) rethrows -> T {
        let table = idle.withLock { $0.popLast() } ?? Table(numbers)
        defer { idle.withLock { $0.append(table) } }
        return try body(table)
    }

    /// Names by their range's place: as many as it holds, each in a slot of its own where ranges lie together.
    @safe final class Table: @unchecked Sendable {
        private static let slots = 4096
        /// Bytes of a slot: the place, the length, the name.
        private static let (width, nameStart) = (128, 24)
        private let memory = Buffer(byteCount: slots * width)
        private let numbers: NumberGeneralizer

        fileprivate init(_ numbers: NumberGeneralizer) { self.numbers = numbers }

        /// What the range at a place is called. Valid until the next call.
        @inline(__always)
        func name(_ range: Int128) -> UnsafeRawBufferPointer {
            let slot = unsafe memory.start + (Int(truncatingIfNeeded: range) & (Self.slots - 1)) * Self.width
            var count = unsafe slot.load(fromByteOffset: 16, as: Int.self)
            if unsafe count == 0 || slot.load(as: Int128.self) != range { count = unsafe write(range, slot) }
            return unsafe UnsafeRawBufferPointer(start: slot + Self.nameStart, count: count)
        }

        private func write(_ range: Int128, _ slot: UnsafeMutableRawPointer) -> Int {
            let name = Array(numbers.name(range).utf8)
            precondition(name.count <= Self.width - Self.nameStart, "numbers have at most 40 digits")
            unsafe slot.storeBytes(of: range, as: Int128.self)
            unsafe slot.storeBytes(of: name.count, toByteOffset: 16, as: Int.self)
            unsafe name.withUnsafeBytes {
                unsafe (slot + Self.nameStart).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
            }
            return name.count
        }
    }
}
