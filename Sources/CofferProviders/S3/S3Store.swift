public import Coffer
import NIOCore
import NIOHTTP1

/// A bucket of S3, or of what speaks like it.
///
/// What is sent is signed with its bytes, what is put carries its SHA-256. Reading goes on where a connection broke, with
/// the same object or not at all. A long object goes up in parts, some at once; they become an object together or
/// are removed, but a killed process leaves them in the bucket, unseen, until its lifecycle rule for incomplete uploads
/// takes them.
public struct S3Store: ObjectStore {
    private let client: S3Client
    private let uploads: S3Upload.Limits

    /// `s3://BUCKET`.
    public var location: String { client.location }

    /// A bucket. Nothing is asked yet. `isCancelled` is asked before every request.
    public init(
        bucket: String, _ settings: AWSSettings, isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws {
        try self.init(bucket: bucket, settings, uploads: S3Upload.Limits(), isCancelled: isCancelled)
    }

    init(
        bucket: String, _ settings: AWSSettings, uploads: S3Upload.Limits,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws {
        client = try S3Client(
            bucket: ObjectAddress("\(ObjectAddress.scheme)\(bucket)").bucket, settings, isCancelled: isCancelled)
        self.uploads = uploads
    }

    /// What is known of an object.
    public func head(_ name: String) throws -> ObjectInfo {
        try Self.check(name)
        let answer = try client.call(S3Client.Request(method: .HEAD, name: name, verb: "read"))
        guard let count = answer.headers.first(name: "content-length").flatMap({ Int($0) }) else {
            throw client.strange
        }
        return answer.headers.info(name, byteCount: count)
    }

    /// Begins to read an object.
    public func get(_ name: String, range: Range<Int>?, etag: String?) throws -> ObjectContent {
        try Self.check(name)
        let source = S3Source(client, name, etag: etag)
        return ObjectContent(info: try source.begin(range), source: source)
    }

    /// Begins an object.
    public func put(_ name: String, if condition: ObjectCondition) throws -> any ObjectSink {
        try Self.check(name)
        return S3Sink(client, name, condition, uploads)
    }

    /// A page of a list.
    public func list(prefix: String, after token: String?, limit: Int) throws -> ObjectPage {
        guard (1...1000).contains(limit) else { throw ObjectError(.invalidArgument, "a page has 1 to 1000 objects") }
        var request = S3Client.Request(method: .GET, name: nil, verb: "list")
        // Encoded, since XML has no place for some characters.
        request.query = [("list-type", "2"), ("encoding-type", "url"), ("max-keys", "\(limit)"), ("prefix", prefix)]
        if let token { request.query.append(("continuation-token", token)) }
        guard let page = ObjectPage(s3: try client.call(request).body) else { throw client.strange }
        return page
    }

    /// Removes an object.
    public func delete(_ name: String) throws {
        try Self.check(name)
        _ = try client.call(S3Client.Request(method: .DELETE, name: name, verb: "remove"))
    }

    private static func check(_ name: String) throws(ObjectError) {
        guard (1...1024).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw ObjectError(.invalidName, "the name of an object in S3 has 1 to 1024 bytes, none of them NUL")
        }
    }
}

extension S3Client {
    /// An answer that can't be understood.
    var strange: ObjectError {
        ObjectError(.unavailable, "\(location) answered with something else than was asked", hint: "check the endpoint")
    }
}

extension HTTPHeaders {
    /// What the headers of an answer tell of an object.
    func info(_ name: String, byteCount: Int) -> ObjectInfo {
        ObjectInfo(
            name: name, byteCount: byteCount, etag: (first(name: "etag") ?? "").unquoted,
            modified: S3Time.nanoseconds(http: first(name: "last-modified") ?? ""), mark: first(name: UploadMark.name))
    }
}
