import Coffer
import CofferProviders

/// `GetCallerIdentity` of AWS STS, by which tools find out who they are: at the same address as the key service, in the
/// query protocol, answered in XML. Whoever is known may ask.
struct STSAPI {
    let api: KMSAPI

    private static let namespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    /// Whether a request speaks the query protocol.
    static func isMeant(by request: ServerRequest) -> Bool {
        guard request.header("x-amz-target") == nil else { return false }
        if request.method == "GET" { return action(request.query) != nil }
        let type = request.header("content-type")?.lowercased() ?? ""
        return type.hasPrefix("application/x-www-form-urlencoded")
    }

    func respond(to request: ServerRequest, _ requestID: String) async -> ServerResponse {
        let action =
            Self.action(request.query) ?? Self.action(String(decoding: request.body.prefix(8192), as: UTF8.self))
        do {
            let principal = try api.doorkeeper.admit(request, service: "sts", operation: action)
            guard action == "GetCallerIdentity" else {
                return Self.failure(
                    "InvalidAction", "Could not find this operation for version 2011-06-15", 400, requestID)
            }
            try await api.entrance.record(
                GuardedCall(
                    AccessRequest(principal, "sts:GetCallerIdentity", on: "*"), operation: "GetCallerIdentity",
                    source: "sts.amazonaws.com", isReadOnly: true, sourceIP: request.address,
                    userAgent: request.header("user-agent"), requestID: requestID), error: nil)
            return Self.xml(
                "<GetCallerIdentityResponse xmlns=\"\(Self.namespace)\"><GetCallerIdentityResult>"
                    + "<Arn>\(XMLText.escaped(principal.arn))</Arn><UserId>\(XMLText.escaped(principal.userID))</UserId>"
                    + "<Account>\(XMLText.escaped(principal.account))</Account></GetCallerIdentityResult>"
                    + "<ResponseMetadata><RequestId>\(requestID)</RequestId></ResponseMetadata>"
                    + "</GetCallerIdentityResponse>", 200, requestID)
        } catch let failure as AuthenticationFailure {
            let status = failure.trouble != nil ? 503 : failure == .throttled ? 400 : 403
            return Self.failure(failure.queryName, failure.message, status, requestID)
        } catch {
            let failure = Failure(error, Wording(realm: api.realm))
            return Self.failure("InternalFailure", failure.message, 500, requestID)
        }
    }

    /// The value of `Action` in a query or form.
    private static func action(_ form: String) -> String? {
        for pair in form.split(separator: "&") where pair.hasPrefix("Action=") { return String(pair.dropFirst(7)) }
        return nil
    }

    private static func failure(_ code: String, _ message: String, _ status: Int, _ requestID: String) -> ServerResponse
    {
        xml(
            "<ErrorResponse xmlns=\"\(namespace)\"><Error><Type>\(status < 500 ? "Sender" : "Receiver")</Type>"
                + "<Code>\(code)</Code><Message>\(XMLText.escaped(message))</Message></Error>"
                + "<RequestId>\(requestID)</RequestId></ErrorResponse>", status, requestID)
    }

    private static func xml(_ text: String, _ status: Int, _ requestID: String) -> ServerResponse {
        ServerResponse(
            status: status, headers: [("content-type", "text/xml"), ("x-amzn-requestid", requestID)],
            body: Array(text.utf8))
    }
}
