import CofferCrypto

/// Whatever holds objects by name: a folder, a bucket of S3, memory; and wrappers around one, such as ``EncryptedStore``.
///
/// A name is any text without NUL; a slash in it is a character like others, though a folder makes folders of it. Calls
/// block, as the streams do that they give: from a task, make them where no other task waits for the thread.
public protocol ObjectStore: Sendable {
    /// What people call it: `s3://bucket`, a path.
    var location: String { get }

    /// What is known of an object without reading it. Throws ``ObjectError/Code/notFound`` where there is none.
    func head(_ name: String) throws -> ObjectInfo

    /// An object, or those bytes of it. A range may reach beyond the end, but not begin there. Where `etag` is given, the
    /// object must still be that one: else ``ObjectError/Code/conditionFailed``.
    func get(_ name: String, range: Range<Int>?, etag: String?) throws -> ObjectContent

    /// Begins an object, which takes its name at the sink's end and not before: at any instant there is the old object or
    /// the new one. Let go before, it leaves nothing behind.
    func put(_ name: String, if condition: ObjectCondition) throws -> any ObjectSink

    /// The objects whose names begin with `prefix`, by the order of their bytes, at most `limit` (1…1000) of them. `token` is
    /// where an earlier page ended.
    func list(prefix: String, after token: String?, limit: Int) throws -> ObjectPage

    /// Removes an object; no error where there is none.
    func delete(_ name: String) throws
}

/// What is known of an object.
public struct ObjectInfo: Hashable, Sendable {
    /// Its name in the store.
    public let name: String
    /// Its length.
    public let byteCount: Int
    /// Changes when the object does. Means nothing else.
    public let etag: String
    /// Nanoseconds since 1970 of its last change, as far as the store tells; else 0.
    public let modified: Int
    /// What its sink was marked with, where the store keeps that; nil in lists.
    public let mark: String?

    /// What is known.
    public init(name: String, byteCount: Int, etag: String, modified: Int, mark: String? = nil) {
        (self.name, self.byteCount, self.etag, self.modified) = (name, byteCount, etag, modified)
        self.mark = mark
    }
}

/// An object that is being read.
public struct ObjectContent: Sendable {
    /// The whole object's, also where only a part is read.
    public let info: ObjectInfo
    /// The bytes that were asked for.
    public let source: any MessageSource

    /// Pairs an object with its bytes.
    public init(info: ObjectInfo, source: any MessageSource) { (self.info, self.source) = (info, source) }
}

/// When an object may be put.
public enum ObjectCondition: Hashable, Sendable {
    /// Whatever is there.
    case always
    /// Only where there is none of that name.
    case ifAbsent
    /// Only in the place of this one.
    case ifMatches(etag: String)
}

/// Where the bytes of a new object go.
public protocol ObjectSink: MessageSink {
    /// A random text by which the object will be known, before it is there; nil where the store keeps none.
    var mark: String? { get }
    /// All is written: the object is there, under its name, when this returns. Throws
    /// ``ObjectError/Code/conditionFailed`` where the condition does not hold at this moment.
    func commit() throws -> ObjectInfo
}

extension ObjectSink {
    /// No mark.
    public var mark: String? { nil }
    /// Nothing is seen before the end, whatever is allowed.
    public func begin(_ release: Release) {}
    /// The object takes its name.
    public func finish() throws { _ = try commit() }
}

/// A part of a list.
public struct ObjectPage: Sendable {
    /// Objects in the order of their names.
    public let objects: [ObjectInfo]
    /// Where the next page begins; nil where this is the last one.
    public let next: String?

    /// A page.
    public init(objects: [ObjectInfo], next: String?) { (self.objects, self.next) = (objects, next) }
}

extension ObjectStore {
    /// A whole object.
    public func get(_ name: String) throws -> ObjectContent { try get(name, range: nil, etag: nil) }

    /// All objects whose names begin with `prefix`; an error where there are more than `limit`.
    public func all(prefix: String, limit: Int = 1_000_000) throws -> [ObjectInfo] {
        var found: [ObjectInfo] = []
        var token: String?
        repeat {
            let page = try list(prefix: prefix, after: token, limit: 1000)
            found += page.objects
            guard found.count <= limit, page.next == nil || page.next != token else {
                throw ObjectError(
                    .tooLarge, "there are more than \(limit) objects under \(location)/\(prefix)",
                    hint: "name a longer prefix")
            }
            token = page.next
        } while token != nil
        return found
    }

    /// Puts an object of these bytes.
    @discardableResult
    public func put(_ bytes: [UInt8], as name: String, if condition: ObjectCondition = .always) throws -> ObjectInfo {
        let sink = try put(name, if: condition)
        try sink.begin(.asWritten)
        try sink.write(bytes)
        return try sink.commit()
    }

    /// A small object as a whole; an error where it has more than `limit` bytes.
    public func bytes(of name: String, limit: Int) throws -> [UInt8] {
        let content = try get(name)
        guard content.info.byteCount <= limit else {
            throw ObjectError(.tooLarge, "\(location)/\(name) has more than \(limit) bytes")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.info.byteCount)
        while true {
            let more = try [UInt8](byteCapacity: 1 << 16) { (output: inout OutputRawSpan) throws in
                try content.source.read(into: &output)
            }
            guard !more.isEmpty else { return bytes }
            bytes += more
            guard bytes.count <= limit else {
                throw ObjectError(.tooLarge, "\(location)/\(name) has more than \(limit) bytes")
            }
        }
    }
}
