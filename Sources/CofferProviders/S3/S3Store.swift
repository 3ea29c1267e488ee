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
        guard let root = XMLElement(parsing: try client.call(request).body), root.name == "ListBucketResult" else {
            throw client.strange
        }
        let isEncoded = root.text("EncodingType") == "url"
        let objects = try root.children.filter { $0.name == "Contents" }.map { try info($0, isEncoded) }
        let isCut = root.text("IsTruncated") == "true"
        guard !isCut || root.text("NextContinuationToken") != nil else { throw client.strange }
        return ObjectPage(objects: objects, next: isCut ? root.text("NextContinuationToken") : nil)
    }

    private func info(_ entry: XMLElement, _ isEncoded: Bool) throws -> ObjectInfo {
        guard let key = entry.text("Key"), let count = entry.text("Size").flatMap({ Int($0) }), count >= 0 else {
            throw client.strange
        }
        // As forms write it: a plus sign is a space.
        let form = isEncoded ? Array(key.utf8.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }) : Array(key.utf8)
        guard let bytes = isEncoded ? PercentEncoding.decode(form) : form,
            let name = String(validating: bytes, as: UTF8.self)
        else { throw client.strange }
        return ObjectInfo(
            name: name, byteCount: count, etag: (entry.text("ETag") ?? "").unquoted,
            modified: S3Time.nanoseconds(iso: entry.text("LastModified") ?? ""))
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

extension String {
    /// Without the quotes that etags come in.
    var unquoted: String { count >= 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self }
}

/// Times as S3 writes them, in nanoseconds since 1970, to the second; 0 where they can't be read.
enum S3Time {
    /// `2026-11-21T16:20:00.000Z`.
    static func nanoseconds(iso text: String) -> Int {
        let digits = text.prefix { $0 != "." && $0 != "Z" }.filter { $0 != "-" && $0 != ":" }
        return SigningTime(digits + "Z").map { Int($0.seconds) * 1_000_000_000 } ?? 0
    }

    /// `Sat, 21 Nov 2026 16:20:00 GMT`.
    static func nanoseconds(http text: String) -> Int {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])) else { return 0 }
        return nanoseconds(iso: "\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z")
    }
}
