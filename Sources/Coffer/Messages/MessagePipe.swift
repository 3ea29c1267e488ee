import CofferCrypto

/// Bytes from one who writes to one who reads, a few blocks at a time: what opens a message feeds what seals another.
///
/// The reader sees the end only after ``MessageSink/finish()``, so that nothing is sealed whole that was not opened whole.
final class MessagePipe: MessageSource, MessageSink {
    private struct State {
        var block: ByteBuffer
        var position = 0
        var hasEnded = false
        var failure: (any Error)?
    }

    private static let capacity = FrameBatch.byteCount
    private let state = Monitor(State(block: ByteBuffer(capacity: MessagePipe.capacity)))

    /// Ends both sides with `error`, unless something has failed already.
    func fail(_ error: any Error) {
        state.change { $0.failure = $0.failure ?? error }
    }

    /// What failed first.
    var failure: (any Error)? { state.change { $0.failure } }

    /// What the reader gets is sealed, and not seen before its own end.
    func begin(_ release: Release) {}

    /// Takes bytes; waits while the reader has enough.
    func write(_ bytes: RawSpan) throws {
        var rest = bytes
        while rest.byteCount > 0 {
            let count = min(rest.byteCount, Self.capacity)
            try unsafe rest.withUnsafeBytes { bytes in
                try unsafe write(UnsafeRawBufferPointer(start: bytes.baseAddress!, count: count))
            }
            rest = rest.extracting(droppingFirst: count)
        }
    }

    @unsafe private func write(_ bytes: UnsafeRawBufferPointer) throws {
        try state.wait { state -> Void? in
            if let failure = state.failure { throw failure }
            guard state.position == state.block.count else { return nil }
            unsafe state.block.start.copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
            state.block.count = bytes.count
            state.position = 0
            return ()
        }
    }

    /// All is verified: the reader may come to the end.
    func finish() { state.change { $0.hasEnded = true } }

    /// Gives bytes; waits until there are some, or there will be none.
    func read(into output: inout OutputRawSpan) throws {
        let free = output.freeCapacity
        guard free > 0 else { return }
        try state.wait { state -> Void? in
            if let failure = state.failure { throw failure }
            let part = state.position..<min(state.block.count, state.position + free)
            guard !part.isEmpty || state.hasEnded else { return nil }
            unsafe output.append(copying: state.block[part].bytes)
            state.position = part.upperBound
            return ()
        }
    }
}
