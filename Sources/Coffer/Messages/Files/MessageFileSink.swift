import CofferCrypto
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A file that takes its name when all is written and verified, and not before: at any instant there is the old file of
/// that name or the new one. Let go before, it leaves nothing behind.
public final class MessageFileSink: MessageSink {
    private struct State {
        /// The hidden name; nil where the file has none yet.
        var staged: String?
        /// What waits for its block to be full.
        let pending: ByteBuffer
    }

    /// What is written at once, and where in the file it begins. Measured: the system's cache takes a whole block of this
    /// length faster than a longer one, and faster than one that begins in the middle of a page.
    private static let block = 128 << 10

    private let file: FileDescriptor
    private let path: String
    /// The file it replaces, as it was when it was read; nil where any may be replaced. Then, all is brought to the disk
    /// before it takes the name.
    private let old: stat?
    private let state: Mutex<State>

    /// A new file beside `path`. `isPrivate`: readable by its owner only.
    ///
    /// It is not brought to the disk: after a power failure, the old file or the new one may be there.
    public init(_ path: String, isPrivate: Bool) throws(MessageError) {
        self.path = path
        let made = try Self.create(beside: path, mode: isPrivate ? 0o600 : 0o666)
        file = made.file
        state = Mutex(State(staged: made.name, pending: ByteBuffer(capacity: Self.block)))
        old = nil
    }

    /// A new file in the place of the one at `path`, which is the file that `source` reads: with its owner, group and
    /// permissions, and on the disk before it takes its name.
    public init(replacing source: MessageFileSource, at path: String) throws(MessageError) {
        self.path = path
        var status = stat()
        guard unsafe fstat(source.descriptor, &status) == 0 else { throw FileDescriptor.failure("read", path) }
        guard status.st_nlink == 1 else {
            throw MessageError(
                .notAllowed, "\(path) has another name (a hard link), under which the old message would stay",
                hint: "remove the other name, or copy the file first")
        }
        let made = try Self.create(beside: path, mode: 0o600)
        file = made.file
        state = Mutex(State(staged: made.name, pending: ByteBuffer(capacity: Self.block)))
        self.old = status
        var own = stat()
        guard unsafe fstat(file.number, &own) == 0 else { throw FileDescriptor.failure("write", path) }
        if own.st_uid != status.st_uid || own.st_gid != status.st_gid {
            guard fchown(file.number, status.st_uid, status.st_gid) == 0 else {
                throw MessageError(
                    .notAllowed, "\(path) belongs to somebody else, and would no longer",
                    hint: "let its owner do it, or root")
            }
        }
        guard fchmod(file.number, status.st_mode & 0o7777) == 0 else { throw FileDescriptor.failure("write", path) }
    }

    private static func create(
        beside path: String, mode: mode_t
    ) throws(MessageError) -> (file: FileDescriptor, name: String?) {
        // A file without a name is gone when the process is, whatever kills it. Not every file system has them.
        var number = unsafe open(Leftovers.folder(of: path), O_WRONLY | O_CLOEXEC | 0o20200000, mode)
        var name: String?
        if number < 0 {
            name = Leftovers.name(beside: path)
            number = unsafe open(name!, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        }
        guard number >= 0 else { throw FileDescriptor.failure("write", path) }
        if name != nil { Leftovers.mark(number) }
        return (FileDescriptor(number), name)
    }

    deinit { abandon() }

    /// Removes the hidden name, where the file has one.
    public func abandon() { if let name = state.withLock({ $0.staged.take() }) { unsafe unlink(name) } }

    /// Nothing is seen before the end, whatever is allowed.
    public func begin(_ release: Release) {}

    /// Takes bytes.
    public func write(_ bytes: RawSpan) throws {
        try state.withLock { state in
            let pending = state.pending
            var rest = bytes
            if pending.count > 0, pending.count + rest.byteCount >= Self.block {
                let count = Self.block - pending.count
                try unsafe rest.withUnsafeBytes { rest in
                    try unsafe file.write(pending.bytes, UnsafeRawBufferPointer(rebasing: rest[..<count]), path)
                }
                pending.count = 0
                rest = rest.extracting(droppingFirst: count)
            }
            while rest.byteCount >= Self.block {
                try file.write(rest.extracting(first: Self.block), path)
                rest = rest.extracting(droppingFirst: Self.block)
            }
            pending.append(rest)
        }
    }

    /// Brings what was written to the disk, so that it is whole there before it has a name.
    func sync() throws {
        try state.withLock { try flush($0) }
        guard fsync(file.number) == 0 else { throw FileDescriptor.failure("write", path) }
    }

    /// Brings the name to the disk.
    func syncFolder() throws(MessageError) { try FileDescriptor.sync(folder: Leftovers.folder(of: path), path) }

    private func flush(_ state: State) throws(MessageError) {
        if state.pending.count > 0 { try unsafe file.write(state.pending.bytes.bytes, path) }
        state.pending.count = 0
    }

    /// Puts the file in the place of the one of its name.
    public func finish() throws {
        try state.withLock { state in
            try flush(state)
            guard let old else { return try take(&state) }
            guard fsync(file.number) == 0 else { throw FileDescriptor.failure("write", path) }
            try checkUnchanged(old)
            try take(&state)
            try FileDescriptor.sync(folder: Leftovers.folder(of: path), path)
        }
    }

    /// Somebody else may have written the file while it was read: what they wrote stays.
    private func checkUnchanged(_ old: stat) throws(MessageError) {
        var now = stat()
        guard unsafe lstat(path, &now) == 0, now.st_ino == old.st_ino, now.st_dev == old.st_dev,
            now.st_size == old.st_size, now.st_mtim.tv_sec == old.st_mtim.tv_sec,
            now.st_mtim.tv_nsec == old.st_mtim.tv_nsec
        else {
            throw MessageError(
                .notAllowed, "\(path) was changed by somebody else meanwhile, and is left as it is", hint: "do it again"
            )
        }
    }

    /// Gives the file its name: at once, where that is free.
    private func take(_ state: inout State) throws(MessageError) {
        if state.staged == nil {
            let from = "/proc/self/fd/\(file.number)"
            if unsafe linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 { return }
            guard errno == EEXIST else { throw FileDescriptor.failure("write", path) }
            Leftovers.mark(file.number)
            let name = Leftovers.name(beside: path)
            guard unsafe linkat(AT_FDCWD, from, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else {
                throw FileDescriptor.failure("write", path)
            }
            state.staged = name
        }
        guard unsafe rename(state.staged!, path) == 0 else { throw FileDescriptor.failure("write", path) }
        state.staged = nil
    }
}

extension ByteBuffer {
    /// Puts `bytes`, for which there is room, behind what counts.
    fileprivate func append(_ bytes: RawSpan) {
        precondition(bytes.byteCount <= capacity - count, "the buffer has room for what is added")
        guard bytes.byteCount > 0 else { return }
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe (start + count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        }
        count += bytes.byteCount
    }
}
