import CofferCrypto
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A file, read from front to back or from anywhere, or what comes in on a pipe.
public final class MessageFileSource: NamedSource {
    fileprivate let file: FileDescriptor
    /// How errors name it.
    public let name: String
    /// Its length, where it has one.
    public let length: Int?
    private let done = Atomic(0)
    private let isCancelled: @Sendable () -> Bool

    /// Opens a file for reading. `isCancelled` is asked before every block.
    public init(_ path: String, isCancelled: @escaping @Sendable () -> Bool = { false }) throws(MessageError) {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard number >= 0 else { throw FileDescriptor.failure("read", path) }
        file = FileDescriptor(number)
        name = path
        self.isCancelled = isCancelled
        length = try Self.length(number, path)
    }

    /// What comes in on standard input.
    public init(standardInput isCancelled: @escaping @Sendable () -> Bool = { false }) throws(MessageError) {
        file = FileDescriptor(STDIN_FILENO, isOwned: false)
        name = "standard input"
        self.isCancelled = isCancelled
        length = nil
    }

    private static func length(_ number: Int32, _ name: String) throws(MessageError) -> Int? {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw FileDescriptor.failure("read", name) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            errno = EISDIR
            throw FileDescriptor.failure("read", name)
        case S_IFREG:
            _ = posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL)
            return Int(status.st_size)
        default: return nil
        }
    }

    /// The open file.
    var descriptor: Int32 { file.number }

    /// How many bytes have been read so far.
    public var bytesRead: Int { done.load(ordering: .relaxed) }

    /// Its length, where it has one.
    public var knownByteCount: Int? { length }

    /// This file from anywhere; nil where it is a pipe.
    public var seekable: (any SeekableMessageSource)? { length == nil ? nil : SeekableFile(self) }

    /// Gives the next bytes.
    public func read(into output: inout OutputRawSpan) throws {
        if isCancelled() { throw MessageError(.interrupted, "interrupted; nothing was changed") }
        let before = output.byteCount
        try file.read(into: &output, name)
        done.add(output.byteCount - before, ordering: .relaxed)
    }

    private final class SeekableFile: SeekableMessageSource {
        private let source: MessageFileSource

        init(_ source: MessageFileSource) { self.source = source }

        var byteCount: Int { source.length ?? 0 }

        func seek(to offset: Int) throws { try source.file.seek(to: offset, source.name) }

        func read(into output: inout OutputRawSpan) throws { try source.read(into: &output) }
    }
}
