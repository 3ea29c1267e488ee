import Coffer

#if canImport(Glibc)
    import Glibc
#endif

/// Carries what the engine writes to standard output. The engine opens files by name and empties them first, which must
/// not happen to a standard output that is a file with something in it.
struct OutputPipe {
    private let reading: Int32
    private let writing: Int32

    init() throws(PipelineError) {
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw PipelineError(.destination, "standard output can't be written") }
        (reading, writing) = (ends[0], ends[1])
    }

    /// Runs `body` with the name to write to; returns once all of it has reached standard output.
    func ending<T>(_ body: (String) throws -> T) throws -> T {
        let copied = Monitor<Bool?>(nil)
        Blocking.start { [reading] in
            let isWhole = Self.copy(from: reading)
            close(reading)
            copied.change { $0 = isWhole }
        }
        let result: Result<T, any Error> = Result { try body("/proc/self/fd/\(writing)") }
        close(writing)
        let isWhole = copied.wait { $0 }
        let value = try result.get()
        guard isWhole else { throw PipelineError(.destination, "standard output can't be written") }
        return value
    }

    /// Copies to the end. Goes on reading when nobody takes the output, so that the writer can end.
    private static func copy(from file: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var isWhole = true
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return isWhole && count == 0 }
            var written = 0
            while isWhole, written < count {
                let more = unsafe bytes.withUnsafeBytes {
                    unsafe write(STDOUT_FILENO, $0.baseAddress! + written, count - written)
                }
                if more < 0 && errno == EINTR { continue }
                if more <= 0 { isWhole = false } else { written += more }
            }
        }
    }
}
