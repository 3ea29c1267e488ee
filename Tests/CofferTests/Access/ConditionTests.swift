import Coffer
import Testing

/// A condition, what a request says, and whether the condition holds for it.
struct ConditionRow: CustomTestStringConvertible, Sendable {
    let condition: String
    let given: [String: [String]]
    let holds: Bool
    let why: String

    init(_ condition: String, _ given: [String: [String]], _ holds: Bool, _ why: String) {
        (self.condition, self.given, self.holds, self.why) = (condition, given, holds, why)
    }

    var testDescription: String { "\(condition) with \(given): \(holds), \(why)" }
}

@Suite struct `A condition` {
    private func decide(_ statements: String..., given: [String: [String]], _ who: Principal = Access.alice) throws
        -> Bool
    {
        let set = PolicySet(
            keyPolicy: nil,
            identityPolicies: [try PolicyDocument(parsing: Access.document(statements), kind: .identity)])
        return set.evaluate(AccessRequest(who, "kms:Decrypt", on: Access.key, conditions: given), at: Access.now)
            .isAllowed
    }

    private func statement(_ effect: String, _ condition: String) -> String {
        #"{"Effect":"\#(effect)","Action":"kms:*","Resource":"*","Condition":\#(condition)}"#
    }

    /// Both ways: an Allow that applies allows, a Deny that applies denies what all else allows.
    private func check(_ row: ConditionRow, _ who: Principal = Access.alice) throws {
        let allows = try decide(statement("Allow", row.condition), given: row.given, who)
        #expect(allows == row.holds, "\(row.why)")
        let passes = try decide(statement("Allow", "{}"), statement("Deny", row.condition), given: row.given, who)
        #expect(passes == !row.holds, "\(row.why)")
    }

    static let via = "kms:ViaService"

