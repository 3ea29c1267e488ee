import Coffer
import CofferCrypto
import NIOHTTP1

/// The bytes of an object, or a part of it, as they come. Where a connection breaks it goes on with the next byte of the
/// same object; each byte that comes makes it patient again.
final class S3Source: MessageSource, @unchecked Sendable {
    private let client: S3Client
    private let name: String
    private var etag: String?
    private var exchange: HTTPExchange?
    private var position = 0
    private var end = 0

    init(_ client: S3Client, _ name: String, etag: String?) {
        (self.client, self.name, self.etag) = (client, name, etag)
    }

    /// Asks for the object; tells what it is.
    func begin(_ range: Range<Int>?) throws -> ObjectInfo {
        if let range, range.isEmpty || range.lowerBound < 0 {
            throw ObjectError(.invalidArgument, "a range has at least one byte")
        }
        let (exchange, head) = try client.retrying { try open(range) }
        let info: ObjectInfo
        if range != nil {
            guard let part = ContentRange(head.headers.first(name: "content-range")), part.first == range?.lowerBound
            else { throw client.strange }
            info = head.headers.info(name, byteCount: part.byteCount)
            (position, end) = (part.first, part.last + 1)
        } else {
            guard let count = head.headers.first(name: "content-length").flatMap({ Int($0) }) else {
                throw client.strange
            }
            info = head.headers.info(name, byteCount: count)
            (position, end) = (0, count)
        }
        etag = info.etag.isEmpty ? nil : info.etag
        self.exchange = exchange
        return info
    }

    private func open(_ range: Range<Int>?) throws -> (HTTPExchange, HTTPResponseHead) {
        var request = S3Client.Request(method: .GET, name: name, verb: "read")
        if let range { request.headers.append(("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        if let etag { request.headers.append(("If-Match", "\"\(etag)\"")) }
        do {
            let exchange = try client.send(request, limit: nil)
            let head = try exchange.head()
            if head.status == (range == nil ? .ok : .partialContent) { return (exchange, head) }
            if head.status == .rangeNotSatisfiable {
                throw ObjectError(
                    .invalidArgument, "the range begins behind the end of \(client.location)/\(name)")
            }
            // One that knows no ranges would send all of it.
            guard head.status != .ok else { throw client.strange }
            let body = try exchange.body(limit: S3Client.maximumAnswer)
            let failure = S3Failure(status: Int(head.status.code), headers: head.headers, body: body)
            throw failure?.thrown(request, client) ?? client.strange
        } catch let error as AWSUnreachable {
            throw client.unreachable(error)
        }
    }

    func read(into output: inout OutputRawSpan) throws {
        guard position < end, output.freeCapacity > 0 else { return }
        var attempt = 0
        while true {
            do {
                if exchange == nil {
                    let (next, head) = try open(position..<end)
                    guard ContentRange(head.headers.first(name: "content-range"))?.first == position else {
                        throw client.strange
                    }
                    exchange = next
                }
                let count = try part(into: &output)
                guard count > 0 else { throw AWSUnreachable("the connection broke") }
                position += count
                if position >= end { exchange = nil }
                return
            } catch let error as AWSUnreachable {
                guard let passing = client.unreachable(error) as? S3Client.Passing else {
                    throw client.unreachable(error)
                }
                try tryAgain(&attempt, passing)
            } catch let passing as S3Client.Passing {
                try tryAgain(&attempt, passing)
            }
        }
    }

    private func tryAgain(_ attempt: inout Int, _ passing: S3Client.Passing) throws {
        exchange = nil
        attempt += 1
        guard attempt < client.settings.limits.attempts else { throw passing.error }
        client.wait(before: attempt)
    }

    /// Appends what comes next; never more than was asked for.
    private func part(into output: inout OutputRawSpan) throws -> Int {
        let room = min(output.freeCapacity, end - position)
        guard let exchange else { return 0 }
        if room == output.freeCapacity {
            let before = output.byteCount
            try exchange.read(into: &output)
            return output.byteCount - before
        }
        let bytes = try [UInt8](byteCapacity: min(room, 1 << 20)) { (part: inout OutputRawSpan) throws in
            try exchange.read(into: &part)
        }
        output.append(copying: unsafe bytes.span.bytes)
        return bytes.count
    }

    /// `bytes 0-99/1234`.
    private struct ContentRange {
        let first: Int
        let last: Int
        let byteCount: Int

        init?(_ text: String?) {
            guard let text, text.hasPrefix("bytes ") else { return nil }
            let numbers = text.dropFirst(6).split { $0 == "-" || $0 == "/" }.map { Int($0) }
            guard numbers.count == 3, let first = numbers[0], let last = numbers[1], let count = numbers[2],
                0 <= first, first <= last, last < count
            else { return nil }
            (self.first, self.last, byteCount) = (first, last, count)
        }
    }
}
