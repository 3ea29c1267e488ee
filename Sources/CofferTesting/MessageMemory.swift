public import Coffer
import CofferCrypto
import Synchronization

/// A message in memory, given out in pieces of at most `piece` bytes.
public final class MemorySource: SeekableMessageSource {
    private let bytes: [UInt8]
    private let piece: Int
    private let position = Mutex(0)

    /// A source of `bytes`.
    public init(_ bytes: [UInt8], piece: Int = .max) {
        self.bytes = bytes
        self.piece = piece
    }

    /// How many there are.
    public var byteCount: Int { bytes.count }

    /// Goes on from `offset`.
    public func seek(to offset: Int) { position.withLock { $0 = min(offset, bytes.count) } }

    /// Gives the next piece.
    public func read(into output: inout OutputRawSpan) {
        let start = position.withLock { $0 }
        let count = min(piece, output.freeCapacity, bytes.count - start)
        guard count > 0 else { return }
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe output.append(copying: UnsafeRawBufferPointer(rebasing: bytes[start..<start + count]).bytes)
        }
        position.withLock { $0 += count }
    }
}

/// Keeps what it is given, and what was to be seen when.
public final class MemorySink: MessageSink {
    private struct State {
        var bytes: [UInt8] = []
        var release: Release?
        var isFinished = false
    }
    private let state = Mutex(State())

    /// Nothing has been written.
    public init() {}

    /// What may be seen now.
    public var released: [UInt8] { state.withLock { $0.isFinished || $0.release == .asWritten ? $0.bytes : [] } }
    /// Whether all was verified.
    public var isFinished: Bool { state.withLock { $0.isFinished } }

    /// Keeps the promise.
    public func begin(_ release: Release) { state.withLock { $0.release = release } }

    /// Keeps the bytes.
    public func write(_ bytes: RawSpan) {
        let copy = [UInt8](byteCapacity: bytes.byteCount) { $0.append(copying: bytes) }
        state.withLock { state in
            precondition(state.release != nil && !state.isFinished, "bytes come between begin and finish")
            state.bytes += copy
        }
    }

    /// All may be seen.
    public func finish() { state.withLock { $0.isFinished = true } }
}
