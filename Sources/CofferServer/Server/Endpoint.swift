import Coffer
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Between the network library and the API: bounds what comes in, and writes what goes out.
struct Endpoint: Sendable {
    let api: KMSAPI
    let health: @Sendable () async -> Health
    let isSecure: Bool
    let settings: ServerSettings
    private let dates = DateHeader()

    init(api: KMSAPI, health: @escaping @Sendable () async -> Health, isSecure: Bool, settings: ServerSettings) {
        self.api = api
        self.health = health
        self.isSecure = isSecure
        self.settings = settings
    }

    /// The names that answers have, checked once.
    private static let names: [String: HTTPField.Name] = Dictionary(
        uniqueKeysWithValues: ["content-type", "x-amzn-requestid", "cache-control"].compactMap { text in
            HTTPField.Name(text).map { (text, $0) }
        })

    /// The connection is of no more use: what is left of a request is not read.
    private struct Hangup: Error {}

    @concurrent
    func respond(to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let target = request.head.path ?? "/"
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        let path = String(target[..<(mark ?? target.endIndex)])
        if path == "/healthz", request.method == .get || request.method == .head {
            return try await write(await health().response, writer, isHead: request.method == .head)
        }
        guard let body = try await body(of: request) else {
            let id = "00000000-0000-4000-8000-000000000000"
            try await write(.failure(.tooLarge, id), writer, isLast: true)
            throw Hangup()
        }
        let response = await api.respond(
            to: ServerRequest(
                method: request.method.rawValue, path: path,
                query: mark.map { String(target[target.utf8.index(after: $0)...]) } ?? "", headers: headers(request),
                body: body, address: channel.remoteAddress?.ipAddress, isSecure: isSecure))
        try await write(response, writer)
    }

    /// The whole body; nil where it is too long. A client that sends it too slowly is not answered.
    private func body(of request: Request) async throws -> [UInt8]? {
        let limit = ServerSettings.maximumBodyByteCount
        if let length = request.headers[.contentLength], Int(length) ?? .max > limit { return nil }
        var body: [UInt8] = []
        var deadline: ContinuousClock.Instant?
        for try await var buffer in request.body {
            guard body.count + buffer.readableBytes <= limit else { return nil }
            body += buffer.readBytes(length: buffer.readableBytes) ?? []
            let now = ContinuousClock.now
            if let deadline, now > deadline { throw Hangup() }
            deadline = deadline ?? now + .seconds(settings.requestTimeout)
        }
        return body
    }

    private func headers(_ request: Request) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(request.headers.count + 1)
        if let authority = request.head.authority { headers.append(("host", authority)) }
        for field in request.headers { headers.append((field.name.canonicalName, field.value)) }
        return headers
    }

    @concurrent
    private func write(
        _ response: ServerResponse, _ writer: consuming ResponseWriter, isHead: Bool = false, isLast: Bool = false
    ) async throws {
        var fields = HTTPFields()
        for (name, value) in response.headers {
            guard let name = Self.names[name] ?? HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        fields.append(HTTPField(name: .date, value: dates.text(at: api.clock() / 1000)))
        fields.append(HTTPField(name: .contentLength, value: "\(response.body.count)"))
        if isLast { fields.append(HTTPField(name: .connection, value: "close")) }
        let head = HTTPResponse(status: .init(code: response.status), headerFields: fields)
        let body =
            isHead || response.body.isEmpty
            ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: response.body))
        try await writer.write(response: head, body: body)
    }
}
