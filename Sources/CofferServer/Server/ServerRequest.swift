/// A request as it came over HTTP, free of any network library, so that everything behind it is tested without a socket.
public struct ServerRequest: Sendable {
    /// `POST`.
    public let method: String
    /// The path as it was sent, nothing decoded.
    public let path: String
    /// What stands behind the question mark, nothing decoded.
    public let query: String
    /// The headers in their order, names in lower case.
    public let headers: [(name: String, value: String)]
    /// The whole body.
    public let body: [UInt8]
    /// The address of the client; nil on a socket that has none.
    public let address: String?
    /// Whether it came over TLS.
    public let isSecure: Bool

    /// A request.
    public init(
        method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], address: String? = nil, isSecure: Bool = true
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.address = address
        self.isSecure = isSecure
    }

    /// The first value of the header `name`, which is written in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
