import Coffer

#if canImport(Glibc)
    import Glibc
#endif

/// Carries what the engine writes to standard output, or to somebody else. The engine opens files by name and empties them first, which must
/// not happen to a standard output that is a file with something in it.
struct OutputPipe {
    private let reading: Int32
    private let writing: Int32

    private let take: @Sendable (RawSpan) throws -> Void

    /// A pipe to standard output.
    init() throws(PipelineError) {
        try self.init { bytes in
            guard MemoryFile.write(bytes, to: STDOUT_FILENO) else {
                throw PipelineError(.destination, "standard output can't be written")
            }
        }
    }

    /// A pipe to whoever takes bytes.
    init(to take: @escaping @Sendable (RawSpan) throws -> Void) throws(PipelineError) {
        self.take = take
        var ends: [Int32] = [0, 0]
        guard unsafe pipe(&ends) == 0 else { throw PipelineError(.destination, "the system gives no more pipes") }
        (reading, writing) = (ends[0], ends[1])
    }

    /// Runs `body` with the name to write to; returns once all of it has been taken.
    func ending<T>(_ body: (String) throws -> T) throws -> T {
        let copied = Monitor<Result<Void, any Error>?>(nil)
        Blocking.start { [reading, take] in
            let result = Self.copy(from: reading, to: take)
            close(reading)
            copied.change { $0 = result }
        }
        let result: Result<T, any Error> = Result { try body("/proc/self/fd/\(writing)") }
        close(writing)
        let taken = copied.wait { $0 }
        let value = try result.get()
        try taken.get()
        return value
    }

    /// Copies to the end. Goes on reading when nobody takes the output, so that the writer can end.
    private static func copy(
        from file: Int32, to take: (RawSpan) throws -> Void
    ) -> Result<Void, any Error> {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var result: Result<Void, any Error> = .success(())
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                return count == 0 ? result : .failure(PipelineError(.destination, "the engine's output is lost"))
            }
            if case .success = result {
                result = Result { try unsafe take(bytes.span.bytes.extracting(first: count)) }
            }
        }
    }
}
