import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOSSL
import NIOTLS

extension TLSConfiguration {
    /// TLS 1.2 with forward secrecy and authenticated ciphers only, and TLS 1.3 wherever the client speaks it.
    init(_ tls: ServerSettings.TLS) throws(ServerError) {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do { chain = try NIOSSLCertificate.fromPEMFile(tls.certificate) } catch {
            throw ServerError(
                "\(tls.certificate) can't be read as certificates in PEM", hint: "tls.certificate names it")
        }
        do { key = try NIOSSLPrivateKey(file: tls.key, format: .pem) } catch {
            throw ServerError("\(tls.key) can't be read as a private key in PEM", hint: "tls.key names it")
        }
        self = .makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        minimumTLSVersion = .tlsv12
        cipherSuiteValues = [
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
        guard let clientCA = tls.clientCA else { return }
        do { trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(clientCA)) } catch {
            throw ServerError("\(clientCA) can't be read as certificates in PEM", hint: "tls.client_ca names it")
        }
        certificateVerification = .noHostnameVerification
    }
}

/// A channel that must have shaken hands within some seconds, so that nobody holds a connection by saying nothing.
struct HandshakeLimit<Base: ServerChildChannel>: ServerChildChannel {
    typealias Value = Base.Value
    private let base: Base
    private let seconds: Int64

    init(_ base: Base, seconds: Int64) { (self.base, self.seconds) = (base, seconds) }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let tls = try pipeline.handler(type: NIOSSLServerHandler.self)
            try pipeline.addHandler(HandshakeDeadline(seconds: seconds), position: .after(tls))
            return value
        }
    }

    func handle(value: Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

/// Closes its channel unless TLS says in time that it is there.
private final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny
    private let seconds: Int64
    private var deadline: Scheduled<Void>?

    init(seconds: Int64) { self.seconds = seconds }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .seconds(seconds)) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent { deadline?.cancel() }
        context.fireUserInboundEventTriggered(event)
    }
}
