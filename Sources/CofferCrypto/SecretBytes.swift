/// Key material with one owner: on the heap, wiped when it goes, never printed.
///
/// Its bytes are seen only inside ``withBytes(_:)``. Wiping covers these bytes, not copies that a caller makes of them,
/// nor pages that the system swapped out or wrote to a core dump.
@safe public struct SecretBytes: ~Copyable, Sendable {
    private nonisolated(unsafe) let storage: UnsafeMutableRawPointer
    /// The number of bytes.
    public let count: Int

    /// `count` bytes, written by `fill` through its span; bytes left unwritten are zero.
    ///
    /// When `fill` throws, what it had written is wiped before the error leaves.
    public init<E: Error>(count: Int, _ fill: (inout OutputRawSpan) throws(E) -> Void) throws(E) {
        precondition(count >= 0, "a secret has no negative length")
        unsafe storage = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 16)
        unsafe storage.initializeMemory(as: UInt8.self, repeating: 0, count: max(count, 1))
        self.count = count
        // From here on `self` is whole: leaving by an error runs `deinit`, which wipes.
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: storage, count: count)
        var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
        try fill(&output)
        _ = unsafe output.finalize(for: buffer)
    }

    /// A copy of `bytes`. The original is the caller's to wipe.
    public init(copying bytes: RawSpan) {
        self.init(count: bytes.byteCount) { output in output.append(copying: bytes) }
    }

    /// The bytes, for the length of `body`.
    public borrowing func withBytes<Result: ~Copyable, E: Error>(
        _ body: (RawSpan) throws(E) -> Result
    ) throws(E) -> Result {
        let buffer = unsafe UnsafeRawBufferPointer(start: storage, count: count)
        return try unsafe body(buffer.bytes)
    }

    /// Another owner of the same bytes.
    public borrowing func copy() -> SecretBytes {
        withBytes { SecretBytes(copying: $0) }
    }

    deinit {
        unsafe wipe(storage, max(count, 1))
        unsafe storage.deallocate()
    }
}

extension SecretBytes {
    /// Whether both hold the same bytes; takes as long whatever they hold. Lengths are not secret.
    public borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
        withBytes { mine in
            other.withBytes { theirs in constantTimeEqual(mine, theirs) }
        }
    }
}
