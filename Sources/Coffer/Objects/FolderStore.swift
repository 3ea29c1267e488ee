import CofferCrypto
import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#endif

/// The files of a folder as objects. What is put is on the disk when it is there.
///
/// `a` and `a/b` can't both be: one would be a file and a folder. Writers in several processes wait for each other where
/// they take a name, so that conditions hold; whoever writes files beside this store keeps to nothing.
public struct FolderStore: ObjectStore {
    /// The folder.
    public let location: String

    /// The folder at `path`, which must be there.
    public init(_ path: String) throws(ObjectError) {
        location = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw ObjectError(.notFound, "there is no folder \(path)")
        }
    }

    /// What is known of a file.
    public func head(_ name: String) throws -> ObjectInfo {
        guard let info = try info(name) else { throw ObjectError.notFound(name, in: location) }
        return info
    }

    /// Opens a file. What it has when it is opened is what is read, whatever is put in its place.
    public func get(_ name: String, range: Range<Int>?, etag: String?) throws -> ObjectContent {
        let path = try path(name)
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK)
        guard number >= 0 else {
            if [ENOENT, ENOTDIR, ELOOP].contains(errno) { throw ObjectError.notFound(name, in: location) }
            throw failure("read", name)
        }
        let file = FileDescriptor(number)
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw failure("read", name) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ObjectError.notFound(name, in: location) }
        let info = Self.info(name, status)
        guard etag == nil || etag == info.etag else {
            throw ObjectError.failed(.ifMatches(etag: ""), name, in: location)
        }
        guard let range else { return ObjectContent(info: info, source: FilePart(file, path, 0..<info.byteCount)) }
        guard range.lowerBound < info.byteCount else { throw ObjectError.beyond(info.byteCount, name, in: location) }
        let part = range.clamped(to: 0..<info.byteCount)
        try file.seek(to: part.lowerBound, path)
        return ObjectContent(info: info, source: FilePart(file, path, part))
    }

    /// Begins a file, in a folder that is made where it is not there.
    public func put(_ name: String, if condition: ObjectCondition) throws -> any ObjectSink {
        let path = try path(name)
        let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        do {
            try FileManager.default.createDirectory(atPath: String(folder), withIntermediateDirectories: true)
        } catch {
            throw ObjectError(.unavailable, "the folder \(folder) can't be made")
        }
        return FolderSink(try MessageFileSink(path, isPrivate: false), self, name, condition)
    }

    /// Removes a file. Its folder stays.
    public func delete(_ name: String) throws {
        let path = try path(name)
        guard unsafe unlink(path) != 0, ![ENOENT, ENOTDIR].contains(errno) else { return }
        throw failure("remove", name)
    }

    /// The path of an object: inside the folder, whatever its name.
    func path(_ name: String) throws(ObjectError) -> String {
        guard Self.canHold(name) else {
            throw ObjectError(.invalidName, "a folder can't hold an object of the name “\(name)”")
        }
        return "\(location)/\(name)"
    }

    /// Whether an object of that name can be a file in a folder, and not outside of it.
    public static func canHold(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isPath = parts.allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.count <= 255 && !part.utf8.contains(0)
                && !Leftovers.isHidden(part)
        }
        return isPath && name.utf8.count <= 3072
    }

    /// Nil where there is no regular file of that name.
    func info(_ name: String) throws -> ObjectInfo? {
        let path = try path(name)
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if [ENOENT, ENOTDIR].contains(errno) { return nil }
            throw failure("read", name)
        }
        return status.st_mode & S_IFMT == S_IFREG ? Self.info(name, status) : nil
    }

    static func info(_ name: String, _ status: stat) -> ObjectInfo {
        let modified = FileTime.nanoseconds(seconds: status.st_mtim.tv_sec, and: status.st_mtim.tv_nsec)
        return ObjectInfo(
            name: name, byteCount: Int(status.st_size),
            etag: "\(status.st_ino)-\(modified)-\(status.st_size)", modified: modified)
    }

    private func failure(_ verb: String, _ name: String) -> ObjectError {
        let error = FileDescriptor.failure(verb, "\(location)/\(name)")
        return ObjectError(errno == EACCES || errno == EPERM ? .notAllowed : .unavailable, error.message)
    }
}

/// Some bytes of an open file.
private final class FilePart: MessageSource, @unchecked Sendable {
    private let file: FileDescriptor
    private let path: String
    private var left: Int

    /// The file stands where the part begins.
    init(_ file: FileDescriptor, _ path: String, _ range: Range<Int>) {
        (self.file, self.path, left) = (file, path, range.count)
    }

    func read(into output: inout OutputRawSpan) throws {
        let count = min(left, output.freeCapacity, 1 << 20)
        guard count > 0 else { return }
        let bytes = try [UInt8](byteCapacity: count) { (part: inout OutputRawSpan) throws in
            try file.read(into: &part, path)
        }
        guard !bytes.isEmpty else {
            throw ObjectError(.unavailable, "\(path) ended before its end: somebody writes to it")
        }
        left -= bytes.count
        output.append(copying: unsafe bytes.span.bytes)
    }
}

/// A file that takes its name where its condition holds.
private final class FolderSink: ObjectSink {
    private let file: MessageFileSink
    private let store: FolderStore
    private let name: String
    private let condition: ObjectCondition

    init(_ file: MessageFileSink, _ store: FolderStore, _ name: String, _ condition: ObjectCondition) {
        (self.file, self.store, self.name, self.condition) = (file, store, name, condition)
    }

    func write(_ bytes: RawSpan) throws { try file.write(bytes) }
    func abandon() { file.abandon() }

    func commit() throws -> ObjectInfo {
        try file.sync()
        let lock = unsafe open(store.location, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw ObjectError(.unavailable, "the folder \(store.location) is not there") }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw ObjectError(.unavailable, "the folder \(store.location) can't be locked")
            }
        }
        let there = try store.info(name)
        let holds =
            switch condition {
            case .always: true
            case .ifAbsent: there == nil
            case .ifMatches(let etag): there?.etag == etag
            }
        guard holds else { throw ObjectError.failed(condition, name, in: store.location) }
        try file.finish()
        try file.syncFolder()
        return try store.head(name)
    }
}
