import CofferCrypto

/// Some segments that follow one another, worked on together.
final class TinkSegments {
    let input: ByteBuffer
    let output: ByteBuffer
    /// The number of the first segment, counted from 0.
    fileprivate var first = 0
    /// Whether the last segment here is the message's last one.
    fileprivate var isLast = false

    /// Segments that are worked on at once.
    fileprivate static func count(of segmentByteCount: Int) -> Int {
        min(4096, max(1, FrameBatch.byteCount / segmentByteCount))
    }

    fileprivate init(_ cipher: TinkSegmentCipher) {
        let count = Self.count(of: cipher.segmentByteCount)
        input = ByteBuffer(capacity: count * cipher.segmentByteCount)
        output = ByteBuffer(capacity: count * cipher.segmentByteCount)
    }
}

extension TinkSegmentCipher {
    private var workers: Int { FrameBatch.workers(for: segmentByteCount) }

    /// Has all that `source` gives, in segments shorter by `margin` of which the first is shorter by the header, worked on
    /// and written. One segment at least: nothing is a message too.
    private func run(
        _ source: MessageInput, margin: Int, into sink: any MessageSink, _ work: @escaping (TinkSegments) throws -> Void
    ) throws {
        let (count, length) = (TinkSegments.count(of: segmentByteCount), segmentByteCount - margin)
        var next = 0
        var hasEnded = false
        try OrderedWork.run(workers: workers) {
            TinkSegments(self)
        } read: { [headerByteCount] batch in
            guard !hasEnded else { return false }
            let wanted = count * length - (next == 0 ? headerByteCount : 0)
            batch.input.count = 0
            try batch.input.fill(from: source, upTo: wanted)
            hasEnded = try source.isAtEnd()
            (batch.first, batch.isLast) = (next, hasEnded)
            next += count
            guard next <= UInt32.max else {
                throw MessageError(.tooLong, "the input has more segments than a message of this keyset can have")
            }
            return true
        } work: { batch in
            batch.output.count = 0
            try work(batch)
        } write: { batch in
            try sink.write(batch.output)
        }
    }

    /// Each segment of what is in `batch`: its bytes, its number and whether it is the message's last one.
    @unsafe private func forEach(
        _ batch: TinkSegments, margin: Int, _ body: (UnsafeRawBufferPointer, UInt32, Bool) throws -> Void
    ) rethrows {
        var (from, number) = (0, batch.first)
        repeat {
            let length = segmentByteCount - margin - (number == 0 ? headerByteCount : 0)
            let end = min(from + length, batch.input.count)
            let isLast = batch.isLast && end == batch.input.count
            try unsafe body(batch.input[from..<end], UInt32(number), isLast)
            (from, number) = (end, number + 1)
        } while from < batch.input.count
    }

    /// Seals all of `plaintext`; the header is written already.
    func seal(_ plaintext: MessageInput, into message: any MessageSink) throws {
        try run(plaintext, margin: tagByteCount, into: message) { [tagByteCount] batch in
            unsafe self.forEach(batch, margin: tagByteCount) { segment, number, isLast in
                let output = batch.output
                unsafe self.seal(segment, number, isLast: isLast, into: output.start + output.count)
                output.count += segment.count + tagByteCount
            }
        }
    }

    /// Opens what follows the header.
    func open(_ message: MessageInput, into plaintext: any MessageSink) throws {
        try run(message, margin: 0, into: plaintext) { [tagByteCount] batch in
            try unsafe self.forEach(batch, margin: 0) { segment, number, isLast in
                let output = batch.output
                guard segment.count >= tagByteCount,
                    unsafe self.open(segment, number, isLast: isLast, into: output.start + output.count)
                else { throw TinkKeyset.notAuthentic }
                output.count += segment.count - tagByteCount
            }
        }
    }

    /// Whether the first segment of a message is authentic. `start` has the whole segment, and one byte more where it is not
    /// the last.
    func opensFirst(_ start: [UInt8]) -> Bool {
        let end = min(start.count, segmentByteCount)
        guard end - headerByteCount >= tagByteCount else { return false }
        let room = ByteBuffer(capacity: end)
        return unsafe start.withUnsafeBytes { bytes in
            let segment = unsafe UnsafeRawBufferPointer(rebasing: bytes[headerByteCount..<end])
            return unsafe open(segment, 0, isLast: bytes.count <= segmentByteCount, into: room.start)
        }
    }
}
