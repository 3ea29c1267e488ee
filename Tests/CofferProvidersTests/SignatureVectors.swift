import CofferCrypto
import CofferProviders
import Foundation
import Testing

/// One of the official cases of Signature Version 4: a request, and how it is signed in its header and in its query.
struct SignatureCase: Decodable, CustomTestStringConvertible, Sendable {
    struct Context: Decodable {
        struct Credentials: Decodable {
            let access_key_id: String
            let secret_access_key: String
            let token: String?
        }
        let credentials: Credentials
        let expiration_in_seconds: Int
        let normalize: Bool
        let region: String
        let service: String
        let sign_body: Bool
        let timestamp: String
        let omit_session_token: Bool?
    }
    struct Signed: Decodable {
        let canonical_request: String
        let string_to_sign: String
        let signature: String
        let signed_request: String
    }
    let name: String
    let context: Context
    let request: String
    let header: Signed
    let query: Signed

    var testDescription: String { name }

    static let all: [SignatureCase] = {
        guard let data = try? Data(contentsOf: SignatureVectors.file) else { return [] }
        return (try? JSONDecoder().decode([SignatureCase].self, from: data)) ?? []
    }()

    var credentials: AWSCredentials {
        let bytes = Array(context.credentials.secret_access_key.utf8)
        return unsafe AWSCredentials(
            accessKeyID: context.credentials.access_key_id, secret: SecretBytes(copying: bytes.span.bytes),
            sessionToken: context.credentials.token)
    }
    var scope: SignatureV4.Scope { SignatureV4.Scope(region: context.region, service: context.service) }
    var rules: SignatureV4.Rules {
        SignatureV4.Rules(normalizesPath: context.normalize, signsToken: !(context.omit_session_token ?? false))
    }
    var time: Int64 {
        Int64((try? Date(context.timestamp, strategy: .iso8601))?.timeIntervalSince1970 ?? 0)
    }
    var verifier: SignatureV4.Verifier { SignatureV4.Verifier(scope: scope, rules: rules) }
}

enum SignatureVectors {
    static let file: URL = {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["COFFER_VECTORS"] { return URL(filePath: path).appending(path: "sigv4/vectors.json") }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/vectors/sigv4/vectors.json")
    }()
    static let exist = FileManager.default.fileExists(atPath: file.path)
}

extension SignatureV4.Request {
    /// Parses a request as the vectors write it: folded lines belong to the header above them.
    init(text: String) {
        let split = text.range(of: "\n\n")
        var lines = text[..<(split?.lowerBound ?? text.endIndex)].split(separator: "\n").map(String.init)
        let first = lines.removeFirst()
        let words = first.split(separator: " ").map(String.init)
        let target = words.dropFirst().dropLast().joined(separator: " ").split(separator: "?", maxSplits: 1)
        var headers: [Header] = []
        for line in lines {
            if line.hasPrefix(" ") {
                headers[headers.count - 1].value += "\n" + line
            } else {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                headers.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : ""))
            }
        }
        let body = Array(text[(split?.upperBound ?? text.endIndex)...].utf8)
        self.init(
            method: words[0], path: target.first.map(String.init) ?? "/",
            query: target.count > 1 ? String(target[1]) : "", headers: headers,
            body: unsafe .sha256(Digest.sha256(body.span.bytes)))
    }
}
