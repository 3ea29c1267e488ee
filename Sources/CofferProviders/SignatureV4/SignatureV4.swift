/// Signature Version 4, by which AWS and what speaks like it know who sent a request: signing, and verifying.
///
/// Pure functions of a request, a secret and the time; the network is somebody else's.
public enum SignatureV4 {
    /// What a signature covers of a request, as it went over the wire.
    public struct Request: Sendable {
        /// A header.
        public typealias Header = (name: String, value: String)

        /// `POST`.
        public var method: String
        /// The path, still percent-encoded; empty counts as `/`.
        public var path: String
        /// The query without its question mark, still percent-encoded. A `+` stands for itself, not for a space.
        public var query: String
        /// All headers in their order, names in any case. Behind HTTP/2, `:authority` comes here as `host`.
        public var headers: [Header]
        /// What stands for the body.
        public var body: Body

        /// A request.
        public init(method: String, path: String = "/", query: String = "", headers: [Header], body: Body) {
            self.method = method
            self.path = path
            self.query = query
            self.headers = headers
            self.body = body
        }
    }

    /// What stands for a body in a signature.
    public enum Body: Hashable, Sendable {
        /// Its SHA-256, 32 bytes.
        case sha256([UInt8])
        /// A word that S3 knows instead: `UNSIGNED-PAYLOAD`, `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`.
        case word(String)
    }

    /// Where and for what a signature is good.
    public struct Scope: Hashable, Sendable {
        /// As AWS writes it: `eu-central-1`.
        public let region: String
        /// As AWS writes it: `kms`.
        public let service: String

        /// A scope.
        public init(region: String, service: String) { (self.region, self.service) = (region, service) }
    }

    /// What services do differently.
    public struct Rules: Hashable, Sendable {
        /// Whether `.`, `..` and empty segments of a path are resolved (RFC 3986, section 6).
        public var normalizesPath: Bool
        /// Whether the encoded path is encoded once more.
        public var encodesPathTwice: Bool
        /// Whether a session token is part of what is signed. A few services add it afterwards.
        public var signsToken: Bool

        /// Rules of one's own.
        public init(normalizesPath: Bool = true, encodesPathTwice: Bool = true, signsToken: Bool = true) {
            self.normalizesPath = normalizesPath
            self.encodesPathTwice = encodesPathTwice
            self.signsToken = signsToken
        }

        /// Every service but S3.
        public static let standard = Rules()
        /// S3: the path as it is.
        public static let s3 = Rules(normalizesPath: false, encodesPathTwice: false)
    }

    static let algorithm = "AWS4-HMAC-SHA256"
    static let terminator = "aws4_request"
}
