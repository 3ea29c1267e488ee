import CArrow

#if canImport(Glibc)
    import Glibc
#endif

/// A file in memory, without a name on any disk, that the engine opens by the name it has in this process.
@safe final class MemoryFile: Sendable {
    private let file: Int32
    /// The name it can be opened by, in this process.
    var path: String { "/proc/self/fd/\(file)" }

    /// Nil where the system has no room for one.
    init?(_ name: String) {
        file = unsafe memfd_create(name, 1)  // closed on exec
        guard file >= 0 else { return nil }
    }

    deinit { close(file) }

    /// Appends bytes; false where they don't fit into memory.
    func append(_ bytes: RawSpan) -> Bool { Self.write(bytes, to: file) }

    /// Writes all of `bytes` to an open file; false where that fails.
    static func write(_ bytes: RawSpan, to file: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                done += count
            }
            return true
        }
    }
}
