#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Key material with one owner: on the heap, wiped when it goes, never printed.
///
/// Its bytes are seen only inside ``withBytes(_:)``. Wiping covers these bytes, not copies that a caller makes of them.
@safe public struct SecretBytes: ~Copyable, Sendable {
    private nonisolated(unsafe) let storage: UnsafeMutableRawPointer
    /// The number of bytes.
    public let count: Int

    /// `count` bytes, written by `fill` through its span; bytes left unwritten are zero.
    public init<E: Error>(count: Int, _ fill: (inout OutputRawSpan) throws(E) -> Void) throws(E) {
        precondition(count >= 0, "a secret has no negative length")
        self.count = count
        unsafe storage = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 16)
        unsafe memset(storage, 0, max(count, 1))
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: storage, count: count)
        var output = unsafe OutputRawSpan(buffer: buffer, initializedCount: 0)
        try fill(&output)
        _ = unsafe output.finalize(for: buffer)
    }

    /// A copy of `bytes`. The original is the caller's to wipe.
    public init(copying bytes: RawSpan) {
        self.init(count: bytes.byteCount) { output in
            for i in 0..<bytes.byteCount { output.append(unsafe bytes.unsafeLoad(fromByteOffset: i, as: UInt8.self)) }
        }
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
        unsafe explicit_bzero(storage, count)
        unsafe storage.deallocate()
    }
}

extension SecretBytes {
    /// Whether both hold the same bytes; takes as long whatever they hold.
    public borrowing func isEqual(to other: borrowing SecretBytes) -> Bool {
        var difference: UInt8 = count == other.count ? 0 : 1
        withBytes { mine in
            other.withBytes { theirs in
                for i in 0..<min(mine.byteCount, theirs.byteCount) {
                    let mine = unsafe mine.unsafeLoad(fromByteOffset: i, as: UInt8.self)
                    let theirs = unsafe theirs.unsafeLoad(fromByteOffset: i, as: UInt8.self)
                    difference |= mine ^ theirs
                }
            }
        }
        return difference == 0
    }
}
