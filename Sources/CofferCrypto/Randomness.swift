/// Where random bytes come from; passed in, so that tests can fix them.
///
/// A call costs about half a microsecond whatever its size: draw the nonces of a batch at once, use them in that batch,
/// and keep none, because a pool that outlives a `fork` repeats itself.
public struct Randomness: Sendable {
    private let source: @Sendable (inout MutableRawSpan) -> Void

    /// The system's cryptographic generator.
    public static let system = Randomness { span in
        unsafe span.withUnsafeMutableBytes { buffer in unsafe fillRandomly(buffer) }
    }

    /// A generator of one's own: it fills the whole span. For tests.
    package init(filling source: @escaping @Sendable (inout MutableRawSpan) -> Void) {
        self.source = source
    }

    /// Appends `count` random bytes; the room must be there.
    public func fill(_ output: inout OutputRawSpan, count: Int) {
        unsafe output.appendAlways(count: count) { target in
            let buffer = unsafe UnsafeMutableRawBufferPointer(start: target, count: count)
            var span = unsafe buffer.mutableBytes
            source(&span)
        }
    }

    /// `count` random bytes that are no secret: nonces, salts, ids.
    public func bytes(_ count: Int) -> [UInt8] {
        [UInt8](byteCapacity: count) { output in fill(&output, count: count) }
    }

    /// `count` random bytes of key material.
    public func secret(count: Int) -> SecretBytes {
        SecretBytes(count: count) { output in fill(&output, count: count) }
    }
}
