import Coffer
import NIOHTTP1

/// An answer of S3 that is an error.
struct S3Failure {
    let status: Int
    /// `NoSuchKey`; empty where the answer had no body.
    let code: String
    private let message: String
    /// Where the bucket is, if not where it was asked for.
    private let region: String?

    /// Nil where the answer is none. An upload's completion may fail under the status 200.
    init?(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        let isGood = (200...299).contains(status)
        let root = isGood && body.count > 1 << 14 ? nil : XMLElement(parsing: body)
        guard !isGood || root?.name == "Error" else { return nil }
        self.status = status
        let error = root?.name == "Error" ? root : nil
        let code = error?.text("Code") ?? ""
        self.code = code.utf8.count <= 100 && code.utf8.allSatisfy { (0x21...0x7e).contains($0) } ? code : ""
        message = String(
            decoding: (error?.text("Message") ?? "").utf8.prefix(300).map {
                (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?")
            }, as: UTF8.self)
        let region = error?.text("Region") ?? headers.first(name: "x-amz-bucket-region")
        self.region = region.flatMap { (try? AWSSettings.check($0)) == nil ? nil : $0 }
    }

    /// Whether asking again may help.
    var isPassing: Bool {
        status == 429 || (status >= 500 && status != 501) || status == 200 || Self.passing.contains(code)
    }

    private static let passing: Set<String> = [
        "SlowDown", "InternalError", "RequestTimeout", "ServiceUnavailable", "Throttling", "ThrottlingException",
        "RequestLimitExceeded", "OperationAborted",
    ]
    private static let credentials: Set<String> = [
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "TokenRefreshRequired", "RequestTimeTooSkewed",
        "InvalidSecurity", "AccountProblem", "NotSignedUp",
    ]

    /// The error, or ``S3Client/Passing`` around it.
    func thrown(_ request: S3Client.Request, _ client: S3Client) -> any Error {
        let error = error(request, client)
        return isPassing ? S3Client.Passing(error: error) : error
    }

    private func error(_ request: S3Client.Request, _ client: S3Client) -> ObjectError {
        let place = request.name.map { "\(client.location)/\($0)" } ?? client.location
        let said = [code.isEmpty ? "status \(status)" : code, message].filter { !$0.isEmpty }.joined(separator: ": ")
        if let region, status == 301 || status == 307 || status == 400, region != client.settings.region {
            return ObjectError(
                .unavailable, "the bucket \(client.bucket) is in the region \(region)",
                hint: "set s3: { region: \(region) }, or AWS_REGION=\(region)")
        }
        switch code {
        case "NoSuchBucket":
            return ObjectError(
                .notFound, "there is no bucket \(client.bucket)", hint: "check its name, the region and the endpoint")
        case "ExpiredToken":
            return ObjectError(
                .notAllowed, "S3 says that the session is over", hint: "get new credentials and run it again")
        case "InvalidObjectState":
            return ObjectError(.notAllowed, "\(place) is in an archive", hint: "restore it first")
        case let code where Self.credentials.contains(code):
            return ObjectError(
                .notAllowed, "S3 does not accept the credentials: \(said)",
                hint: "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, the region and this machine's clock")
        default: break
        }
        switch status {
        case 404: return ObjectError(.notFound, "there is no \(place)")
        case 401, 403:
            return ObjectError(
                .notAllowed, "S3 refuses to \(request.verb) \(place): \(said)",
                hint: "allow \(Self.action(request)); where s3:ListBucket is not allowed, what is missing looks so, too"
            )
        case 409 where code == "ConditionalRequestConflict", 412:
            let isNew = request.headers.contains { $0.name == "If-None-Match" }
            return ObjectError(
                .conditionFailed,
                "\(place) \(isNew ? "is there already" : "has changed meanwhile")"
                    + (request.method == .GET ? "" : "; nothing was written"))
        default:
            return ObjectError(.unavailable, "S3 failed to \(request.verb) \(place): \(said)")
        }
    }

    private static func action(_ request: S3Client.Request) -> String {
        switch request.method {
        case .PUT, .POST: "s3:PutObject"
        case .DELETE: "s3:DeleteObject"
        default: request.name == nil ? "s3:ListBucket" : "s3:GetObject"
        }
    }
}
