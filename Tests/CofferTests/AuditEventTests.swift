import Coffer
import Testing

@Suite struct `An audit event` {
    private var event: AuditEvent {
        AuditEvent(
            id: "0c1d", time: 1_763_730_123_456, source: "kms.amazonaws.com", name: "Decrypt", phase: .intent,
            principal: Principal(
                .user, arn: "arn:aws:iam::123456789012:user/etl", account: "123456789012", name: "etl",
                accessKeyID: "AKIAEXAMPLE"), sourceIP: "192.0.2.1", userAgent: "say \"hi\"\n\u{1}\\ ü",
            region: "eu-central-1", requestID: "r", isReadOnly: false, resources: ["arn:aws:kms:x:1:key/a", "b"],
            parameters: .members(("a", "b")), response: .members(("c", .integer(1))), errorCode: "E", errorMessage: "m",
            keyStore: KeyStoreState(generation: 7, root: "ff"))
    }

    @Test func `comes back from its line as it was`() {
        #expect(AuditEvent(decoding: event.encoded) == event)
        var bare = event
        (bare.principal, bare.sourceIP, bare.userAgent, bare.response, bare.errorCode, bare.errorMessage) =
            (nil, nil, nil, nil, nil, nil)
        (bare.parameters, bare.keyStore, bare.resources) = (.object([]), nil, [])
        #expect(AuditEvent(decoding: bare.encoded) == bare)
    }

    @Test func `is one line of the form CloudTrail has`() throws {
        let line = event.encoded
        #expect(!line.contains(0x0a))
        let json = try JSON(parsing: line)
        #expect(json["eventTime"]?.string == "2025-11-21T13:02:03.456Z")
        #expect(json["userIdentity"]?["type"]?.string == "IAMUser")
        #expect(json["resources"]?.array?.first?["type"]?.string == "AWS::KMS::Key")
        #expect(json["userAgent"]?.string == event.userAgent)
    }

    @Test func `bounds what a client says of itself`() {
        var long = event
        long.userAgent = String(repeating: "ä", count: 100_000)
        #expect(long.encoded.count < 4000)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00.000Z", Int64(0)), ("2000-02-29T23:59:59.999Z", 951_868_799_999),
        ("1969-12-31T23:59:59.999Z", -1), ("2026-11-21T00:00:00.000Z", 1_795_219_200_000),
    ])
    func `has times by the calendar`(text: String, milliseconds: Int64) {
        #expect(EventTime.text(milliseconds) == text)
        #expect(EventTime.milliseconds(text) == milliseconds)
    }

    @Test(arguments: [
        "", "2026", "2026-02-30", "2026-13-01", "2026-11-21T25:00:00Z", "2026-11-21 10:00:00", "x026-11-21",
    ])
    func `takes nothing for a time that is none`(text: String) { #expect(EventTime.milliseconds(text) == nil) }
}
