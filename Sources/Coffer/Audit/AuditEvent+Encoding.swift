extension AuditEvent {
    /// The event as one line of JSON, shaped like a record of AWS CloudTrail. Costs about two microseconds.
    ///
    /// Texts that come from a client are bounded, so that no caller can blow the record up.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        write(to: &bytes)
        return bytes
    }

    /// Appends the line, without an end.
    public func write(to bytes: inout [UInt8]) {
        bytes += #"{"eventVersion":"1.11","userIdentity":{"type":"#.utf8
        JSON.write(principal?.kind.rawValue ?? "Unknown", to: &bytes)
        if let principal {
            Self.member("principalId", principal.name, to: &bytes)
            Self.member("arn", principal.arn, to: &bytes)
            Self.member("accountId", principal.account, to: &bytes)
            if let id = principal.accessKeyID { Self.member("accessKeyId", id, to: &bytes) }
            Self.member("userName", principal.name, to: &bytes)
        }
        bytes += #"},"eventTime":""#.utf8
        EventTime.write(time, to: &bytes)
        bytes += #"","eventSource":"#.utf8
        JSON.write(source, to: &bytes)
        Self.member("eventName", name, to: &bytes)
        Self.member("awsRegion", region, to: &bytes)
        Self.member("sourceIPAddress", sourceIP ?? "localhost", to: &bytes)
        if let userAgent { Self.member("userAgent", userAgent, to: &bytes) }
        if let errorCode { Self.member("errorCode", errorCode, to: &bytes) }
        if let errorMessage { Self.member("errorMessage", errorMessage, to: &bytes) }
        bytes += #","requestParameters":"#.utf8
        if parameters == .object([]) { bytes += "null".utf8 } else { parameters.write(to: &bytes) }
        bytes += #","responseElements":"#.utf8
        if let response { response.write(to: &bytes) } else { bytes += "null".utf8 }
        Self.member("requestID", requestID, to: &bytes)
        Self.member("eventID", id, to: &bytes)
        bytes += isReadOnly ? #","readOnly":true,"resources":["#.utf8 : #","readOnly":false,"resources":["#.utf8
        for (i, resource) in resources.enumerated() {
            bytes += i == 0 ? #"{"ARN":"#.utf8 : #",{"ARN":"#.utf8
            JSON.write(Self.bounded(resource), to: &bytes)
            if resource.hasPrefix("arn:aws:kms:") { bytes += #","type":"AWS::KMS::Key""#.utf8 }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes += #"],"eventType":"AwsApiCall","managementEvent":true,"eventCategory":"Management""#.utf8
        if let principal { Self.member("recipientAccountId", principal.account, to: &bytes) }
        bytes += #","additionalEventData":{"phase":"#.utf8
        JSON.write(phase.rawValue, to: &bytes)
        if let keyStore {
            bytes += #","keyStoreGeneration":"#.utf8
            bytes += String(keyStore.generation).utf8
            Self.member("keyStoreRoot", keyStore.root, to: &bytes)
        }
        bytes += "}}".utf8
    }

    private static func member(_ name: StaticString, _ value: String, to bytes: inout [UInt8]) {
        bytes += #",""#.utf8
        unsafe bytes += UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        bytes += #"":"#.utf8
        JSON.write(bounded(value), to: &bytes)
    }

    /// At most 1 KiB, and a bit of a character.
    private static func bounded(_ text: String) -> String {
        text.utf8.count <= 1024 ? text : String(text.unicodeScalars.prefix(1000)) + "…"
    }
}
