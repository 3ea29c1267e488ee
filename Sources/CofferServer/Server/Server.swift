import Coffer
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOSSL
public import ServiceLifecycle

/// The service over HTTP: HTTP/1.1, and HTTP/2 where TLS agreed on it. Runs until it is told to stop; then it finishes the
/// requests that it has and takes no more.
public struct Server: Service {
    private let address: ListenAddress
    private let settings: ServerSettings
    private let endpoint: Endpoint
    private let ready: @Sendable (ListenAddress) -> Void

    /// A server at `address`. Without `settings.tls` it speaks plain HTTP, which whoever starts it must want. `ready` is
    /// told where it listens, once it does.
    public init(
        _ api: KMSAPI, at address: ListenAddress, settings: ServerSettings,
        health: @escaping @Sendable () async -> Health, ready: @escaping @Sendable (ListenAddress) -> Void
    ) {
        self.address = address
        self.settings = settings
        self.ready = ready
        endpoint = Endpoint(api: api, health: health, isSecure: settings.tls != nil, settings: settings)
    }

    /// Serves until the service is stopped.
    public func run() async throws {
        let logger = Logger(label: "coffer.server") { _ in SwiftLogNoOpLogHandler() }
        let endpoint = endpoint
        let (host, ready) = (address.host, ready)
        let service = try builder().buildServer(
            configuration: ServerConfiguration(
                address: .hostname(host, port: address.port), serverName: nil, backlog: 1024,
                availableConnectionsDelegate: MaximumAvailableConnections(settings.maximumConnections, logger: logger)),
            eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup, logger: logger,
            responder: { request, writer, channel in
                try await endpoint.respond(to: request, writer, channel)
            },
            onServerRunning: { channel in
                ready(ListenAddress(host: host, port: channel.localAddress?.port ?? 0))
            })
        do { try await service.run() } catch let error as any IOErrorKind {
            throw ServerError("can't listen on \(address): \(error.kind)", hint: "is another program listening there?")
        }
    }

    private func builder() throws -> HTTPServerBuilder {
        let limits = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16_384, maxHeaderListSize: 65_536, maxHeaderFieldCount: 128)
        let http1 = HTTP1Channel.Configuration(
            idleTimeout: .seconds(Int64(settings.idleTimeout)), httpDecoderConfiguration: limits)
        guard let tls = settings.tls else { return .http1(configuration: http1) }
        let http2 = HTTP2ChannelConfiguration(
            idleTimeout: .seconds(settings.idleTimeout), gracefulCloseTimeout: .seconds(10), streamConfiguration: http1)
        let configuration = try TLSConfiguration(tls)
        let seconds = Int64(settings.requestTimeout)
        return HTTPServerBuilder { responder in
            HandshakeLimit(
                try HTTP2UpgradeChannel(tlsConfiguration: configuration, configuration: http2, responder: responder),
                seconds: seconds)
        }
    }
}

/// Why the server does not run: a sentence and a way out.
public struct ServerError: Error, CustomStringConvertible, Sendable {
    /// The sentence.
    public let message: String
    /// A way out.
    public let hint: String?

    init(_ message: String, hint: String? = nil) { (self.message, self.hint) = (message, hint) }

    /// The sentence.
    public var description: String { message }
}

/// An error of the system, in words.
private protocol IOErrorKind: Error {
    var kind: String { get }
}

extension IOError: IOErrorKind {
    fileprivate var kind: String { String(describing: self).split(separator: ":").last.map(String.init) ?? "refused" }
}
