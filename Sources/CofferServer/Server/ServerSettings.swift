public import Coffer

/// How the server listens and what it bears: its part of coffer.yaml.
public struct ServerSettings: Sendable {
    /// The certificate that clients see and, where they must show one, whose they must be of.
    public struct TLS: Sendable, Hashable {
        /// A file of certificates in PEM: the server's own first, then those above it.
        public let certificate: String
        /// The file of its private key in PEM.
        public let key: String
        /// A file of certificates in PEM. Clients must show one that these stand behind.
        public let clientCA: String?
    }

    /// How often one identity may ask.
    public struct Throttle: Sendable, Hashable {
        /// Requests a second, in the long run.
        public let rate: Int
        /// Requests at once.
        public let burst: Int

        /// A limit.
        public init(rate: Int, burst: Int) { (self.rate, self.burst) = (rate, burst) }
    }

    /// Where it listens; nil where the file does not say.
    public var listen: ListenAddress?
    /// Nil where the file does not say: then only plain HTTP on this machine is possible.
    public var tls: TLS?
    /// Nil for no limit.
    public var throttle: Throttle?
    /// How many connections it holds at once. More wait.
    public var maximumConnections = 1024
    /// Seconds until a connection that says nothing is closed.
    public var idleTimeout = 60
    /// Seconds within which a request must have arrived, once it began.
    public var requestTimeout = 15
    /// Bytes of the longest request.
    public static let maximumBodyByteCount = 262_144

    /// The names that this part of the file may have at its top.
    public static let keys = ["listen", "tls", "throttle", "limits"]

    /// What holds where nothing is configured.
    public init() {}

    /// Reads the server's part of the file whose top is `section`.
    public init(_ section: Section) throws(ConfigurationError) {
        if let node = section["listen"] { listen = try ListenAddress(node) }
        if let node = section["tls"] {
            let tls = try Section(node, "tls", keys: ["certificate", "key", "client_ca"])
            self.tls = TLS(
                certificate: try tls.required("certificate").text("tls.certificate"),
                key: try tls.required("key").text("tls.key"), clientCA: try tls.text("client_ca"))
        }
        if let node = section["throttle"] {
            let throttle = try Section(node, "throttle", keys: ["requests_per_second", "burst"])
            let rate = try throttle.required("requests_per_second")
                .integer("throttle.requests_per_second", in: 1...1_000_000)
            self.throttle = Throttle(rate: rate, burst: try throttle.integer("burst", in: 1...1_000_000) ?? rate)
        }
        if let node = section["limits"] {
            let limits = try Section(node, "limits", keys: ["connections", "idle_seconds", "request_seconds"])
            maximumConnections = try limits.integer("connections", in: 1...100_000) ?? maximumConnections
            idleTimeout = try limits.integer("idle_seconds", in: 1...3600) ?? idleTimeout
            requestTimeout = try limits.integer("request_seconds", in: 1...3600) ?? requestTimeout
        }
    }
}
