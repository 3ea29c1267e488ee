import Coffer
import CofferCrypto
import NIOCore
import NIOHTTP1

/// An object that goes up in parts, some of them at once, and becomes one object at the end.
final class S3Upload: Sendable {
    /// How long parts are, and how many go up at once.
    struct Limits: Sendable {
        /// Bytes of the first parts. S3 takes no less than 5 MiB.
        var firstPartLength = 5 << 20
        /// Parts after which their length doubles, so that the 10 000 that S3 takes are enough for 300 GiB.
        var doubling = 2000
        /// Bytes that are on their way at once.
        var inFlight = 20 << 20

        func partLength(number: Int) -> Int { firstPartLength << min((number - 1) / doubling, 5) }
    }

    /// How long one part may take.
    static let partLimit = Duration.seconds(300)
    private static let maximumParts = 10_000

    private struct State {
        var nextNumber = 1
        var running = 0
        var runningBytes = 0
        var done: [Int: (etag: String, checksum: String)] = [:]
        var failure: (any Error)?
    }

    private let client: S3Client
    private let name: String
    private let limits: Limits
    private let id: String
    private let mark: UploadMark
    private let state = Monitor(State())

    /// Begins an upload.
    init(_ client: S3Client, _ name: String, _ limits: Limits, _ mark: UploadMark) throws {
        (self.client, self.name, self.limits, self.mark) = (client, name, limits, mark)
        var request = S3Client.Request(method: .POST, name: name, verb: "write")
        request.query = [("uploads", "")]
        request.headers = [("X-Amz-Checksum-Algorithm", "SHA256"), mark.header]
        guard let id = XMLElement(parsing: try client.call(request).body)?.text("UploadId"), !id.isEmpty else {
            throw client.strange
        }
        self.id = id
    }

    /// The number of the part that comes next.
    var nextNumber: Int { state.change { $0.nextNumber } }

    /// Sends a part; waits while enough are on their way. Throws what went wrong with an earlier one.
    func send(_ part: ByteBuffer) throws {
        let number = try state.wait { state throws -> Int? in
            if let failure = state.failure { throw failure }
            let isFull = state.runningBytes + part.readableBytes > limits.inFlight
            guard state.running == 0 || !isFull else { return nil }
            state.running += 1
            state.runningBytes += part.readableBytes
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
        guard number <= Self.maximumParts else {
            throw ObjectError(.tooLarge, "\(client.location)/\(name) would have more than \(Self.maximumParts) parts")
        }
        Blocking.start { [self] in
            let result = Result { try put(part, number) }
            state.change { state in
                state.running -= 1
                state.runningBytes -= part.readableBytes
                switch result {
                case .success(let done): state.done[number] = done
                case .failure(let error): state.failure = state.failure ?? error
                }
            }
        }
    }

    private func put(_ part: ByteBuffer, _ number: Int) throws -> (etag: String, checksum: String) {
        var request = S3Client.Request(method: .PUT, name: name, verb: "write")
        request.query = [("partNumber", "\(number)"), ("uploadId", id)]
        request.limit = Self.partLimit
        let checksum = request.checksum(of: part)
        request.headers = [checksum]
        request.body = part
        guard let etag = try client.call(request).headers.first(name: "etag") else { throw client.strange }
        return (etag, checksum.value)
    }

    /// Makes the object of the parts.
    func complete(_ condition: ObjectCondition, byteCount: Int) throws -> ObjectInfo {
        let parts = try state.wait { state throws -> [Int: (etag: String, checksum: String)]? in
            if let failure = state.failure { throw failure }
            return state.running == 0 ? state.done : nil
        }
        var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for (number, part) in parts.sorted(by: { $0.key < $1.key }) {
            text += "<Part><PartNumber>\(number)</PartNumber><ETag>\(XMLText.escaped(part.etag))</ETag>"
            text += "<ChecksumSHA256>\(part.checksum)</ChecksumSHA256></Part>"
        }
        text += "</CompleteMultipartUpload>"
        var request = S3Client.Request(method: .POST, name: name, verb: "write")
        request.query = [("uploadId", id)]
        request.headers = condition.headers + [("Content-Type", "application/xml")]
        request.body = ByteBuffer(string: text)
        request.limit = Self.partLimit
        return try mark.settling(client, name) { [request] interruptions in
            let answer = try client.call(request, interruptions: &interruptions)
            guard let etag = XMLElement(parsing: answer.body)?.text("ETag") else { throw client.strange }
            return HTTPHeaders([("etag", etag)])
        }.info(name, byteCount: byteCount)
    }

    /// Removes the parts, once those on their way have arrived or a few seconds have passed.
    func abandon() {
        state.change { $0.failure = $0.failure ?? CancellationError() }
        let end = ContinuousClock.now + .seconds(5)
        while state.change({ $0.running }) > 0, ContinuousClock.now < end { Blocking.sleep(.milliseconds(20)) }
        client.abort(name, id)
    }
}

extension S3Client {
    /// Removes the parts of an upload, also for somebody who wants to stop; tries a few times.
    func abort(_ name: String, _ id: String) {
        var request = Request(method: .DELETE, name: name, verb: "remove")
        request.query = [("uploadId", id)]
        for attempt in 0..<5 {
            if attempt > 0 { Blocking.sleep(.milliseconds(200)) }
            guard let exchange = try? send(request, limit: .seconds(10), evenIfCancelled: true),
                let status = try? exchange.head().status.code
            else { continue }
            if status < 500 { return }
        }
    }
}

/// A random name that an upload carries, by which it is known again after an answer was lost.
struct UploadMark {
    static let name = "x-amz-meta-coffer-upload"
    let value = Base64URL.encode(Randomness.system.bytes(12))

    var header: SignatureV4.Request.Header { (Self.name, value) }

    /// Does `body`, which may be refused because an earlier try of its own has succeeded: then that is what it gives.
    func settling(
        _ client: S3Client, _ name: String, _ body: (inout Int) throws -> HTTPHeaders
    ) throws -> HTTPHeaders {
        var interruptions = 0
        do {
            return try body(&interruptions)
        } catch let error as ObjectError {
            guard interruptions > 0,
                let there = try? client.call(S3Client.Request(method: .HEAD, name: name, verb: "read")).headers,
                there.first(name: Self.name) == value
            else { throw error }
            return there
        }
    }
}
