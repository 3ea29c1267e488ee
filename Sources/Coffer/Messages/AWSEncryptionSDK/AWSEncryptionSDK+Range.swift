extension AWSEncryptionSDK {
    /// Opens only the bytes of `range`, which ends where the plaintext does at the latest; reads only the frames it needs.
    ///
    /// The last frame is verified first, and with it the length. For unsigned messages with frames: the signature of a
    /// signed one covers all of it.
    public func open(
        _ range: Range<Int>, of message: any SeekableMessageSource, into plaintext: any MessageSink
    ) async throws {
        let start = MessageInput(message)
        let opened = try await unlock(start)
        guard opened.releasesEarly else {
            throw MessageError(
                .notAllowed, "a part can't be taken out of a message that is signed or has no frames of common length",
                hint: "without --range all of it is verified and opened")
        }
        let (headerLength, cipher) = (opened.parsed.bytes.count, opened.cipher)
        try await offloaded {
            let length = cipher.frameLength
            guard
                let layout = FrameLayout(
                    headerLength: headerLength, frameLength: length, byteCount: try message.byteCount)
            else { throw MessageError.notAuthentic }
            let batch = FrameBatch(opening: length)
            message.expect(layout.bytes(of: layout.frames...layout.frames))
            try batch.read(layout.frames, 1, of: layout, from: message)
            try cipher.open(batch)
            guard range.lowerBound < layout.plaintextByteCount || range.isEmpty else {
                throw MessageError(
                    .invalidArgument,
                    "the range begins behind the end: the plaintext has \(layout.plaintextByteCount) bytes")
            }
            let range = range.clamped(to: 0..<layout.plaintextByteCount)
            try plaintext.begin(.asWritten)
            var frame = range.lowerBound / length
            let last = max(frame, min((range.upperBound - 1) / length, layout.frames))
            message.expect(layout.bytes(of: frame...last))
            while frame * length < range.upperBound {
                let count = min(FrameBatch.frames(of: length), last + 1 - frame)
                try batch.read(frame, count, of: layout, from: message)
                try cipher.open(batch)
                let here = range.clamped(to: frame * length..<frame * length + batch.output.count)
                try plaintext.write(
                    part: here.lowerBound - frame * length..<here.upperBound - frame * length, of: batch)
                frame += count
            }
            try plaintext.finish()
        }
    }
}

extension FrameBatch {
    /// Reads `count` frames from `first`, counted from 0, where the layout says they are.
    fileprivate func read(
        _ first: Int, _ count: Int, of layout: FrameLayout, from message: any SeekableMessageSource
    ) throws {
        let isLast = first + count == layout.frames + 1
        frames = isLast ? count - 1 : count
        lastCount = isLast ? layout.lastCount : nil
        firstNumber = first + 1
        let sealedLength = layout.frameLength + FrameCipher.overhead
        let wanted = frames * sealedLength + (lastCount.map { $0 + FrameCipher.lastOverhead } ?? 0)
        input.count = 0
        try message.seek(to: layout.offset(of: first))
        try input.fill(from: message, upTo: wanted)
        guard input.count == wanted else { throw MessageError.notAuthentic }
        for frame in 0..<frames where input.u32(at: frame * sealedLength) != UInt32(firstNumber + frame) {
            throw MessageError.notAuthentic
        }
        if let lastCount {
            let at = frames * sealedLength
            guard input.u32(at: at) == FrameCipher.lastMark, input.u32(at: at + 4) == UInt32(firstNumber + frames),
                input.u32(at: at + 20) == UInt32(lastCount)
            else { throw MessageError.notAuthentic }
        }
    }
}

extension MessageSink {
    fileprivate func write(part: Range<Int>, of batch: FrameBatch) throws {
        guard !part.isEmpty else { return }
        try unsafe write(batch.output[part].bytes)
    }
}
