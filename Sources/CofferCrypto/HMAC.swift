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
            unsafe state.authenticate(first.buffer, second.buffer, into: target)
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

    /// ``authenticate(_:into:)`` for hot loops: `target` has room for a digest.
    @unsafe package func authenticate(_ message: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer) {
        unsafe state.authenticate(message, into: target)
    }
}
