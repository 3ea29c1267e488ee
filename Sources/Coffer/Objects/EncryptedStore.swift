import CofferCrypto

/// A store whose objects are encrypted, around one that sees only messages.
///
/// Each object has a data key of its own, wrapped with the object: it is one message in the format of the AWS Encryption
/// SDK, and any reader of that opens it. Messages are unsigned, so that ranges can be read: whoever may decrypt could
/// also have made one. Lengths are told from a message's header and length without a key; they are certain
/// when the last byte has been read. Lists tell the lengths of the messages.
public struct EncryptedStore: ObjectStore {
    private let base: any ObjectStore
    private let format: AWSEncryptionSDK
    private let nameInContext: String?

    /// What `base` keeps of this store.
    public var location: String { base.location }

    /// A store with the keys and rules of `format`. Under `nameInContext`, a name of the encryption context, each object is
    /// bound to its own name: one can't be put in the place of another, nor be renamed.
    public init(_ base: any ObjectStore, format: AWSEncryptionSDK, bindingNamesAs nameInContext: String? = nil) {
        self.base = base
        self.nameInContext = nameInContext
        var format = format
        format.unsignedOnly = true
        self.format = format
    }

    /// What is known of an object: its plaintext's length, and the message's etag.
    public func head(_ name: String) throws -> ObjectInfo { try described(SeekableObject(name, in: base)) }

    /// Opens an object. Bytes come as they are verified; that none is missing at the end is known only there.
    public func get(_ name: String, range: Range<Int>?, etag: String?) throws -> ObjectContent {
        let message = try SeekableObject(name, in: base, etag: etag)
        let info = try described(message)
        if let range, range.lowerBound >= info.byteCount {
            throw ObjectError.beyond(info.byteCount, name, in: location)
        }
        message.seek(to: 0)
        let pipe = MessagePipe()
        let format = try format(for: name)
        Task.detached {
            do {
                if let range {
                    try await format.open(range, of: message, into: pipe)
                } else {
                    message.expect(0..<message.byteCount)
                    try await format.open(message, into: pipe)
                }
            } catch {
                pipe.fail(error)
            }
        }
        return ObjectContent(info: info, source: PipeEnd(pipe))
    }

    /// Begins an object under a fresh data key.
    public func put(_ name: String, if condition: ObjectCondition) throws -> any ObjectSink {
        var format = try format(for: name)
        format.suite = format.suite ?? format.commitment.suite(isSigned: false)
        guard format.suite?.isSigned == false else {
            throw ObjectError(.invalidArgument, "objects of an encrypted store are not signed")
        }
        return EncryptedSink(try base.put(name, if: condition), format)
    }

    /// The messages under `prefix`; their lengths are those of the messages.
    public func list(prefix: String, after token: String?, limit: Int) throws -> ObjectPage {
        try base.list(prefix: prefix, after: token, limit: limit)
    }

    /// Removes an object, and with it its data key.
    public func delete(_ name: String) throws { try base.delete(name) }

    private func format(for name: String) throws -> AWSEncryptionSDK {
        guard let nameInContext else { return format }
        var format = format
        format.context = try format.context.merging([nameInContext: name])
        return format
    }

    private func described(_ message: SeekableObject) throws -> ObjectInfo {
        let parsed = try MessageHeader.read(MessageInput(message), maximumKeys: format.maximumKeys)
        let header = parsed.header
        guard header.isFramed, !header.suite.isSigned,
            let layout = FrameLayout(
                headerLength: parsed.bytes.count, frameLength: header.frameLength, byteCount: message.byteCount)
        else {
            throw MessageError(
                .notAllowed,
                "\(location)/\(message.info.name) is signed, has no frames or is not whole: not of this store",
                hint: "coffer decrypt opens it, if it is whole")
        }
        return ObjectInfo(
            name: message.info.name, byteCount: layout.plaintextByteCount, etag: message.info.etag,
            modified: message.info.modified)
    }
}

/// Plaintext on its way into an object: sealed by a task of its own.
private final class EncryptedSink: ObjectSink, @unchecked Sendable {
    private let pipe = MessagePipe()
    private let result = Monitor<Result<ObjectInfo, any Error>?>(nil)
    private var byteCount = 0
    private var isDone = false

    init(_ target: any ObjectSink, _ format: AWSEncryptionSDK) {
        Task.detached { [pipe, result, target = Committing(target)] in
            do {
                try await format.seal(pipe, into: target)
                result.change { $0 = target.info.map { .success($0) } }
            } catch {
                pipe.fail(error)
                target.abandon()
                result.change { $0 = .failure(error) }
            }
        }
    }

    deinit { fail() }

    private func fail() {
        if !isDone { pipe.fail(MessageError(.interrupted, "what was being written was given up")) }
    }

    func abandon() {
        fail()
        _ = result.wait { $0 }
    }

    func write(_ bytes: RawSpan) throws {
        try pipe.write(bytes)
        byteCount += bytes.byteCount
    }

    func commit() throws -> ObjectInfo {
        pipe.finish()
        isDone = true
        let info = try result.wait { $0 }.get()
        return ObjectInfo(name: info.name, byteCount: byteCount, etag: info.etag, modified: info.modified)
    }
}

/// What comes out of a pipe. Let go, it ends whoever writes there.
private final class PipeEnd: MessageSource {
    private let pipe: MessagePipe

    init(_ pipe: MessagePipe) { self.pipe = pipe }

    deinit { pipe.fail(MessageError(.interrupted, "nobody reads any more")) }

    func read(into output: inout OutputRawSpan) throws { try pipe.read(into: &output) }
}

/// Remembers what an object's end said of it.
private final class Committing: MessageSink, @unchecked Sendable {
    private let base: any ObjectSink
    private(set) var info: ObjectInfo?

    init(_ base: any ObjectSink) { self.base = base }

    func begin(_ release: Release) throws { try base.begin(release) }
    func write(_ bytes: RawSpan) throws { try base.write(bytes) }
    func finish() throws { info = try base.commit() }
    func abandon() { base.abandon() }
}
