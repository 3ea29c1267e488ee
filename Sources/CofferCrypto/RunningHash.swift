/// A digest of bytes that come in parts (FIPS 180-4). One owner, one thread at a time.
public struct RunningHash: ~Copyable {
    private let function: HashFunction
    private let state: RunningHashState

    /// Nothing has been hashed yet.
    public init(_ function: HashFunction) {
        self.function = function
        state = RunningHashState(function)
    }

    /// Goes on with `bytes`.
    public mutating func update(_ bytes: RawSpan) { unsafe state.update(bytes.buffer) }

    /// The digest of all bytes so far, after which there are no more.
    public consuming func finish() -> [UInt8] {
        [UInt8](byteCapacity: function.byteCount) { output in
            unsafe output.appendAlways(count: function.byteCount) { unsafe state.finish(into: $0) }
        }
    }
}
