public import Coffer
package import CofferCrypto
import NIOHTTP1

/// Somebody outside who takes a text by POST and, where they keep it, gives the last one back by GET.
///
/// Over TLS, or on this machine. Each use makes a connection of its own: there is one a minute, and a certificate
/// authority that was renewed counts at once.
public struct Webhook: Sendable {
    private let endpoint: AWSEndpoint
    /// With its query; whatever secret is in it is shown to nobody.
    private let path: String
    private let authority: String?
    private let authorization: @Sendable () throws -> String?
    private let limits: AWSLimits
    private let randomness: Randomness
    private let clock: AWSClock

    /// A place `https://HOST[:PORT][/PATH]`.
    /// - Parameters:
    ///   - authority: a PEM file of the only certificate authorities to trust; nil for the system's.
    ///   - authorization: what the `Authorization` header says, asked for each time; nil for none.
    public init(
        _ url: String, authority: String? = nil, authorization: @escaping @Sendable () throws -> String? = { nil }
    ) throws(ConfigurationError) {
        try self.init(url, authority: authority, limits: Self.limits, clock: .system, authorization: authorization)
    }

    /// A place with its surroundings passed in.
    package init(
        _ url: String, authority: String? = nil, limits: AWSLimits, clock: AWSClock, randomness: Randomness = .system,
        authorization: @escaping @Sendable () throws -> String? = { nil }
    ) throws(ConfigurationError) {
        let hint = "write it as https://HOST/PATH"
        guard url.utf8.count <= 2048, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }),
            let split = url.firstRange(of: "://")
        else { throw ConfigurationError("the address of the webhook is none", hint: hint) }
        let slash = url[split.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        endpoint = try AWSEndpoint(String(url[..<slash]))
        path = url[slash...].hasPrefix("/") ? String(url[slash...]) : "/" + url[slash...]
        (self.authority, self.authorization) = (authority, authorization)
        (self.limits, self.clock, self.randomness) = (limits, clock, randomness)
    }

    /// Whether a text is meant as the address of one.
    public static func isAddress(_ text: String) -> Bool { text.hasPrefix("https://") || text.hasPrefix("http://") }

    /// Without path and query, for people: a secret may be in them.
    public var name: String { endpoint.description }

    private static var limits: AWSLimits {
        var limits = AWSLimits()
        limits.attempt = .seconds(5)
        limits.firstWait = .milliseconds(500)
        return limits
    }

    /// Sends `text` as plain text; tried again with growing waits, where that may help, until `limit` is over. Returns when
    /// it was taken.
    public func post(_ text: [UInt8], within limit: Duration) async throws {
        _ = try await exchange(.POST, text, within: limit) { (200..<300).contains($0) }
    }

    /// The text that was taken last; nil where there is none, or this place gives none back.
    public func get(within limit: Duration) async throws -> [UInt8]? {
        let answer = try await exchange(.GET, nil, within: limit) { [200, 204, 404, 405, 501].contains($0) }
        return answer.status == 200 && !answer.body.isEmpty ? answer.body : nil
    }

    private func exchange(
        _ method: HTTPMethod, _ body: [UInt8]?, within limit: Duration, isFine: (Int) -> Bool
    ) async throws -> AWSAnswer {
        var headers: [SignatureV4.Request.Header] = [("User-Agent", "coffer")]
        if body != nil { headers.append(("Content-Type", "text/plain; charset=utf-8")) }
        if let value = try authorization() {
            guard value.utf8.count <= 8192, value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
                throw WebhookFailure("\(name) needs an authorization that fits into a header")
            }
            headers.append(("Authorization", value))
        }
        let transport = try HTTPTransport(authority: authority)
        var limits = limits
        limits.total = limit
        return try await limits.trying(clock, randomness) { limit in
            do {
                let answer = try await transport.exchange(
                    method, body, at: "\(endpoint)\(path)", headers: headers, limit: limit)
                if isFine(answer.status) { return .success(answer) }
                let failure = WebhookFailure("\(name) answered with HTTP status \(answer.status)")
                guard answer.status == 408 || answer.status == 429 || answer.status >= 500 else { throw failure }
                return .failure(failure)
            } catch let error as AWSUnreachable {
                let failure = WebhookFailure("\(name) can't be reached: \(error.reason)")
                guard error.isPassing else { throw failure }
                return .failure(failure)
            }
        }
    }
}

/// Why a webhook did not take or give a text: one sentence, without path, query or authorization.
public struct WebhookFailure: Error, CustomStringConvertible, Sendable {
    /// The sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}
