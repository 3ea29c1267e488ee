#if canImport(Glibc)
    import Glibc
#endif

/// Standard input held in memory as a file that can be read twice: what its columns are is known only after a look at it.
final class StandardInput: Sendable {
    private let file: MemoryFile
    /// The name it can be opened by, in this process.
    var path: String { file.path }

    /// Reads standard input to its end. Nothing reaches a disk.
    init() throws(PipelineError) {
        guard let made = MemoryFile("coffer-standard-input") else { throw Self.refusal }
        file = made
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.refusal }
            guard unsafe file.append(bytes.span.bytes.extracting(first: count)) else {
                throw PipelineError(
                    .tooLarge, "standard input does not fit into memory, where it is held",
                    hint: "write it to a file first")
            }
        }
    }

    private static let refusal = PipelineError(.source, "standard input can't be read")
}
