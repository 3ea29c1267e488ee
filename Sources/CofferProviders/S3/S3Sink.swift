import Coffer
import CofferCrypto
import NIOCore
import NIOHTTP1

/// An object on its way up: in one request where it is small, else in parts.
final class S3Sink: ObjectSink, @unchecked Sendable {
    private let client: S3Client
    private let name: String
    private let condition: ObjectCondition
    private let limits: S3Upload.Limits
    private var buffer = ByteBuffer()
    private var upload: S3Upload?
    private var byteCount = 0
    private var isDone = false
    private let uploadMark = UploadMark()

    var mark: String? { uploadMark.value }

    init(_ client: S3Client, _ name: String, _ condition: ObjectCondition, _ limits: S3Upload.Limits) {
        (self.client, self.name, self.condition, self.limits) = (client, name, condition, limits)
    }

    deinit { abandon() }

    func abandon() {
        if !isDone { upload?.abandon() }
        isDone = true
    }

    func write(_ bytes: RawSpan) throws {
        var rest = bytes
        while rest.byteCount > 0 {
            let partLength = limits.partLength(number: upload?.nextNumber ?? 1)
            if buffer.readableBytes >= partLength { try sendPart() }
            let part = rest.extracting(first: min(rest.byteCount, partLength - buffer.readableBytes))
            rest = rest.extracting(droppingFirst: part.byteCount)
            // Room for a whole part at once, where it will not do with a little.
            if buffer.readableBytes > partLength / 8 { buffer.reserveCapacity(partLength) }
            unsafe part.withUnsafeBytes { _ = unsafe buffer.writeBytes($0) }
            byteCount += part.byteCount
        }
    }

    private func sendPart() throws {
        let current = try upload ?? S3Upload(client, name, limits, uploadMark)
        upload = current
        try current.send(buffer)
        buffer = ByteBuffer()
    }

    func commit() throws -> ObjectInfo {
        let info: ObjectInfo
        if let upload {
            try sendPart()
            info = try upload.complete(condition, byteCount: byteCount)
        } else {
            info = try putWhole()
        }
        isDone = true
        return info
    }

    private func putWhole() throws -> ObjectInfo {
        var request = S3Client.Request(method: .PUT, name: name, verb: "write")
        request.limit = S3Upload.partLimit
        request.headers = condition.headers + [request.checksum(of: buffer), uploadMark.header]
        request.body = buffer
        let answer = try uploadMark.settling(client, name) { interruptions in
            try client.call(request, interruptions: &interruptions).headers
        }
        return answer.info(name, byteCount: byteCount)
    }
}

extension S3Client.Request {
    /// The SHA-256 that S3 keeps with the bytes.
    func checksum(of body: ByteBuffer) -> SignatureV4.Request.Header {
        let digest = unsafe body.withUnsafeReadableBytes { unsafe Digest.sha256($0.bytes) }
        return ("X-Amz-Checksum-Sha256", Base64.encode(digest))
    }
}

extension ObjectCondition {
    var headers: [SignatureV4.Request.Header] {
        switch self {
        case .always: []
        case .ifAbsent: [("If-None-Match", "*")]
        case .ifMatches(let etag): [("If-Match", "\"\(etag)\"")]
        }
    }
}
