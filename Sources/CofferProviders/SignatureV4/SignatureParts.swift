import CofferCrypto

/// The three parts of an authorization header, as far as they are there.
struct AuthorizationParts {
    private(set) var credential: Substring?
    private(set) var signedHeaders: Substring?
    private(set) var signature: Substring?

    /// Parses `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`; commas, spaces or both part it.
    init(_ header: String) throws(SignatureError) {
        let words = header.utf8.split { $0 == UInt8(ascii: ",") || $0 == 0x20 || $0 == 0x09 }
        guard let algorithm = words.first.map(Substring.init), algorithm.hasPrefix("AWS4-") else { return }
        guard algorithm == SignatureV4.algorithm else { throw unsupported(String(algorithm)) }
        for word in words.dropFirst() {
            guard let split = word.firstIndex(of: UInt8(ascii: "=")), split > word.startIndex else {
                throw SignatureError(
                    .incomplete,
                    "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded "
                        + "with Base64): '\(hashed(header))'.")
            }
            let value = Substring(word[word.index(after: split)...])
            switch Substring(word[..<split]) {
            case "Credential": try Self.set(&credential, value)
            case "SignedHeaders": try Self.set(&signedHeaders, value)
            case "Signature": try Self.set(&signature, value)
            default: break
            }
        }
    }

    private static func set(_ part: inout Substring?, _ value: Substring) throws(SignatureError) {
        guard part == nil else {
            throw SignatureError(.incomplete, "The Authorization header has one of its parameters twice.")
        }
        part = value.isEmpty ? nil : value
    }
}

/// The parameters of a query that sign it, as far as they are there.
struct QueryParts {
    private(set) var algorithm: String?
    private(set) var credential: String?
    private(set) var signature: String?
    private(set) var signedHeaders: String?
    private(set) var date: String?
    private(set) var expires: String?
    private(set) var token: String?

    /// Whether anything here looks like a signature.
    var isSigned: Bool { algorithm != nil || credential != nil || signature != nil }

    init(_ query: String) throws(SignatureError) {
        for part in query.utf8.split(separator: UInt8(ascii: "&")) {
            let split = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            // What does not decode is refused later, when the signature is computed.
            guard let name = PercentEncoding.decode(part[..<split]).map({ String(decoding: $0, as: UTF8.self) }),
                let target = Self.target(name)
            else { continue }
            let rest = split < part.endIndex ? part[part.index(after: split)...] : part[split...]
            guard self[keyPath: target] == nil, let bytes = PercentEncoding.decode(rest),
                let value = String(validating: bytes, as: UTF8.self)
            else {
                throw SignatureError(.incomplete, "The query-string parameter '\(name)' is there twice or malformed.")
            }
            self[keyPath: target] = value
        }
    }

    private static func target(_ name: String) -> WritableKeyPath<QueryParts, String?>? {
        switch name {
        case "X-Amz-Algorithm": \.algorithm
        case "X-Amz-Credential": \.credential
        case "X-Amz-Signature": \.signature
        case "X-Amz-SignedHeaders": \.signedHeaders
        case "X-Amz-Date": \.date
        case "X-Amz-Expires": \.expires
        case "X-Amz-Security-Token": \.token
        default: nil
        }
    }
}

func unsupported(_ algorithm: String) -> SignatureError {
    SignatureError(.incomplete, "Unsupported AWS 'algorithm': \(quoted(algorithm)).")
}

/// What somebody sent, in quotes, if it is short and plain enough to be said back.
func quoted(_ text: some StringProtocol) -> String {
    let isPlain = text.utf8.count <= 256 && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    return isPlain ? "'\(text)'" : "\(text.utf8.count) bytes"
}

/// SHA-256 in base64: so AWS says back a header that may hold something secret.
func hashed(_ text: String) -> String {
    let bytes = Array(text.utf8)
    return unsafe Base64.encode(Digest.sha256(bytes.span.bytes))
}
