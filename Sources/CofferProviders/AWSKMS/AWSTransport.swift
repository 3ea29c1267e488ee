/// Carries a request to a server and its answer back: the network, or a test.
package protocol AWSTransport: Sendable {
    /// Posts `body` and returns the answer, whatever its status; throws where there was none within `limit`.
    func post(
        _ body: [UInt8], to url: String, headers: [SignatureV4.Request.Header], limit: Duration
    ) async throws -> AWSAnswer
}

/// An answer of a server.
package struct AWSAnswer: Sendable {
    /// The HTTP status.
    package let status: Int
    /// The body.
    package var body: [UInt8]

    /// An answer.
    package init(status: Int, body: [UInt8]) { (self.status, self.body) = (status, body) }
}

/// Why there was no answer: a sentence that holds nothing of what was sent.
package struct AWSUnreachable: Error, Sendable {
    /// What stood in the way.
    package let reason: String
    /// Whether asking again may help. A certificate that is not trusted stays so.
    package let isPassing: Bool

    /// A reason.
    package init(_ reason: String, isPassing: Bool = true) { (self.reason, self.isPassing) = (reason, isPassing) }
}
