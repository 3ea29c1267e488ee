extension RawSpan {
    /// Where the bytes are, for as long as the span is.
    @inline(__always)
    @unsafe var buffer: UnsafeRawBufferPointer { unsafe withUnsafeBytes { unsafe $0 } }

    /// Where the first byte is; nil only if there is none.
    @inline(__always)
    @unsafe var start: UnsafeRawPointer? { unsafe buffer.baseAddress }
}

extension OutputRawSpan {
    /// Appends a copy of `bytes`; the room must be there.
    public mutating func append(copying bytes: RawSpan) {
        unsafe appendAlways(count: bytes.byteCount) { target in
            unsafe target.copyMemory(from: bytes.start!, byteCount: bytes.byteCount)
        }
    }

    /// Has `body` write `count` bytes behind what is there. They count only when it returns true; an output without
    /// the room is refused before `body` runs.
    @unsafe mutating func append(
        count: Int, orThrow failure: CryptoError, _ body: (UnsafeMutableRawPointer) -> Bool
    ) throws(CryptoError) {
        guard count <= freeCapacity else {
            throw CryptoError(.outputTooShort, "the output has no room for the result")
        }
        let isWritten = unsafe withUnsafeMutableBytes { buffer, used in
            guard let start = buffer.baseAddress else {
                // Only an output of no capacity has no address: nothing can be written there, and nothing will be.
                return unsafe withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { unsafe body($0.baseAddress!) }
            }
            guard unsafe body(start + used) else { return false }
            used += count
            return true
        }
        guard isWritten else { throw failure }
    }
}

extension OutputRawSpan {
    /// Has `body` write `count` bytes behind what is there; the room must be there.
    @unsafe mutating func appendAlways(count: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        precondition(count <= freeCapacity, "the output has no room for the result")
        guard count > 0 else { return }
        unsafe withUnsafeMutableBytes { buffer, used in
            unsafe body(buffer.baseAddress! + used)
            used += count
        }
    }
}

extension Array where Element == UInt8 {
    /// The bytes that `body` appends, at most `byteCapacity`.
    public init<E: Error>(byteCapacity: Int, _ body: (inout OutputRawSpan) throws(E) -> Void) throws(E) {
        try self.init(capacity: byteCapacity) { (output: inout OutputSpan<UInt8>) throws(E) in
            unsafe try output.withUnsafeMutableBufferPointer { (buffer, used) throws(E) in
                let raw = UnsafeMutableRawBufferPointer(buffer)
                var span = unsafe OutputRawSpan(buffer: raw, initializedCount: 0)
                try body(&span)
                used = unsafe span.finalize(for: raw)
            }
        }
    }
}
