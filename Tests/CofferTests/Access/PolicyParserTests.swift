import Coffer
import Testing

@Suite struct `A policy's text` {
    private static let statement = #""Effect":"Allow","Action":"*","Resource":"*""#
    private static func whole(_ statement: String) -> String {
        #"{"Version":"2012-10-17","Statement":{\#(statement)}}"#
    }

    @Test(arguments: [
        ("", "not JSON"), ("[]", "a JSON object"), ("{}", "Statement must be"), ("{", "not JSON"),
        (#"{"Statement":[]}"#, "at least one"), (#"{"Statement":"x"}"#, "Statement must be"),
        (#"{"Statement":[1]}"#, "statement 1: a statement is"), (#"{"Statement":[{}]}"#, "Effect must be"),
        (#"{"Version":"2013-01-01","Statement":{\#(statement)}}"#, "Version is neither"),
        (#"{"Version":2012,"Statement":{\#(statement)}}"#, "Version is neither"),
        (#"{"version":"2012-10-17","Statement":{\#(statement)}}"#, "no member “version”"),
        (#"{"Id":7,"Statement":{\#(statement)}}"#, "Id must be"),
        (#"{"Statement":{\#(statement)},"Statement":{\#(statement)}}"#, "twice"),
        (#"{"Statement":{\#(statement)},"Extra":1}"#, "no member “Extra”"),
        (whole(#""effect":"Allow","Action":"*","Resource":"*""#), "no member “effect”"),
        (whole(#""Effect":"allow","Action":"*","Resource":"*""#), "Effect must be"),
        (whole(#""Effect":"Allow","Resource":"*""#), "Action is missing"),
        (whole(#""Effect":"Allow","Action":"*""#), "Resource is missing"),
        (whole(#""Effect":"Allow","Action":[],"Resource":"*""#), "empty list"),
        (whole(#""Effect":"Allow","Action":"*","Resource":[]"#), "empty list"),
        (whole(#""Effect":"Allow","Action":7,"Resource":"*""#), "Action must be"),
        (whole(#""Effect":"Allow","Action":["*",7],"Resource":"*""#), "Action must be"),
        (whole(#""Effect":"Allow","Action":"*","NotAction":"*","Resource":"*""#), "exclude each other"),
        (whole(#""Effect":"Allow","Action":"*","Resource":"*","NotResource":"*""#), "exclude each other"),
        (whole(#""Effect":"Allow","Action":"Decrypt","Resource":"*""#), "no action"),
        (whole(#""Effect":"Allow","Action":"kms:","Resource":"*""#), "no action"),
        (whole(#""Effect":"Allow","Action":":x","Resource":"*""#), "no action"),
        (whole(#""Effect":"Allow","Action":"kms:a:b","Resource":"*""#), "no action"),
        (whole(#""Effect":"Allow","Action":"k*:Decrypt","Resource":"*""#), "no action"),
        (whole(#""Effect":"Allow","Action":"kms:${aws:username}","Resource":"*""#), "no action"),
        (whole(#""Effect":"Allow","Action":"*","Resource":"key/1""#), "no resource"),
        (whole(#""Effect":"Allow","Action":"*","Resource":"*key""#), "no resource"),
        (whole(#""Effect":"Allow","Action":"*","Resource":"arn:aws:kms:x""#), "no resource"),
        (whole(#""Effect":"Allow","Action":"*","Resource":"arn:aws:kms:::${aws:username""#), "does not end"),
        (whole(#""Effect":"Allow","Action":"*","Resource":"arn:aws:kms:::${username}""#), "no condition key"),
        (whole(#""Effect":"Allow","Action":"*","Resource":"arn:aws:kms:::${aws:username, x}""#), "without its quotes"),
        (whole(statement + #","Principal":"*""#), "has no Principal"),
        (whole(statement + #","NotPrincipal":"*""#), "has no Principal"),
        (whole(statement + #","Sid":7"#), "Sid must be"), (whole(statement + #","Sid":"a b""#), "letters and digits"),
        (whole(statement + #","Condition":[]"#), "Condition must be"),
        (whole(statement + #","Condition":{"StringEqual":{"kms:X":"a"}}"#), "no condition operator"),
        (whole(statement + #","Condition":{"stringequals":{"kms:X":"a"}}"#), "no condition operator"),
        (whole(statement + #","Condition":{"ForSomeValues:StringEquals":{"kms:X":"a"}}"#), "no condition operator"),
        (whole(statement + #","Condition":{"NullIfExists":{"kms:X":"true"}}"#), "no condition operator"),
        (whole(statement + #","Condition":{"ForAnyValue:Null":{"kms:X":"true"}}"#), "no condition operator"),
        (whole(statement + #","Condition":{"StringEquals":"a"}"#), "object of condition keys"),
        (whole(statement + #","Condition":{"StringEquals":{}}"#), "object of condition keys"),
        (whole(statement + #","Condition":{"StringEquals":{"ViaService":"a"}}"#), "no condition key"),
        (whole(statement + #","Condition":{"StringEquals":{"kms:X":[]}}"#), "empty list"),
        (whole(statement + #","Condition":{"StringEquals":{"kms:X":null}}"#), "compares with texts"),
        (whole(statement + #","Condition":{"StringEquals":{"kms:X":{"a":"b"}}}"#), "compares with texts"),
        (whole(statement + #","Condition":{"NumericEquals":{"kms:X":"seven"}}"#), "not a number"),
        (whole(statement + #","Condition":{"NumericEquals":{"kms:X":"inf"}}"#), "not a number"),
        (whole(statement + #","Condition":{"DateEquals":{"kms:X":"2026-02-30"}}"#), "not a date"),
        (whole(statement + #","Condition":{"DateEquals":{"kms:X":"2026-01-01T25:00Z"}}"#), "not a date"),
        (whole(statement + #","Condition":{"DateEquals":{"kms:X":"2026-01-01T10:00"}}"#), "not a date"),
        (whole(statement + #","Condition":{"Bool":{"kms:X":"yes"}}"#), "not true or false"),
        (whole(statement + #","Condition":{"BinaryEquals":{"kms:X":"?"}}"#), "not base64"),
        (whole(statement + #","Condition":{"IpAddress":{"kms:X":"10.0.0.0/33"}}"#), "not an IP address"),
        (whole(statement + #","Condition":{"IpAddress":{"kms:X":"10.0.0"}}"#), "not an IP address"),
        (whole(statement + #","Condition":{"IpAddress":{"kms:X":"2001:db8::1::2"}}"#), "not an IP address"),
        (whole(statement + #","Condition":{"IpAddress":{"kms:X":"1:2:3:4:5:6:7:8:9"}}"#), "not an IP address"),
        (whole(statement + #","Condition":{"IpAddress":{"kms:X":"::1/129"}}"#), "not an IP address"),
        (whole(statement + #","Condition":{"ArnLike":{"kms:X":"key/*"}}"#), "not an ARN"),
        (
            #"{"Statement":[{"Sid":"A",\#(statement)},{"Sid":"A",\#(statement)}]}"#,
            "statement 2: the Sid “A” is there twice"
        ),
    ])
    func `of an identity policy is refused with a sentence`(text: String, words: String) {
        do {
            _ = try PolicyDocument(parsing: text, kind: .identity)
            Issue.record("it was taken")
        } catch {
            #expect(error.description.contains(words), "\(error.description)")
            #expect(error.description.utf8.count < 400)
        }
    }

    @Test(arguments: [
        (#""#, "Principal is missing"), (#""Principal":7,"#, "Principal must be"),
        (#""Principal":"alice","#, "Principal must be"),
        (#""Principal":{},"#, "Principal must be"), (#""Principal":{"AWS":[]},"#, "empty list"),
        (#""Principal":{"AWS":7},"#, "must be a text"), (#""Principal":{"User":"x"},"#, "no member “User”"),
        (#""Principal":{"AWS":"alice"},"#, "no principal"), (#""Principal":{"AWS":"12345"},"#, "no principal"),
        (#""Principal":{"AWS":"arn:aws:iam::111122223333:user/*"},"#, "no principal"),
        (#""Principal":{"AWS":"arn:aws:iam::111122223333:user/al?ce"},"#, "no principal"),
        (#""Principal":{"AWS":"arn:aws:s3:::bucket"},"#, "no principal"),
        (#""Principal":{"AWS":"arn:aws:iam::111122223333:"},"#, "no principal"),
        (#""Principal":"*","NotPrincipal":"*","#, "exclude each other"),
        (#""NotPrincipal":{"AWS":"111122223333"},"#, "would let in everybody"),
    ])
    func `of a key policy must say whom it is about`(principal: String, words: String) {
        do {
            _ = try Access.keyPolicy("{\(principal)\(Self.statement)}")
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }

    @Test func `may be as long as AWS has it, and no longer`() throws {
        let key = #"{"Statement":[{"Principal":"*","Sid":"%",\#(Self.statement)}]}"#
        let identity = #"{"Id":"%","Statement":[{\#(Self.statement)}]}"#
        func padded(_ text: String, to count: Int, with character: String = "x") -> String {
            text.replacing("%", with: String(repeating: character, count: count - text.utf8.count + 1))
        }
        _ = try PolicyDocument(parsing: padded(key, to: 32768), kind: .key)
        _ = try PolicyDocument(parsing: padded(identity, to: 10240), kind: .identity)
        _ = try PolicyDocument(parsing: padded(identity, to: 20000, with: " "), kind: .identity)
        #expect(throws: PolicyError.self) { try PolicyDocument(parsing: padded(key, to: 32769), kind: .key) }
        #expect(throws: PolicyError.self) { try PolicyDocument(parsing: padded(identity, to: 10241), kind: .identity) }
    }

    @Test func `is taken as the tools write it`() throws {
        let terraform = """
            {"Statement":[{"Action":"kms:*","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},\
            "Resource":"*","Sid":""},{"Action":"kms:Decrypt","Effect":"Allow","Principal":{"AWS":"*"},"Resource":"*",\
            "Sid":""}],"Version":"2012-10-17"}
            """
        let policy = try PolicyDocument(parsing: terraform, kind: .key)
        #expect(policy.statements.map(\.id) == [nil, nil])
        #expect(policy.statements.map(\.label) == ["key policy, statement 1", "key policy, statement 2"])
        #expect(try PolicyDocument(parsing: Self.whole(Self.statement), kind: .identity).version == .current)
        #expect(try PolicyDocument(parsing: #"{"Statement":{\#(Self.statement)}}"#, kind: .identity).version == .first)
    }

    @Test func `is looked through for what is hardly meant`() throws {
        func findings(_ statement: String) throws -> [String] { try Access.identity(statement).findings.map(\.message) }
        #expect(try findings(#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#) == [])
        let misspelt = try findings(#"{"Effect":"Deny","Action":"kms:Decryt","Resource":"*"}"#)
        #expect(misspelt.count == 1 && misspelt[0].contains("did you mean kms:Decrypt?"))
        let key = try findings(
            #"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransprt":"false"}}}"#)
        #expect(key.count == 1 && key[0].contains("aws:SecureTransport"))
        let open = #""Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}"#
        #expect(try findings(#"{"Effect":"Allow","Action":"*","Resource":"*",\#(open)}}"#).count == 1)
        #expect(
            try findings(#"{"Effect":"Allow","Action":"*","Resource":"*",\#(open),"Null":{"aws:TagKeys":"false"}}}"#)
                == [])
        let everybody = try Access.keyPolicy(#"{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#)
        #expect(everybody.findings.count == 1)
    }
}
