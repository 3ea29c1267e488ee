import Coffer
import CofferCrypto
import CofferProviders
import CofferTesting
import Foundation
import Synchronization

/// A server that answers what a test says, and notes what it was asked; and the time that passes while it is waited for.
final class FakeService: AWSTransport {
    struct Asked: Sendable {
        let operation: String
        let url: String
        let headers: [SignatureV4.Request.Header]
        let body: JSON
        let limit: Duration
    }

    private struct State {
        var asked: [Asked] = []
        var waits: [Duration] = []
        var passed = Duration.zero
    }

    private let state = Mutex(State())
    private let answer: @Sendable (Asked, Int) throws -> AWSAnswer
    private let slowness: Duration

    /// Answers by `answer`, which gets the question and how many came before; each takes `slowness`.
    init(slowness: Duration = .zero, _ answer: @escaping @Sendable (Asked, Int) throws -> AWSAnswer) {
        self.slowness = slowness
        self.answer = answer
    }

    var asked: [Asked] { state.withLock { $0.asked } }
    var waits: [Duration] { state.withLock { $0.waits } }
    var passed: Duration { state.withLock { $0.passed } }

    func post(
        _ body: [UInt8], to url: String, headers: [SignatureV4.Request.Header], limit: Duration
    ) async throws -> AWSAnswer {
        let target = headers.first { $0.name == "X-Amz-Target" }?.value.split(separator: ".").last ?? ""
        let question = Asked(
            operation: String(target), url: url, headers: headers, body: try JSON(parsing: body), limit: limit)
        let count = state.withLock { state in
            state.asked.append(question)
            state.passed += min(slowness, limit)
            return state.asked.count - 1
        }
        if slowness >= limit { throw AWSUnreachable("there was no answer in time") }
        return try answer(question, count)
    }

    var clock: AWSClock {
        AWSClock(
            now: { 1_800_000_000 }, passed: { self.passed },
            wait: { wait in
                self.state.withLock { state in
                    state.waits.append(wait)
                    state.passed += wait
                }
            })
    }

    /// A client that asks this server.
    func client(
        region: String? = "eu-central-1", endpoint: String? = nil, limits: AWSLimits = AWSLimits()
    ) throws -> AWSKMS {
        var settings = try AWSSettings(
            credentials: AWSCredentials(accessKeyID: "AKIA", secret: SignedRequest.secret("hush")), region: region,
            endpoint: try endpoint.map { try AWSEndpoint($0) })
        settings.limits = limits
        return AWSKMS(settings, transport: self, clock: clock, randomness: .fixed(seed: 3))
    }
}

extension AWSAnswer {
    /// An answer that is no error.
    static func good(_ json: String) -> AWSAnswer { AWSAnswer(status: 200, body: Array(json.utf8)) }
    /// An error as AWS writes it.
    static func bad(_ name: String, _ message: String = "", status: Int = 400) -> AWSAnswer {
        AWSAnswer(status: status, body: Array("{\"__type\":\"\(name)\",\"message\":\"\(message)\"}".utf8))
    }
}
