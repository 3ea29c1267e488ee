import CofferCrypto
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Standard output, a pipe or a device: what is written there can't be taken back. What must not be seen before its end is
/// held, encrypted under a key that only this process has, in a file without a name.
public final class MessagePipeSink: MessageSink {
    private let file: FileDescriptor
    private let name: String
    private let folder: String
    private let held: Mutex<HeldBytes?>

    /// Standard output. What must be held is held in `folder`.
    public init(standardOutputHolding folder: String) {
        file = FileDescriptor(STDOUT_FILENO, isOwned: false)
        name = "standard output"
        self.folder = folder
        held = Mutex(nil)
    }

    /// A pipe or device that is there.
    public init(_ path: String, holding folder: String) throws(MessageError) {
        let number = unsafe open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        guard number >= 0 else { throw FileDescriptor.failure("write", path) }
        file = FileDescriptor(number)
        name = path
        self.folder = folder
        held = Mutex(nil)
    }

    /// Begins to hold, where that is asked.
    public func begin(_ release: Release) throws {
        guard release == .whenFinished else { return }
        try held.withLock { $0 = try HeldBytes(in: folder) }
    }

    /// Gives bytes out, or holds them.
    public func write(_ bytes: RawSpan) throws {
        let isHeld = try held.withLock { held in
            try held?.append(bytes)
            return held != nil
        }
        if !isHeld { try file.write(bytes, name) }
    }

    /// Gives out what was held.
    public func finish() throws {
        guard let bytes = held.withLock({ $0.take() }) else { return }
        try bytes.release { (bytes) throws(MessageError) in try self.file.write(bytes, self.name) }
    }
}

/// Bytes that wait for their verification: encrypted, in a file that has no name and goes with the process.
final class HeldBytes: @unchecked Sendable {
    private let file: FileDescriptor
    private let folder: String
    private let aead: AEAD
    private let plain = ByteBuffer(capacity: FrameBatch.byteCount)
    private let sealed = ByteBuffer(capacity: FrameBatch.byteCount + AEAD.tagByteCount)
    private var chunks: UInt64 = 0

    init(in folder: String) throws {
        self.folder = folder
        let number = Self.nameless(in: folder)
        guard number >= 0 else { throw Self.noRoom(folder) }
        file = FileDescriptor(number)
        aead = try AEAD(.aes256GCM, key: Randomness.system.secret(count: AEAD.keyByteCount))
    }

    private static func noRoom(_ folder: String) -> MessageError {
        MessageError(
            .unavailable, "what must be verified before it is given out can't be held in \(folder)",
            hint: "write to a file with -o FILE, or name a folder with room in TMPDIR")
    }

    private static func nameless(in folder: String) -> Int32 {
        let number = unsafe open(folder, O_RDWR | O_CLOEXEC | 0o20200000, 0o600)
        guard number < 0 else { return number }
        let name = "\(folder)/.coffer.\(Base64URL.encode(Randomness.system.bytes(12))).coffer-tmp"
        let named = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if named >= 0 { unsafe unlink(name) }
        return named
    }

    func append(_ bytes: RawSpan) throws {
        var rest = bytes
        while rest.byteCount > 0 {
            let count = min(rest.byteCount, plain.capacity - plain.count)
            unsafe rest.withUnsafeBytes { bytes in
                unsafe (plain.start + plain.count).copyMemory(from: bytes.baseAddress!, byteCount: count)
            }
            plain.count += count
            rest = rest.extracting(droppingFirst: count)
            if plain.count == plain.capacity { try spill() }
        }
    }

    private func spill() throws {
        let nonce = [UInt8](repeating: 0, count: 4) + chunks.bigEndianBytes
        let isSealed = unsafe nonce.withUnsafeBytes { nonce in
            unsafe aead.seal(
                plain.bytes, nonce: nonce.baseAddress!, additionalData: UnsafeRawBufferPointer(start: nil, count: 0),
                into: sealed.start)
        }
        precondition(isSealed, "a block is short enough for the cipher")
        sealed.count = plain.count + AEAD.tagByteCount
        do { try unsafe file.write(sealed.bytes.bytes, folder) } catch { throw Self.noRoom(folder) }
        chunks += 1
        plain.count = 0
    }

    /// Gives all bytes to `body`, in order.
    func release(_ body: (RawSpan) throws -> Void) throws {
        let last = ByteBuffer(capacity: FrameBatch.byteCount)
        unsafe last.start.copyMemory(from: plain.start, byteCount: plain.count)
        last.count = plain.count
        try file.seek(to: 0, folder)
        for chunk in 0..<chunks {
            sealed.count = 0
            while sealed.count < sealed.capacity {
                let free = unsafe UnsafeMutableRawBufferPointer(
                    start: sealed.start + sealed.count, count: sealed.capacity - sealed.count)
                var output = unsafe OutputRawSpan(buffer: free, initializedCount: 0)
                try file.read(into: &output, folder)
                let count = unsafe output.finalize(for: free)
                guard count > 0 else { throw Self.noRoom(folder) }
                sealed.count += count
            }
            let nonce = [UInt8](repeating: 0, count: 4) + chunk.bigEndianBytes
            let isOpen = unsafe nonce.withUnsafeBytes { nonce in
                unsafe aead.open(
                    sealed.bytes, nonce: nonce.baseAddress!,
                    additionalData: UnsafeRawBufferPointer(start: nil, count: 0), into: plain.start)
            }
            guard isOpen else { throw MessageError.notAuthentic }
            plain.count = plain.capacity
            try unsafe body(plain.bytes.bytes)
        }
        if last.count > 0 { try unsafe body(last.bytes.bytes) }
    }
}
