/// One line of the record: who did what with what, and how it ended. Shaped like an event of AWS CloudTrail. Never holds
/// a key, a plaintext, or a literal of somebody's data.
public struct AuditEvent: Hashable, Sendable {
    /// Where an event stands in what it tells of.
    public enum Phase: String, Hashable, Sendable {
        /// A change is about to be made. Its outcome follows with the same request id.
        case intent
        /// What was done, or refused.
        case outcome
    }

    /// A random UUID.
    public var id: String
    /// Milliseconds since 1970.
    public var time: Int64
    /// `kms.amazonaws.com`, `coffer.pipeline`: whose operation it is.
    public var source: String
    /// The operation by the name AWS gives it: `Decrypt`; `Run`, `Reveal` for pipelines.
    public var name: String
    /// What an event stands for.
    public var phase: Phase
    /// Who; nil for somebody who was not recognized.
    public var principal: Principal?
    /// The address the request came from; nil on the machine itself.
    public var sourceIP: String?
    /// What the client says it is.
    public var userAgent: String?
    /// The region.
    public var region: String
    /// What the events of one request have in common.
    public var requestID: String
    /// Whether nothing was to be changed.
    public var isReadOnly: Bool
    /// ARNs of the keys and other things it was about.
    public var resources: [String]
    /// The request without its secrets: names, ids, encryption context.
    public var parameters: JSON
    /// What the operation answered, where that is worth keeping: the id of a new key.
    public var response: JSON?
    /// The code of the refusal or failure; nil where it was done.
    public var errorCode: String?
    /// Its sentence; for people.
    public var errorMessage: String?
    /// The key store as it stood then.
    public var keyStore: KeyStoreState?

    /// An event.
    public init(
        id: String, time: Int64, source: String, name: String, phase: Phase = .outcome, principal: Principal?,
        sourceIP: String? = nil, userAgent: String? = nil, region: String, requestID: String, isReadOnly: Bool,
        resources: [String] = [], parameters: JSON = .object([]), response: JSON? = nil, errorCode: String? = nil,
        errorMessage: String? = nil, keyStore: KeyStoreState? = nil
    ) {
        self.id = id
        self.time = time
        self.source = source
        self.name = name
        self.phase = phase
        self.principal = principal
        self.sourceIP = sourceIP
        self.userAgent = userAgent
        self.region = region
        self.requestID = requestID
        self.isReadOnly = isReadOnly
        self.resources = resources
        self.parameters = parameters
        self.response = response
        self.errorCode = errorCode
        self.errorMessage = errorMessage
        self.keyStore = keyStore
    }
}

/// One state of a key store: how often it was changed, and the digest of all its rows. A store that was put back shows an
/// earlier one.
public struct KeyStoreState: Hashable, Sendable {
    /// How often the store was changed.
    public let generation: Int64
    /// SHA-256 over all its rows, in hexadecimal.
    public let root: String

    /// A state.
    public init(generation: Int64, root: String) { (self.generation, self.root) = (generation, root) }
}
