/// An answer, free of any network library.
public struct ServerResponse: Sendable {
    /// The status of HTTP.
    public let status: Int
    /// Headers without content-length, which follows from the body.
    public let headers: [(name: String, value: String)]
    /// The whole body.
    public let body: [UInt8]

    /// An answer.
    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of the header `name`.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
