extension AWSEncryptionSDK {
    /// What a message says of itself. A signed one is read whole and its signature checked with the key it carries; of an
    /// unsigned one that can be read from anywhere, only header and end are looked at.
    public static func describe(_ source: any MessageSource) async throws -> MessageDescription {
        try await offloaded {
            let input = MessageInput(source)
            let parsed = try MessageHeader.read(input, maximumKeys: 0xffff)
            var found = MessageDescription(format: name)
            let header = parsed.header
            found.formatVersion = Int(header.suite.formatVersion)
            found.suite = header.suite.description
            found.algorithms = header.suite.algorithms
            found.isCommitting = header.suite.isCommitting
            found.recipients = header.keys.map(\.recipient)
            found.context = header.context
            found.frameLength = header.isFramed ? header.frameLength : nil
            found.signature = header.suite.isSigned ? .broken : MessageDescription.Signature.none
            found.isWhole = false
            do {
                try describeBody(input, source, parsed, &found)
            } catch is MessageError {
                // The message ends early: what is known of it is said all the same.
            }
            return found
        }
    }

    private static func describeBody(
        _ input: MessageInput, _ source: any MessageSource, _ parsed: MessageHeader.Parsed,
        _ found: inout MessageDescription
    ) throws {
        let header = parsed.header
        let seekable = source as? any SeekableMessageSource
        found.byteCount = try seekable?.byteCount
        if header.isFramed, !header.suite.isSigned, let seekable, let byteCount = found.byteCount {
            return try describeLayout(seekable, parsed, byteCount, &found)
        }
        let hash = header.suite.signing.map { SignatureHash($0) }
        hash?.update(parsed.bytes)
        if header.isFramed, header.frameLength <= FrameBatch.longestFrame {
            var reader = FrameReader(input, frameLength: header.frameLength)
            let batch = FrameBatch(opening: header.frameLength)
            var count = 0
            while try reader.read(batch) {
                hash?.update(batch.input)
                count += batch.frames * header.frameLength + (batch.lastCount ?? 0)
            }
            found.frames = reader.count
            found.plaintextByteCount = count
        } else if !header.isFramed {
            guard let start = try input.take(20) else { return }
            hash?.update(start)
            let length = UInt64(bigEndian: start[12...])
            guard length <= 1 << 36 - 32 else { return }
            found.plaintextByteCount = Int(length)
            try skip(Int(length) + 16, input, hash)
        } else {
            return
        }
        if let hash {
            guard try OpenedMessage.signatureHolds(input, hash, header.context) else { return }
            found.signature = .holds
        }
        found.isWhole = try input.isAtEnd()
        found.byteCount = input.offset
    }

    private static func describeLayout(
        _ source: any SeekableMessageSource, _ parsed: MessageHeader.Parsed, _ byteCount: Int,
        _ found: inout MessageDescription
    ) throws {
        let header = parsed.header
        guard
            let layout = FrameLayout(
                headerLength: parsed.bytes.count, frameLength: header.frameLength, byteCount: byteCount)
        else { return }
        try source.seek(to: layout.offset(of: layout.frames))
        let last = MessageInput(source)
        guard let start = try last.take(24), UInt32(bigEndian: start[0..<4]) == FrameCipher.lastMark,
            Int(bigEndian: start[4..<8]) == layout.frames + 1, Int(bigEndian: start[20...]) == layout.lastCount
        else { return }
        found.frames = layout.frames + 1
        found.plaintextByteCount = layout.plaintextByteCount
        found.isWhole = true
    }

    private static func skip(_ count: Int, _ input: MessageInput, _ hash: SignatureHash?) throws {
        let buffer = ByteBuffer(capacity: FrameBatch.byteCount)
        var rest = count
        while rest > 0 {
            buffer.count = 0
            try buffer.fill(from: input, upTo: min(rest, buffer.capacity))
            guard buffer.count > 0 else { throw MessageError.notAuthentic }
            hash?.update(buffer)
            rest -= buffer.count
        }
    }
}
