extension AuditEvent {
    /// The event of a line that ``encoded`` wrote; nil for anything else.
    public init?(decoding line: [UInt8]) {
        guard let json = try? JSON(parsing: line, maximumDepth: 64), let id = json["eventID"]?.string,
            let time = json["eventTime"]?.string.flatMap(EventTime.milliseconds),
            let source = json["eventSource"]?.string, let name = json["eventName"]?.string,
            let region = json["awsRegion"]?.string, let requestID = json["requestID"]?.string,
            let isReadOnly = json["readOnly"]?.bool, let details = json["additionalEventData"],
            let phase = details["phase"]?.string.flatMap(Phase.init), let identity = json["userIdentity"]
        else { return nil }
        let keyStore = details["keyStoreGeneration"]?.integer.flatMap { generation in
            details["keyStoreRoot"]?.string.map { KeyStoreState(generation: generation, root: $0) }
        }
        let address = json["sourceIPAddress"]?.string
        self.init(
            id: id, time: time, source: source, name: name, phase: phase, principal: Principal(identity: identity),
            sourceIP: address == "localhost" ? nil : address, userAgent: json["userAgent"]?.string, region: region,
            requestID: requestID, isReadOnly: isReadOnly,
            resources: json["resources"]?.array?.compactMap { $0["ARN"]?.string } ?? [],
            parameters: json["requestParameters"].flatMap { $0 == .null ? nil : $0 } ?? .object([]),
            response: json["responseElements"].flatMap { $0 == .null ? nil : $0 },
            errorCode: json["errorCode"]?.string, errorMessage: json["errorMessage"]?.string, keyStore: keyStore)
    }
}

extension Principal {
    fileprivate init?(identity: JSON) {
        guard let kind = identity["type"]?.string.flatMap(Kind.init), let arn = identity["arn"]?.string,
            let account = identity["accountId"]?.string, let name = identity["userName"]?.string
        else { return nil }
        self.init(kind, arn: arn, account: account, name: name, accessKeyID: identity["accessKeyId"]?.string)
    }
}
