import Coffer

/// The audit log for whoever may read it (`coffer:ReadAudit`): `GET /audit/checkpoint`, `/audit/tile/…`, as C2SP tlog-tiles has
/// them, so that it is verified without a place on this machine. Requests are signed as those for keys are; what is denied is
/// on the record, what is read is not.
struct AuditAPI {
    let api: KMSAPI
    let file: @Sendable (_ path: String) throws -> [UInt8]?

    static let prefix = "/audit/"

    func respond(to request: ServerRequest, _ requestID: String) async -> ServerResponse {
        do {
            let principal = try api.doorkeeper.admit(request, service: "kms", operation: "ReadAudit")
            try await api.entrance.authorize(call(request, principal, requestID))
            let path = String(request.path.dropFirst(Self.prefix.utf8.count))
            guard let bytes = try file(path) else {
                return .failure(Failure("NotFoundException", "There is no such file.", status: 404), requestID)
            }
            let type = path == "checkpoint" ? "text/plain; charset=utf-8" : "application/octet-stream"
            return ServerResponse(
                status: 200, headers: [("content-type", type), ("x-amzn-requestid", requestID)], body: bytes)
        } catch {
            return .failure(Failure(error, Wording(realm: api.realm)), requestID)
        }
    }

    private func call(_ request: ServerRequest, _ principal: Principal, _ requestID: String) -> GuardedCall {
        var conditions = [
            "aws:SecureTransport": [request.isSecure ? "true" : "false"], "aws:RequestedRegion": [api.realm.region],
            "kms:CallerAccount": [principal.account],
        ]
        if let address = request.address { conditions["aws:SourceIp"] = [address] }
        if let agent = request.header("user-agent") { conditions["aws:UserAgent"] = [agent] }
        return GuardedCall(
            AccessRequest(principal, "coffer:ReadAudit", on: "*", conditions: conditions), operation: "ReadAudit",
            source: "coffer.audit", isReadOnly: true, sourceIP: request.address,
            userAgent: request.header("user-agent"), requestID: requestID)
    }
}
