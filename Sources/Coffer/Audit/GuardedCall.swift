/// What somebody asks for, with all that authorization and the record need to know of it.
public struct GuardedCall: Sendable {
    /// Who wants to do what with what.
    public let request: AccessRequest
    /// The operation by the name AWS gives it.
    public let operation: String
    /// Whose operation it is.
    public let source: String
    /// Whether nothing is to be changed.
    public let isReadOnly: Bool
    /// The request without its secrets.
    public let parameters: JSON
    /// The address it came from.
    public let sourceIP: String?
    /// What the client says it is.
    public let userAgent: String?
    /// What the events of this call have in common.
    public let requestID: String

    /// A call. Without a source it is one of AWS KMS.
    public init(
        _ request: AccessRequest, operation: String, source: String = "kms.amazonaws.com", isReadOnly: Bool,
        parameters: JSON = .object([]), sourceIP: String? = nil, userAgent: String? = nil, requestID: String
    ) {
        self.request = request
        self.operation = operation
        self.source = source
        self.isReadOnly = isReadOnly
        self.parameters = parameters
        self.sourceIP = sourceIP
        self.userAgent = userAgent
        self.requestID = requestID
    }
}
