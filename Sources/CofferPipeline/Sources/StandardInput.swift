import CArrow

#if canImport(Glibc)
    import Glibc
#endif

/// Standard input held in memory as a file that can be read twice: what its columns are is known only after a look at it.
@safe final class StandardInput: Sendable {
    private let file: Int32
    /// The name it can be opened by, in this process.
    var path: String { "/proc/self/fd/\(file)" }

    /// Reads standard input to its end. Nothing reaches a disk.
    init() throws(PipelineError) {
        file = unsafe memfd_create("coffer-standard-input", 1)  // closed on exec
        guard file >= 0 else { throw Self.refusal }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.refusal }
            var written = 0
            while written < count {
                let more = unsafe bytes.withUnsafeBytes {
                    unsafe write(file, $0.baseAddress! + written, count - written)
                }
                guard more > 0 else {
                    throw PipelineError(
                        .tooLarge, "standard input does not fit into memory, where it is held",
                        hint: "write it to a file first")
                }
                written += more
            }
        }
    }

    private static let refusal = PipelineError(.source, "standard input can't be read")

    deinit { close(file) }
}
