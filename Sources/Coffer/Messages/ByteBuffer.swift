/// A block of bytes on the heap that is used again for every batch.
@safe final class ByteBuffer {
    private(set) var start: UnsafeMutableRawPointer
    let capacity: Int
    /// How many bytes count.
    var count = 0

    init(capacity: Int) {
        self.capacity = capacity
        unsafe start = .allocate(byteCount: max(capacity, 1), alignment: 64)
    }

    deinit { unsafe start.deallocate() }

    /// What counts.
    @unsafe var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: start, count: count) }

    /// A part of it.
    @unsafe subscript(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(range.upperBound <= capacity, "the part is inside the buffer")
        return unsafe UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
    }

    /// Reads from `source` until `limit` bytes are there or there are no more.
    func fill(from source: any MessageSource, upTo limit: Int) throws {
        precondition(limit <= capacity, "the buffer has room for what is asked")
        while count < limit {
            let free = unsafe UnsafeMutableRawBufferPointer(start: start + count, count: limit - count)
            var output = unsafe OutputRawSpan(buffer: free, initializedCount: 0)
            try source.read(into: &output)
            let read = unsafe output.finalize(for: free)
            guard read > 0 else { return }
            count += read
        }
    }
}

extension MessageSink {
    /// Takes what counts of `buffer`.
    func write(_ buffer: ByteBuffer) throws {
        guard buffer.count > 0 else { return }
        try unsafe write(buffer.bytes.bytes)
    }

    /// Takes `bytes`.
    package func write(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        try unsafe write(bytes.span.bytes)
    }
}
