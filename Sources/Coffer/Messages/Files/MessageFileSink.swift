import CofferCrypto
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A file that takes its name when all is written and verified, and not before: at any instant there is the old file of
/// that name or the new one. Let go before, it leaves nothing behind.
///
/// It is not brought to the disk: after a power failure, either may be there.
public final class MessageFileSink: MessageSink {
    private let file: FileDescriptor
    private let path: String
    /// The hidden name; nil where the file has none yet.
    private let staged: Mutex<String?>

    /// A new file beside `path`. `isPrivate`: readable by its owner only.
    public init(_ path: String, isPrivate: Bool) throws(MessageError) {
        self.path = path
        let folder = Self.folder(of: path)
        let mode: mode_t = isPrivate ? 0o600 : 0o666
        // A file without a name is gone when the process is, whatever kills it. Not every file system has them.
        var number = unsafe open(folder, O_WRONLY | O_CLOEXEC | 0o20200000, mode)
        var name: String?
        if number < 0 {
            name = Self.hiddenName(path)
            number = unsafe open(name!, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        }
        guard number >= 0 else { throw FileDescriptor.failure("write", path) }
        file = FileDescriptor(number)
        staged = Mutex(name)
    }

    deinit { if let name = staged.withLock({ $0 }) { unsafe unlink(name) } }

    /// Nothing is seen before the end, whatever is allowed.
    public func begin(_ release: Release) {}

    /// Takes bytes.
    public func write(_ bytes: RawSpan) throws { try file.write(bytes, path) }

    /// Puts the file in the place of the one of its name.
    public func finish() throws {
        try staged.withLock { staged in
            if staged == nil {
                let name = Self.hiddenName(path)
                let from = "/proc/self/fd/\(file.number)"
                guard unsafe linkat(AT_FDCWD, from, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else {
                    throw FileDescriptor.failure("write", path)
                }
                staged = name
            }
            guard unsafe rename(staged!, path) == 0 else { throw FileDescriptor.failure("write", path) }
            staged = nil
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A name that can't be guessed, so that nobody lays a link there.
    private static func hiddenName(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        return "\(folder(of: path))/.\(name).\(Base64URL.encode(Randomness.system.bytes(12))).coffer-tmp"
    }
}