    @Test(arguments: [
        ConditionRow(#"{"StringEquals":{"kms:ViaService":"s3"}}"#, [via: ["s3"]], true, "the same text"),
        ConditionRow(#"{"StringEquals":{"kms:ViaService":"s3"}}"#, [via: ["S3"]], false, "case counts in values"),
        ConditionRow(
            #"{"StringEquals":{"kms:ViaService":"s3"}}"#, ["KMS:VIASERVICE": ["s3"]], true, "but not in names"),
        ConditionRow(#"{"StringEquals":{"KMS:viaservice":"s3"}}"#, [via: ["s3"]], true, "in either place"),
        ConditionRow(#"{"StringEquals":{"kms:ViaService":"s3"}}"#, [:], false, "a missing key matches nothing"),
        ConditionRow(#"{"StringEquals":{"kms:ViaService":"s3"}}"#, [via: []], false, "nor does one without values"),
        ConditionRow(#"{"StringEquals":{"kms:ViaService":["a","s3"]}}"#, [via: ["s3"]], true, "one of several values"),
        ConditionRow(#"{"StringEquals":{"kms:ViaService":["a","b"]}}"#, [via: ["s3"]], false, "none of several values"),
        ConditionRow(#"{"StringEquals":{"kms:ViaService":"s*"}}"#, [via: ["s3"]], false, "no wildcards in Equals"),
        ConditionRow(#"{"StringEquals":{"kms:ViaService":"s*"}}"#, [via: ["s*"]], true, "a star is a star there"),
        ConditionRow(#"{"StringEquals":{"kms:ViaService":""}}"#, [via: [""]], true, "an empty text is a text"),
        ConditionRow(
            #"{"StringEquals":{"kms:ViaService":"e\u0301"}}"#, [via: ["é"]], false, "bytes, not what it looks like"),
        ConditionRow(#"{"StringEquals":{"kms:X":1}}"#, ["kms:X": ["1"]], true, "a number stands for its text"),
        ConditionRow(#"{"StringEquals":{"kms:X":true}}"#, ["kms:X": ["true"]], true, "and so does a boolean"),
        ConditionRow(
            #"{"StringEquals":{"kms:ViaService":"s3","kms:KeySpec":"RSA_2048"}}"#,
            [via: ["s3"], "kms:KeySpec": ["RSA_2048"]], true, "all keys hold"),
        ConditionRow(
            #"{"StringEquals":{"kms:ViaService":"s3","kms:KeySpec":"RSA_2048"}}"#,
            [via: ["s3"], "kms:KeySpec": ["RSA_4096"]], false, "one of the keys does not"),
        ConditionRow(
            #"{"StringEquals":{"kms:ViaService":"s3"},"Bool":{"aws:SecureTransport":"true"}}"#,
            [via: ["s3"], "aws:SecureTransport": ["false"]], false, "one of the operators does not"),
        ConditionRow(#"{"StringNotEquals":{"kms:ViaService":"s3"}}"#, [via: ["ec2"]], true, "another text"),
        ConditionRow(#"{"StringNotEquals":{"kms:ViaService":"s3"}}"#, [via: ["s3"]], false, "the same text"),
        ConditionRow(#"{"StringNotEquals":{"kms:ViaService":["a","s3"]}}"#, [via: ["s3"]], false, "none may match"),
        ConditionRow(#"{"StringNotEquals":{"kms:ViaService":["a","b"]}}"#, [via: ["s3"]], true, "none does"),
        ConditionRow(#"{"StringNotEquals":{"kms:ViaService":"s3"}}"#, [:], true, "a missing key is not the value"),
        ConditionRow(#"{"StringEqualsIgnoreCase":{"kms:ViaService":"S3"}}"#, [via: ["s3"]], true, "case is ignored"),
        ConditionRow(#"{"StringEqualsIgnoreCase":{"kms:ViaService":"ÄPFEL"}}"#, [via: ["äpfel"]], true, "beyond ASCII"),
        ConditionRow(#"{"StringEqualsIgnoreCase":{"kms:ViaService":"S4"}}"#, [via: ["s3"]], false, "another text"),
        ConditionRow(
            #"{"StringNotEqualsIgnoreCase":{"kms:ViaService":"S3"}}"#, [via: ["s3"]], false, "case is ignored"),
        ConditionRow(#"{"StringNotEqualsIgnoreCase":{"kms:ViaService":"S3"}}"#, [:], true, "a missing key"),
        ConditionRow(
            #"{"StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}}"#, [via: ["s3.eu.amazonaws.com"]], true, "star"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"s?"}}"#, [via: ["s3"]], true, "one character"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"s?"}}"#, [via: ["s"]], false, "not none"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"s?"}}"#, [via: ["s33"]], false, "not two"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"s?"}}"#, [via: ["sé"]], true, "a character, not a byte"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"*"}}"#, [:], false, "a star needs a key"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"*"}}"#, [via: [""]], true, "and takes an empty text"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"S*"}}"#, [via: ["s3"]], false, "case counts"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"a.c"}}"#, [via: ["abc"]], false, "a dot is a dot"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"${*}x"}}"#, [via: ["*x"]], true, "an escaped star"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"${*}x"}}"#, [via: ["abx"]], false, "is no wildcard"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"${?}"}}"#, [via: ["?"]], true, "an escaped question mark"),
        ConditionRow(#"{"StringLike":{"kms:ViaService":"${$}{a}"}}"#, [via: ["${a}"]], true, "an escaped dollar"),
        ConditionRow(#"{"StringNotLike":{"kms:ViaService":"s*"}}"#, [via: ["ec2"]], true, "another text"),
        ConditionRow(#"{"StringNotLike":{"kms:ViaService":"s*"}}"#, [via: ["s3"]], false, "such a text"),
        ConditionRow(#"{"StringNotLike":{"kms:ViaService":"s*"}}"#, [:], true, "a missing key"),
    ])
    func `compares texts`(row: ConditionRow) throws { try check(row) }

    @Test(arguments: [
        ConditionRow(#"{"NumericEquals":{"kms:N":"7"}}"#, ["kms:N": ["7"]], true, "the same number"),
        ConditionRow(#"{"NumericEquals":{"kms:N":7}}"#, ["kms:N": ["7.0"]], true, "however it is written"),
        ConditionRow(#"{"NumericEquals":{"kms:N":"7"}}"#, ["kms:N": ["8"]], false, "another"),
        ConditionRow(#"{"NumericEquals":{"kms:N":"7"}}"#, ["kms:N": ["seven"]], false, "no number"),
        ConditionRow(#"{"NumericEquals":{"kms:N":"7"}}"#, [:], false, "missing"),
        ConditionRow(#"{"NumericNotEquals":{"kms:N":"7"}}"#, ["kms:N": ["8"]], true, "another"),
        ConditionRow(#"{"NumericNotEquals":{"kms:N":["7","8"]}}"#, ["kms:N": ["8"]], false, "one of them"),
        ConditionRow(#"{"NumericNotEquals":{"kms:N":"7"}}"#, [:], true, "missing"),
        ConditionRow(#"{"NumericNotEquals":{"kms:N":"7"}}"#, ["kms:N": ["seven"]], true, "no number is not 7"),
        ConditionRow(#"{"NumericLessThan":{"kms:N":"10"}}"#, ["kms:N": ["9"]], true, "as numbers, not as texts"),
        ConditionRow(#"{"NumericLessThan":{"kms:N":"10"}}"#, ["kms:N": ["10"]], false, "not the same"),
        ConditionRow(#"{"NumericLessThanEquals":{"kms:N":"10"}}"#, ["kms:N": ["10"]], true, "or the same"),
        ConditionRow(#"{"NumericGreaterThan":{"kms:N":"10"}}"#, ["kms:N": ["11"]], true, "more"),
        ConditionRow(#"{"NumericGreaterThan":{"kms:N":"10"}}"#, ["kms:N": ["10"]], false, "not the same"),
        ConditionRow(#"{"NumericGreaterThanEquals":{"kms:N":"10"}}"#, ["kms:N": ["10"]], true, "or the same"),
        ConditionRow(#"{"NumericGreaterThanEquals":{"kms:N":"-1"}}"#, ["kms:N": ["-0.5"]], true, "below zero"),
        ConditionRow(#"{"NumericLessThan":{"kms:N":"10"}}"#, ["kms:N": ["-inf"]], false, "infinity is no number"),
        ConditionRow(#"{"NumericLessThan":{"kms:N":"10"}}"#, ["kms:N": ["0x1"]], false, "nor is hexadecimal"),
        ConditionRow(#"{"NumericLessThan":{"kms:N":"10"}}"#, ["kms:N": [""]], false, "nor is nothing"),
        ConditionRow(
            #"{"NumericLessThan":{"kms:ScheduleKeyDeletionPendingWindowInDays":"30"}}"#,
            ["kms:ScheduleKeyDeletionPendingWindowInDays": ["7"]], true, "days of a waiting period"),
    ])
    func `compares numbers`(row: ConditionRow) throws { try check(row) }

    // The tests' clock stands at 2026-11-21T13:05:00Z.
    @Test(arguments: [
        ConditionRow(#"{"DateLessThan":{"aws:CurrentTime":"2026-11-21T13:05:01Z"}}"#, [:], true, "a second later"),
        ConditionRow(#"{"DateLessThan":{"aws:CurrentTime":"2026-11-21T13:05:00Z"}}"#, [:], false, "now"),
        ConditionRow(#"{"DateLessThanEquals":{"aws:CurrentTime":"2026-11-21T13:05:00Z"}}"#, [:], true, "or now"),
        ConditionRow(#"{"DateEquals":{"aws:CurrentTime":"2026-11-21T14:05:00+01:00"}}"#, [:], true, "in another zone"),
        ConditionRow(#"{"DateEquals":{"aws:CurrentTime":"2026-11-21T13:05Z"}}"#, [:], true, "without seconds"),
        ConditionRow(#"{"DateNotEquals":{"aws:CurrentTime":"2026-11-21"}}"#, [:], true, "midnight is another time"),
        ConditionRow(#"{"DateGreaterThan":{"aws:CurrentTime":"2026-11-21"}}"#, [:], true, "after midnight"),
        ConditionRow(#"{"DateGreaterThan":{"aws:CurrentTime":"2026"}}"#, [:], true, "a year begins in January"),
        ConditionRow(#"{"DateGreaterThan":{"aws:CurrentTime":"2026-12"}}"#, [:], false, "next month"),
        ConditionRow(#"{"DateGreaterThanEquals":{"aws:CurrentTime":"1795266300"}}"#, [:], true, "seconds since 1970"),
        ConditionRow(#"{"DateLessThan":{"aws:EpochTime":"2026-11-21T13:05:01Z"}}"#, [:], true, "the other name of now"),
        ConditionRow(#"{"NumericGreaterThan":{"aws:EpochTime":"1795266299"}}"#, [:], true, "which is a number too"),
        ConditionRow(
            #"{"DateLessThan":{"aws:CurrentTime":"2020-01-01"}}"#, ["aws:CurrentTime": ["2019-01-01"]], false,
            "nobody talks the clock into another time"),
        ConditionRow(
            #"{"DateLessThan":{"kms:ValidTo":"2027-01-01T00:00:00Z"}}"#, ["kms:ValidTo": ["1795266300"]], true,
            "an expiry in seconds"),
        ConditionRow(#"{"DateLessThan":{"kms:ValidTo":"2027-01-01"}}"#, ["kms:ValidTo": ["soon"]], false, "no date"),
        ConditionRow(#"{"DateLessThan":{"kms:ValidTo":"2027-01-01"}}"#, [:], false, "missing"),
        ConditionRow(#"{"DateNotEquals":{"kms:ValidTo":"2027-01-01"}}"#, [:], true, "missing, and asked to differ"),
        ConditionRow(
            #"{"DateEquals":{"kms:ValidTo":"2024-02-29"}}"#, ["kms:ValidTo": ["1709164800"]], true, "a leap day"),
        ConditionRow(
            #"{"DateEquals":{"kms:ValidTo":"2026-11-21T13:05:00.250Z"}}"#,
            ["kms:ValidTo": ["2026-11-21T13:05:00.25Z"]], true, "fractions of a second"),
    ])
    func `compares dates`(row: ConditionRow) throws { try check(row) }

    static let ip = "aws:SourceIp"

    @Test(arguments: [
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, [ip: ["203.0.113.7"]], true, "in the range"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, [ip: ["203.0.114.7"]], false, "outside"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"203.0.113.7"}}"#, [ip: ["203.0.113.7"]], true, "one address"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"203.0.113.7"}}"#, [ip: ["203.0.113.8"]], false, "another"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, [ip: ["8.8.8.8"]], true, "all of IPv4"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, [ip: ["2001:db8::1"]], false, "but no IPv6"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/9"}}"#, [ip: ["10.127.255.255"]], true, "an odd prefix"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/9"}}"#, [ip: ["10.128.0.0"]], false, "and its end"),
        ConditionRow(
            #"{"IpAddress":{"aws:SourceIp":"10.0.0.5/8"}}"#, [ip: ["10.9.9.9"]], true, "bits beyond the prefix"),
        ConditionRow(
            #"{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]}}"#, [ip: ["192.168.3.4"]], true, "or"),
        ConditionRow(
            #"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [ip: ["::ffff:10.1.2.3"]], true, "IPv4 within IPv6"),
        ConditionRow(
            #"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [ip: ["::ffff:a01:203"]], true, "however written"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}"#, [ip: ["2001:db8:1::5"]], true, "IPv6"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}"#, [ip: ["2001:db9::5"]], false, "outside"),
        ConditionRow(
            #"{"IpAddress":{"aws:SourceIp":"2001:DB8::1"}}"#, [ip: ["2001:db8:0:0:0:0:0:1"]], true, "written out"),
        ConditionRow(
            #"{"IpAddress":{"aws:SourceIp":"2001:db8::8000:0/97"}}"#, [ip: ["2001:db8::ffff:1"]], true, "the low half"),
        ConditionRow(
            #"{"IpAddress":{"aws:SourceIp":"2001:db8::8000:0/97"}}"#, [ip: ["2001:db8::7fff:1"]], false, "its end"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"::/0"}}"#, [ip: ["::1"]], true, "all of IPv6"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [ip: ["10.0.0.1.2"]], false, "no address"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [ip: ["010.0.0.1"]], false, "an octal one"),
        ConditionRow(#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [:], false, "missing"),
        ConditionRow(#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [ip: ["10.0.0.1"]], false, "in the range"),
        ConditionRow(#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [ip: ["11.0.0.1"]], true, "outside"),
        ConditionRow(
            #"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [ip: ["::ffff:10.0.0.1"]], false, "in disguise"),
        ConditionRow(#"{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, [:], true, "missing"),
    ])
    func `compares addresses`(row: ConditionRow) throws { try check(row) }

    static let arn = "aws:SourceArn"

    @Test(arguments: [
        ConditionRow(
            #"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/*"}}"#, [:], true, "the principal's own"),
        ConditionRow(
            #"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::*:user/al?ce"}}"#, [:], true, "Equals has wildcards too"),
        ConditionRow(
            #"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}"#, [:], false, "another kind"),
        ConditionRow(
            #"{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/a*"}}"#, [:], false, "such a one"),
        ConditionRow(#"{"ArnNotEquals":{"aws:SourceArn":"arn:aws:s3:::b"}}"#, [:], true, "missing"),
        ConditionRow(#"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::b*"}}"#, [:], false, "missing"),
        ConditionRow(#"{"ArnLike":{"aws:SourceArn":"arn:*:*:*:*:*"}}"#, [arn: ["arn:aws:s3:::b:c:d"]], true, "any ARN"),
        ConditionRow(#"{"ArnLike":{"aws:SourceArn":"arn:*:*:*:*:*"}}"#, [arn: ["bucket"]], false, "which that is none"),
        ConditionRow(
            #"{"ArnLike":{"aws:SourceArn":"arn:aws:s*:b:c:d"}}"#, [arn: ["arn:aws:s3:x:b:c:d"]], false,
            "a star stays in its part"),
        ConditionRow(
            #"{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::a*z"}}"#, [arn: ["arn:aws:s3:::a:b:z"]], true,
            "but for the last, which has colons of its own"),
        ConditionRow(
            #"{"StringLike":{"aws:SourceArn":"arn:aws:s*:d"}}"#, [arn: ["arn:aws:s3:x:b:c:d"]], true,
            "a text has no parts"),
    ])
    func `compares ARNs part by part`(row: ConditionRow) throws { try check(row) }

    static let secure = "aws:SecureTransport"

    @Test(arguments: [
        ConditionRow(#"{"Bool":{"aws:SecureTransport":"true"}}"#, [secure: ["true"]], true, "true"),
        ConditionRow(#"{"Bool":{"aws:SecureTransport":true}}"#, [secure: ["True"]], true, "however it is written"),
        ConditionRow(#"{"Bool":{"aws:SecureTransport":"false"}}"#, [secure: ["true"]], false, "not false"),
        ConditionRow(#"{"Bool":{"aws:SecureTransport":"true"}}"#, [secure: ["1"]], false, "1 is neither"),
        ConditionRow(#"{"Bool":{"aws:SecureTransport":"false"}}"#, [:], false, "missing is not false"),
        ConditionRow(#"{"BoolIfExists":{"aws:SecureTransport":"false"}}"#, [:], true, "unless it need not be there"),
        ConditionRow(
            #"{"BoolIfExists":{"aws:SecureTransport":"false"}}"#, [secure: ["true"]], false, "where it is, it counts"),
        ConditionRow(#"{"Bool":{"aws:PrincipalIsAWSService":"false"}}"#, [:], true, "none of ours is a service of AWS"),
        ConditionRow(
            #"{"Bool":{"aws:ViaAWSService":"true"}}"#, ["aws:ViaAWSService": ["true"]], false, "nor comes by one"),
        ConditionRow(#"{"BinaryEquals":{"kms:B":"aGVsbG8="}}"#, ["kms:B": ["aGVsbG8="]], true, "the same bytes"),
        ConditionRow(#"{"BinaryEquals":{"kms:B":"aGVsbG8="}}"#, ["kms:B": ["aGVsbG9v"]], false, "others"),
        ConditionRow(#"{"BinaryEquals":{"kms:B":"aGVsbG8="}}"#, ["kms:B": ["hello"]], false, "no base64"),
        ConditionRow(#"{"Null":{"aws:SourceIp":"true"}}"#, [:], true, "missing, as asked"),
        ConditionRow(#"{"Null":{"aws:SourceIp":"true"}}"#, [ip: ["10.0.0.1"]], false, "there"),
        ConditionRow(#"{"Null":{"aws:SourceIp":"false"}}"#, [ip: ["10.0.0.1"]], true, "there, as asked"),
        ConditionRow(#"{"Null":{"aws:SourceIp":false}}"#, [:], false, "missing"),
        ConditionRow(#"{"Null":{"aws:PrincipalTag/team":"false"}}"#, [:], true, "the principal has the tag"),
        ConditionRow(#"{"Null":{"aws:PrincipalTag/other":"true"}}"#, [:], true, "and not that one"),
        ConditionRow(#"{"StringEqualsIfExists":{"kms:ViaService":"s3"}}"#, [:], true, "missing is fine"),
        ConditionRow(#"{"StringEqualsIfExists":{"kms:ViaService":"s3"}}"#, [via: ["s3"]], true, "the value"),
        ConditionRow(#"{"StringEqualsIfExists":{"kms:ViaService":"s3"}}"#, [via: ["x"]], false, "another"),
        ConditionRow(#"{"StringNotEqualsIfExists":{"kms:ViaService":"s3"}}"#, [:], true, "missing is fine"),
        ConditionRow(#"{"StringNotEqualsIfExists":{"kms:ViaService":"s3"}}"#, [via: ["s3"]], false, "the value"),
        ConditionRow(#"{"NumericLessThanIfExists":{"kms:N":"3"}}"#, [:], true, "missing is fine"),
        ConditionRow(#"{"IpAddressIfExists":{"aws:SourceIp":"10.0.0.0/8"}}"#, [ip: ["11.0.0.1"]], false, "outside"),
        ConditionRow(#"{"ArnLikeIfExists":{"aws:SourceArn":"arn:aws:s3:::*"}}"#, [:], true, "missing is fine"),
    ])
    func `asks whether something is so, or there at all`(row: ConditionRow) throws { try check(row) }

    static let tags = "aws:TagKeys"

    @Test(arguments: [
        ConditionRow(
            #"{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}"#, [tags: ["b", "x"]], true, "one is enough"),
        ConditionRow(#"{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}"#, [tags: ["x"]], false, "none"),
        ConditionRow(#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}"#, [:], false, "none of nothing"),
        ConditionRow(#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}"#, [tags: ["a", "x"]], true, "one differs"),
        ConditionRow(#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}"#, [tags: ["a"]], false, "none differs"),
        ConditionRow(#"{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}"#, [:], false, "none of nothing differs"),
        ConditionRow(
            #"{"ForAnyValue:StringLike":{"aws:TagKeys":"cost*"}}"#, [tags: ["x", "cost-centre"]], true, "such a one"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#, [tags: ["b", "a"]], true, "all of them"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}"#, [tags: ["a", "x"]], false, "one is not"),
        ConditionRow(#"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}"#, [:], true, "all of nothing"),
        ConditionRow(#"{"ForAllValues:StringNotEquals":{"aws:TagKeys":"a"}}"#, [tags: ["x", "y"]], true, "all differ"),
        ConditionRow(
            #"{"ForAllValues:StringNotEquals":{"aws:TagKeys":"a"}}"#, [tags: ["x", "a"]], false, "one does not"),
        ConditionRow(#"{"ForAllValues:StringNotEquals":{"aws:TagKeys":"a"}}"#, [:], true, "all of nothing"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"},"Null":{"aws:TagKeys":"false"}}"#, [:], false,
            "with Null it must be there"),
        ConditionRow(#"{"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}}"#, [:], true, "missing is fine"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}"#,
            ["aws:RequestTag/a": ["1"], "aws:RequestTag/x": ["2"]],
            false, "the names of tags follow from the tags"),
        ConditionRow(
            #"{"ForAnyValue:StringEquals":{"aws:TagKeys":"x"}}"#, ["aws:RequestTag/x": ["2"]], true, "either way"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt","Decrypt"]}}"#,
            ["kms:GrantOperations": ["Decrypt"]], true, "operations of a grant"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt","Decrypt"]}}"#,
            ["kms:GrantOperations": ["Decrypt", "CreateGrant"]], false, "one too many"),
        ConditionRow(
            #"{"ForAnyValue:StringLike":{"kms:ResourceAliases":"alias/pii-*"}}"#,
            ["kms:ResourceAliases": ["alias/x", "alias/pii-1"]], true, "one of the aliases"),
        ConditionRow(
            #"{"ForAnyValue:NumericGreaterThan":{"kms:N":"5"}}"#, ["kms:N": ["1", "6"]], true, "one of the numbers"),
    ])
    func `goes through several values`(row: ConditionRow) throws { try check(row) }

    static let dataset = "kms:EncryptionContext:dataset"

    @Test(arguments: [
        ConditionRow(#"{"StringEquals":{"kms:EncryptionContext:dataset":"hr"}}"#, [dataset: ["hr"]], true, "a pair"),
        ConditionRow(
            #"{"StringEquals":{"kms:EncryptionContext:dataset":"hr"}}"#, [dataset: ["HR"]], false, "another value"),
        ConditionRow(
            #"{"StringEquals":{"kms:EncryptionContext:Dataset":"hr"}}"#, [dataset: ["hr"]], true, "case of the name"),
        ConditionRow(#"{"StringEquals":{"kms:EncryptionContext:dataset":"hr"}}"#, [:], false, "no context"),
        ConditionRow(#"{"Null":{"kms:EncryptionContext:dataset":"true"}}"#, [dataset: ["hr"]], false, "there is one"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"dataset"}}"#, [dataset: ["hr"]], true,
            "the names follow from the pairs"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"Dataset"}}"#, [dataset: ["hr"]], false,
            "and their case counts"),
        ConditionRow(
            #"{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"dataset"}}"#,
            [dataset: ["hr"], "kms:EncryptionContext:x": ["1"]], false, "one name too many"),
        ConditionRow(
            #"{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["dataset","table"]}}"#, [dataset: ["hr"]], true,
            "one of the names"),
        ConditionRow(#"{"Null":{"kms:EncryptionContextKeys":"false"}}"#, [:], false, "no context, no names"),
        ConditionRow(
            #"{"StringEquals":{"kms:EncryptionContext:aws:s3:arn":"x"}}"#, ["kms:EncryptionContext:aws:s3:arn": ["x"]],
            true, "a name with colons"),
    ])
    func `looks at the encryption context`(row: ConditionRow) throws { try check(row) }

    @Test(arguments: [
        ConditionRow(#"{"StringEquals":{"aws:username":"alice"}}"#, [:], true, "her name"),
        ConditionRow(#"{"StringEquals":{"aws:username":"bob"}}"#, ["aws:username": ["bob"]], false, "a claim is none"),
        ConditionRow(#"{"StringEquals":{"aws:PrincipalTag/team":"data"}}"#, [:], true, "her tag"),
        ConditionRow(#"{"StringEquals":{"aws:PrincipalTag/TEAM":"data"}}"#, [:], true, "case of its name"),
        ConditionRow(
            #"{"StringEquals":{"aws:PrincipalTag/team":"x"}}"#, ["aws:PrincipalTag/team": ["x"]], false,
            "a claim is none"),
        ConditionRow(#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#, [:], true, "her account"),
        ConditionRow(#"{"StringEquals":{"kms:CallerAccount":"111122223333"}}"#, [:], true, "its other name"),
        ConditionRow(#"{"StringEquals":{"aws:ResourceAccount":"111122223333"}}"#, [:], true, "the key's account"),
        ConditionRow(#"{"StringEquals":{"aws:PrincipalType":"User"}}"#, [:], true, "her kind"),
        ConditionRow(#"{"StringLike":{"aws:userid":"AIDA*"}}"#, [:], true, "her id"),
        ConditionRow(
            #"{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}"#,
            ["aws:ResourceTag/team": ["data"]],
            true, "the key's tag is hers"),
        ConditionRow(
            #"{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}"#, ["aws:ResourceTag/team": ["hr"]],
            false, "the key's tag is another"),
        ConditionRow(
            #"{"StringEquals":{"aws:ResourceTag/x":"${aws:PrincipalTag/x}"}}"#, ["aws:ResourceTag/x": [""]], false,
            "without a value a variable equals nothing"),
        ConditionRow(
            #"{"StringNotEquals":{"aws:ResourceTag/x":"${aws:PrincipalTag/x}"}}"#, ["aws:ResourceTag/x": ["a"]], true,
            "and so differs from everything"),
        ConditionRow(
            #"{"StringEquals":{"aws:ResourceTag/x":"${aws:PrincipalTag/x, 'none'}"}}"#, ["aws:ResourceTag/x": ["none"]],
            true, "unless it has a default"),
        ConditionRow(
            #"{"StringEquals":{"kms:EncryptionContext:user":"${aws:username}"}}"#,
            ["kms:EncryptionContext:user": ["alice"]],
            true, "her own context"),
        ConditionRow(
            #"{"StringLike":{"kms:EncryptionContext:user":"${aws:username}/*"}}"#,
            ["kms:EncryptionContext:user": ["alice/x"]], true, "with a wildcard behind it"),
        ConditionRow(
            #"{"StringEqualsIgnoreCase":{"kms:EncryptionContext:user":"${aws:PrincipalTag/team}"}}"#,
            ["kms:EncryptionContext:user": ["DATA"]], true, "case ignored"),
        ConditionRow(
            #"{"ArnEquals":{"kms:GranteePrincipal":"${aws:PrincipalArn}"}}"#,
            ["kms:GranteePrincipal": ["arn:aws:iam::111122223333:user/alice"]], true, "herself as an ARN"),
    ])
    func `knows who asks`(row: ConditionRow) throws { try check(row) }

    @Test func `takes a wildcard in a variable's value as a character`() throws {
        let star = Access.principal("*", tags: ["team": "*"])
        for row in [
            ConditionRow(#"{"StringLike":{"kms:X":"${aws:username}"}}"#, ["kms:X": ["bob"]], false, "not everybody"),
            ConditionRow(#"{"StringLike":{"kms:X":"${aws:username}"}}"#, ["kms:X": ["*"]], true, "but herself"),
            ConditionRow(
                #"{"StringLike":{"kms:X":"a${aws:PrincipalTag/team}"}}"#, ["kms:X": ["ab"]], false, "in a tag"),
        ] { try check(row, star) }
    }

    @Test func `without a set operator holds several values to the stricter side`() throws {
        let condition = #"{"StringEquals":{"kms:ResourceAliases":"alias/a"}}"#
        let given = ["kms:ResourceAliases": ["alias/a", "alias/b"]]
        #expect(try !decide(statement("Allow", condition), given: given))
        #expect(try !decide(statement("Allow", "{}"), statement("Deny", condition), given: given))
        let twice = ["kms:EncryptionContext:A": ["1"], "kms:EncryptionContext:a": ["2"]]
        #expect(try !decide(statement("Allow", #"{"StringEquals":{"kms:EncryptionContext:a":"1"}}"#), given: twice))
    }

    @Test func `has no variables in the first edition of the language`() throws {
        let text = """
            {"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*",\
            "Condition":{"StringEquals":{"kms:X":"${aws:username}"}}}}
            """
        let set = PolicySet(keyPolicy: nil, identityPolicies: [try PolicyDocument(parsing: text, kind: .identity)])
        for (value, isAllowed) in [("alice", false), ("${aws:username}", true)] {
            let request = AccessRequest(Access.alice, "kms:Decrypt", on: Access.key, conditions: ["kms:X": [value]])
            #expect(set.evaluate(request, at: Access.now).isAllowed == isAllowed)
        }
    }
}
