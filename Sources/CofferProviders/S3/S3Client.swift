import AsyncHTTPClient
import Coffer
import CofferCrypto
import NIOCore
import NIOHTTP1

/// Asks S3, or what speaks like it, about one bucket: signs, sends, tries again where that may help. Calls block.
final class S3Client: Sendable {
    /// A request about the bucket, or about an object in it.
    struct Request: Sendable {
        var method: HTTPMethod
        /// The object; nil for the bucket.
        var name: String?
        var query: [(name: String, value: String)] = []
        var headers: [SignatureV4.Request.Header] = []
        var body = ByteBuffer()
        /// How long the answer may take.
        var limit = Duration.seconds(30)
        /// What the caller does, for errors: `read`, `write`.
        let verb: String
    }

    /// An answer that is no error.
    struct Answer: Sendable {
        let headers: HTTPHeaders
        let body: [UInt8]
    }

    /// A failure after which it may be asked again.
    struct Passing: Error { let error: ObjectError }

    static let maximumAnswer = 8 << 20
    let bucket: String
    let settings: AWSSettings
    private let transport: HTTPTransport
    private let randomness: Randomness
    private let now: @Sendable () -> Int64
    private let isCancelled: @Sendable () -> Bool
    private let signingKeys = SigningKeys(capacity: 4)
    private let origin: AWSEndpoint
    /// What stands before an object's name in a path.
    private let pathPrefix: String
    private var region: String { settings.region ?? "us-east-1" }
    var location: String { ObjectAddress.scheme + bucket }

    init(
        bucket: String, _ settings: AWSSettings, randomness: Randomness = .system,
        isCancelled: @escaping @Sendable () -> Bool
    ) throws {
        self.bucket = bucket
        self.settings = settings
        self.randomness = randomness
        self.isCancelled = isCancelled
        now = AWSClock.system.now
        transport = try HTTPTransport(authority: settings.certificateAuthority, silence: .seconds(30))
        let region = settings.region ?? "us-east-1"
        if let endpoint = settings.endpoint {
            // What speaks like S3 seldom has a name for every bucket.
            (origin, pathPrefix) = (endpoint, "/\(bucket)")
        } else if bucket.contains(".") || bucket.contains("_") || bucket != bucket.lowercased() {
            // The certificate is good for one label before the name of the service.
            (origin, pathPrefix) = (.s3(in: region, bucket: nil), "/\(bucket)")
        } else {
            (origin, pathPrefix) = (.s3(in: region, bucket: bucket), "")
        }
    }

    /// Sends a request once.
    func send(_ request: Request, limit: Duration?, evenIfCancelled: Bool = false) throws -> HTTPExchange {
        if !evenIfCancelled, isCancelled() { throw MessageError(.interrupted, "interrupted; nothing was changed") }
        var path = Array("\(pathPrefix)/".utf8)
        PercentEncoding.encode((request.name ?? "").utf8, keepsSlash: true, into: &path)
        var query: [UInt8] = []
        for (name, value) in request.query {
            if !query.isEmpty { query.append(UInt8(ascii: "&")) }
            PercentEncoding.encode(name.utf8, into: &query)
            query.append(UInt8(ascii: "="))
            PercentEncoding.encode(value.utf8, into: &query)
        }
        let digest = unsafe request.body.withUnsafeReadableBytes { unsafe Digest.sha256($0.bytes) }
        var signed = SignatureV4.Request(
            method: request.method.rawValue, path: String(decoding: path, as: UTF8.self),
            query: String(decoding: query, as: UTF8.self),
            headers: [
                ("Host", origin.authority), ("User-Agent", "coffer"),
                ("X-Amz-Content-Sha256", Hexadecimal.encode(digest)),
            ] + request.headers, body: .sha256(digest))
        signed.headers += SignatureV4.sign(
            signed, with: settings.credentials, scope: .init(region: region, service: "s3"), time: now(), rules: .s3,
            keys: signingKeys)
        let url = "\(origin)\(signed.path)\(query.isEmpty ? "" : "?\(signed.query)")"
        let headers = HTTPHeaders(signed.headers.map { ($0.name, $0.value) })
        let hasBody = request.method == .PUT || request.method == .POST
        return HTTPExchange(
            try HTTPClient.Request(
                url: url, method: request.method, headers: headers, body: hasBody ? .byteBuffer(request.body) : nil),
            by: transport.client, limit: limit)
    }

    /// Sends a request until it is answered. `interruptions` counts tries after which nobody knows what came of them.
    func call(_ request: Request, interruptions: inout Int) throws -> Answer {
        var count = 0
        defer { interruptions = count }
        return try retrying {
            do {
                let exchange = try send(request, limit: request.limit)
                let head = try exchange.head()
                let body = try exchange.body(limit: Self.maximumAnswer)
                let failure = S3Failure(status: Int(head.status.code), headers: head.headers, body: body)
                guard let failure else { return Answer(headers: head.headers, body: body) }
                if failure.isPassing, failure.status >= 500 { count += 1 }
                throw failure.thrown(request, self)
            } catch let error as AWSUnreachable {
                count += 1
                throw unreachable(error)
            }
        }
    }

    func call(_ request: Request) throws -> Answer {
        var interruptions = 0
        return try call(request, interruptions: &interruptions)
    }

    /// What becomes of a lost connection.
    func unreachable(_ error: AWSUnreachable) -> any Error {
        let sentence = ObjectError(
            .unavailable, "\(origin) can't be asked for \(location): \(error.reason)",
            hint: error.isPassing ? "check the endpoint and the network" : "check the endpoint, and ca:")
        return error.isPassing ? Passing(error: sentence) : sentence
    }

    /// Does `body` again, after a growing wait, when it throws ``Passing``.
    func retrying<T>(_ body: () throws -> T) throws -> T {
        var attempt = 0
        while true {
            do {
                return try body()
            } catch let passing as Passing {
                attempt += 1
                guard attempt < settings.limits.attempts else { throw passing.error }
                wait(before: attempt)
            }
        }
    }

    /// Waits before try number `attempt`, counted from 0.
    func wait(before attempt: Int) {
        let end = ContinuousClock.now + settings.limits.wait(before: attempt, randomness: randomness)
        while !isCancelled(), case let rest = end - .now, rest > .zero { Blocking.sleep(min(rest, .milliseconds(100))) }
    }
}

extension AWSEndpoint {
    /// The endpoint of S3 in a region, or of one bucket there.
    static func s3(in region: String, bucket: String?) -> AWSEndpoint {
        AWSEndpoint(
            authority: (bucket.map { "\($0)." } ?? "") + "s3.\(region).amazonaws.com"
                + (region.hasPrefix("cn-") ? ".cn" : ""))
    }
}
