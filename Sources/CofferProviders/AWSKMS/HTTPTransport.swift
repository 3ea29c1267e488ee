import AsyncHTTPClient
import Coffer
import NIOCore
import NIOHTTP1
import NIOSSL

/// The network: connections that are kept, TLS 1.2 or newer, certificates verified, no redirects, no proxy.
final class HTTPTransport: AWSTransport {
    let client: HTTPClient
    /// No answer of a key service is longer.
    private static let maximumByteCount = 1 << 16

    /// A transport that trusts the system's certificate authorities, or only those in the PEM file `authority`. A server that
    /// says nothing for `silence` is not waited for any longer.
    init(authority: String?, silence: TimeAmount? = nil) throws(ConfigurationError) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authority {
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(authority), !certificates.isEmpty else {
                throw ConfigurationError(
                    "\(authority) has no certificates that can be read", hint: "ca: names a file of certificates in PEM"
                )
            }
            tls.trustRoots = .certificates(certificates)
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: silence), decompression: .disabled)
        configuration.httpVersion = .http1Only
        // Whoever calls tries again, and knows when.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // A client must be shut down, and that waits: somebody else waits for it.
        let client = client
        Task.detached { try? await client.shutdown() }
    }

    func post(
        _ body: [UInt8], to url: String, headers: [SignatureV4.Request.Header], limit: Duration
    ) async throws -> AWSAnswer {
        try await exchange(.POST, body, at: url, headers: headers, limit: limit)
    }

    /// Sends a request, with a body where there is one, and returns the answer, whatever its status; throws where there was
    /// none within `limit`.
    func exchange(
        _ method: HTTPMethod, _ body: [UInt8]?, at url: String, headers: [SignatureV4.Request.Header], limit: Duration
    ) async throws -> AWSAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            let response = try await client.execute(request, timeout: .nanoseconds(limit.nanoseconds))
            var bytes: [UInt8] = []
            for try await var part in response.body {
                guard bytes.count + part.readableBytes <= Self.maximumByteCount else {
                    throw AWSUnreachable("the answer is too long", isPassing: false)
                }
                bytes += part.readableBytesView
                // Wipes the bytes where this buffer is their only owner.
                unsafe part.withUnsafeMutableReadableBytes { bytes in
                    _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
                }
            }
            return AWSAnswer(status: Int(response.status.code), body: bytes)
        } catch {
            throw Self.unreachable(error)
        }
    }

    static func unreachable(_ error: any Error) -> any Error {
        switch error {
        case is CancellationError, is AWSUnreachable: return error
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case let error as HTTPClientError
        where error == .deadlineExceeded || error == .connectTimeout
            || error == .readTimeout:
            return AWSUnreachable("there was no answer in time")
        case let error as NIOSSLError:
            if case .handshakeFailed(let reason) = error {
                let isUntrusted = "\(reason)".contains("CERTIFICATE_VERIFY_FAILED")
                return AWSUnreachable(
                    isUntrusted ? "its certificate is not trusted" : "TLS failed", isPassing: !isUntrusted)
            }
            return AWSUnreachable("TLS failed")
        case is NIOSSLExtraError:
            return AWSUnreachable("its certificate is for another name", isPassing: false)
        default: return AWSUnreachable("there is no connection")
        }
    }
}

extension Duration {
    /// As many nanoseconds as fit.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, 0), 86_400) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
