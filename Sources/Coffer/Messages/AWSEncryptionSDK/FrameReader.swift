/// Finds the frames of a message. Knows their numbers and lengths, not yet whether they are authentic.
struct FrameReader {
    private let input: MessageInput
    private let frameLength: Int
    private let sealedLength: Int
    private var nextNumber = 1
    /// Whether the last frame has been read.
    private(set) var hasEnded = false

    init(_ input: MessageInput, frameLength: Int) {
        self.input = input
        self.frameLength = frameLength
        sealedLength = frameLength + FrameCipher.overhead
    }

    /// How many frames have been read.
    var count: Int { nextNumber - 1 }

    /// Fills `batch` with the next frames; false where there are no more.
    mutating func read(_ batch: FrameBatch) throws -> Bool {
        guard !hasEnded else { return false }
        let buffer = batch.input
        let wanted = FrameBatch.frames(of: frameLength) * sealedLength
        buffer.count = 0
        try buffer.fill(from: input, upTo: wanted)
        batch.firstNumber = nextNumber
        batch.frames = 0
        batch.lastCount = nil
        var offset = 0
        while offset < wanted {
            guard buffer.count - offset >= 4 else { throw MessageError.notAuthentic }
            let number = buffer.u32(at: offset)
            if number == FrameCipher.lastMark {
                let end = try lastFrame(buffer, at: offset, batch)
                unsafe input.giveBack(buffer[end..<buffer.count])
                buffer.count = end
                hasEnded = true
                return true
            }
            guard number == nextNumber, buffer.count - offset >= sealedLength else { throw MessageError.notAuthentic }
            offset += sealedLength
            nextNumber += 1
            batch.frames += 1
        }
        return true
    }

    /// Where the last frame ends.
    private mutating func lastFrame(_ buffer: ByteBuffer, at offset: Int, _ batch: FrameBatch) throws -> Int {
        try buffer.fill(from: input, upTo: max(buffer.count, offset + 24))
        guard buffer.count >= offset + 24, buffer.u32(at: offset + 4) == nextNumber else {
            throw MessageError.notAuthentic
        }
        let count = Int(buffer.u32(at: offset + 20))
        guard count <= frameLength else { throw MessageError.notAuthentic }
        let end = offset + FrameCipher.lastOverhead + count
        try buffer.fill(from: input, upTo: max(buffer.count, end))
        guard buffer.count >= end else { throw MessageError.notAuthentic }
        nextNumber += 1
        batch.lastCount = count
        return end
    }
}

extension ByteBuffer {
    /// The big-endian number at `offset`, which is inside.
    func u32(at offset: Int) -> UInt32 {
        precondition(offset >= 0 && offset + 4 <= count, "the number is inside the buffer")
        return unsafe UInt32(bigEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}

/// Where the frames of an unsigned message are, by its length alone.
struct FrameLayout {
    let headerLength: Int
    let frameLength: Int
    /// How many frames there are before the last one.
    let frames: Int
    /// Bytes of plaintext in the last one.
    let lastCount: Int

    /// Nil where no message has this length.
    init?(headerLength: Int, frameLength: Int, byteCount: Int) {
        let rest = byteCount - headerLength - FrameCipher.lastOverhead
        guard rest >= 0 else { return nil }
        self.headerLength = headerLength
        self.frameLength = frameLength
        frames = rest / (frameLength + FrameCipher.overhead)
        lastCount = rest % (frameLength + FrameCipher.overhead)
        guard lastCount <= frameLength, frames < UInt32.max else { return nil }
    }

    var plaintextByteCount: Int { frames * frameLength + lastCount }

    /// Where the frame begins, counted from 0; the last one is `frames`.
    func offset(of frame: Int) -> Int { headerLength + frame * (frameLength + FrameCipher.overhead) }

    /// Where frames that follow one another are.
    func bytes(of part: ClosedRange<Int>) -> Range<Int> {
        let isLast = part.upperBound == frames
        return offset(
            of: part.lowerBound)..<(isLast
            ? offset(of: frames) + lastCount + FrameCipher.lastOverhead : offset(of: part.upperBound + 1))
    }
}
