import Coffer

/// Whether the service can do its work: whether the record can be kept and the key store be read.
public struct Health: Hashable, Sendable {
    /// What stands in the way; empty where nothing does.
    public let troubles: [String]

    /// What somebody should look at though the work is done.
    public let warnings: [String]

    /// A state.
    public init(troubles: [String] = [], warnings: [String] = []) {
        (self.troubles, self.warnings) = (troubles, warnings)
    }

    /// `GET /healthz`.
    var response: ServerResponse {
        let body = JSON.members(
            ("status", troubles.isEmpty ? "ok" : "failing"),
            ("troubles", troubles.isEmpty ? nil : .array(troubles.map(JSON.string))),
            ("warnings", warnings.isEmpty ? nil : .array(warnings.map(JSON.string))))
        return ServerResponse(
            status: troubles.isEmpty ? 200 : 503, headers: [("content-type", "application/json")], body: body.bytes)
    }
}
