import Coffer
import CofferCrypto
import CofferProviders
import Testing

@Suite struct `An endpoint` {
    @Test(
        arguments: [
            ("https://kms.example", "https://kms.example"), ("https://KMS.example:8443/", "https://kms.example:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"), ("http://localhost:1", "http://localhost:1"),
            ("http://[::1]:8080", "http://[::1]:8080"), ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ])
    func `is a host and a port`(text: String, address: String) throws {
        #expect(try AWSEndpoint(text).description == address)
    }

    @Test(
        arguments: [
            "", "kms.example", "https://", "http://kms.example", "http://10.0.0.1", "http://127.0.0.1.evil.example",
            "http://localhost.evil.example", "http://127.1", "https://user@kms.example", "https://kms.example/path",
            "https://kms.example?x=1", "https://kms.example#x", "https://kms.example:0", "https://kms.example:65536",
            "https://kms.example:", "https://kms.example:8 0", "ftp://kms.example", "https://kms example", "https://é",
            "https://[::1", "https://kms.example:443:443", "unix:///run/kms", "http://[::2]", "https://a\r\nX: y",
        ])
    func `is nothing else, and without TLS on this machine only`(text: String) {
        #expect(throws: ConfigurationError.self) { try AWSEndpoint(text) }
    }
}

@Suite struct `The settings of AWS` {
    private let files = [
        "/home/me/.aws/credentials": """
        # mine
        [default]
        aws_access_key_id = AKIADEFAULT
        aws_secret_access_key = a=b/c+d

        [work]
        aws_access_key_id=AKIAWORK
        aws_secret_access_key=work
        aws_session_token = token
        """,
        "/home/me/.aws/config": """
        [default]
        region = eu-west-1
        s3 =
          region = nowhere
        [profile work]
        region = eu-north-1
        endpoint_url = https://kms.work.example
        ca_bundle = /etc/work.pem
        [profile login]
        sso_session = corp
        [profile program]
        credential_process = /bin/x
        [profile role]
        role_arn = arn:aws:iam::1:role/x
        source_profile = default
        [profile nothing]
        output = json
        """,
    ]

    private func settings(_ environment: [String: String], _ section: AWSSection = AWSSection()) throws -> AWSSettings {
        var environment = environment
        environment["HOME"] = environment["HOME"] ?? "/home/me"
        return try AWSSettings(section, environment: environment) { path in files[path].map { Array($0.utf8) } }
    }

    private func secret(_ settings: AWSSettings) -> String {
        settings.credentials.secret.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test func `come from the environment first`() throws {
        let found = try settings([
            "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env", "AWS_SESSION_TOKEN": "t",
            "AWS_REGION": "us-east-2", "AWS_DEFAULT_REGION": "us-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ENDPOINT_URL_KMS": "http://127.0.0.1:2", "AWS_CA_BUNDLE": "/ca.pem",
        ])
        #expect(found.credentials.accessKeyID == "AKIAENV" && secret(found) == "env")
        #expect(found.credentials.sessionToken == "t" && found.region == "us-east-2")
        #expect(found.endpoint?.description == "http://127.0.0.1:2" && found.certificateAuthority == "/ca.pem")
    }

    @Test func `come from a profile else`() throws {
        let byDefault = try settings([:])
        #expect(byDefault.credentials.accessKeyID == "AKIADEFAULT" && secret(byDefault) == "a=b/c+d")
        #expect(byDefault.region == "eu-west-1" && byDefault.endpoint == nil)
        let work = try settings(["AWS_PROFILE": "work"])
        #expect(work.credentials.accessKeyID == "AKIAWORK" && work.credentials.sessionToken == "token")
        #expect(work.region == "eu-north-1" && work.endpoint?.description == "https://kms.work.example")
        #expect(work.certificateAuthority == "/etc/work.pem")
        let other = try settings(["AWS_SHARED_CREDENTIALS_FILE": "/home/me/.aws/credentials", "HOME": "/nowhere"])
        #expect(other.credentials.accessKeyID == "AKIADEFAULT" && other.region == nil)
    }

    @Test func `give way to what a section says`() throws {
        var section = AWSSection()
        section.profile = "work"
        section.region = "ap-south-1"
        section.endpoint = try AWSEndpoint("https://kms.mine.example")
        let environment = [
            "AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "env", "AWS_REGION": "us-east-2",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        ]
        let found = try settings(environment, section)
        #expect(found.credentials.accessKeyID == "AKIAWORK" && found.region == "ap-south-1")
        #expect(found.endpoint?.description == "https://kms.mine.example")
        section.profile = nil
        #expect(try settings(environment, section).credentials.accessKeyID == "AKIAENV")
    }

    @Test(
        arguments: [
            (["AWS_PROFILE": "login"], "sso_session"), (["AWS_PROFILE": "program"], "credential_process"),
            (["AWS_PROFILE": "role"], "role_arn"), (["AWS_PROFILE": "nothing"], "has no access key"),
            (["AWS_PROFILE": "missing"], "there is no AWS profile"), (["HOME": "/nowhere"], "there is no access key"),
            (["AWS_ACCESS_KEY_ID": "A"], "AWS_SECRET_ACCESS_KEY"), (["AWS_REGION": "eu west"], "region"),
            (["AWS_ENDPOINT_URL": "http://kms.example"], "without TLS"),
        ])
    func `say what they lack`(environment: [String: String], words: String) {
        do {
            _ = try settings(environment)
            Issue.record("it succeeded")
        } catch {
            #expect("\(error)".contains(words))
        }
    }
}
