/// Message authentication with one key (RFC 2104), hashed once and used from any thread.
public final class HMAC: Sendable {
    /// The hash function.
    public let function: HashFunction
    private let state: KeyedHash

    /// Takes in `key`, of any length; use at least as many bytes as the digest has.
    public init(_ function: HashFunction, key: borrowing SecretBytes) {
        self.function = function
        state = key.withBytes { KeyedHash(function, key: $0) }
    }

    /// Appends the MAC of `message`, as many bytes as the digest has; the room must be there.
    public func authenticate(_ message: RawSpan, into output: inout OutputRawSpan) {
        unsafe output.appendAlways(count: function.byteCount) { target in
            unsafe state.authenticate(message.buffer, into: target)
        }
    }

    /// Appends the MAC of `first` and then `second`, which need not be copied together; the room must be there.
    public func authenticate(_ first: RawSpan, _ second: RawSpan, into output: inout OutputRawSpan) {
        unsafe output.appendAlways(count: function.byteCount) { target in
            unsafe state.authenticate(second.buffer, after: first.buffer, into: target)
        }
    }

    /// The MAC of `message`, where it is to serve as a key.
    public func tag(_ message: RawSpan) -> SecretBytes {
        SecretBytes(count: function.byteCount) { output in authenticate(message, into: &output) }
    }

    /// Whether `tag` is the whole MAC of `message`, found in constant time.
    public func verify(_ tag: RawSpan, for message: RawSpan) -> Bool {
        self.tag(message).withBytes { expected in constantTimeEqual(expected, tag) }
    }

    /// Whether `tag` is the first bytes of the MAC of `message`, found in constant time. For formats that cut MACs short:
    /// take no tag of fewer than 10 bytes.
    public func verify(truncated tag: RawSpan, for message: RawSpan) -> Bool {
        guard tag.byteCount <= function.byteCount else { return false }
        return self.tag(message).withBytes { expected in
            constantTimeEqual(expected.extracting(first: tag.byteCount), tag)
        }
    }

    /// The MAC of `start`, `message` and `end`, one behind the other, for hot loops: `target` has room for a digest.
    @unsafe package func authenticate(
        _ start: UnsafeRawBufferPointer, _ message: UnsafeRawBufferPointer, _ end: UnsafeRawBufferPointer?,
        into target: UnsafeMutableRawPointer
    ) {
        unsafe state.authenticate(message, after: start, before: end, into: target)
    }

    /// ``authenticate(_:into:)`` for hot loops: `target` has room for a digest.
    @unsafe package func authenticate(_ message: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
        unsafe state.authenticate(message, into: target)
    }
}
