import Coffer
import CofferCrypto
import CofferTesting
import NIOHTTP1
import Testing

@testable import CofferProviders

/// Every parser of what services answer, given what was mangled.
@Suite struct `Mangled input from services` {
    private static let list = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><EncodingType>url</EncodingType>
        <IsTruncated>true</IsTruncated><NextContinuationToken>1/&amp;x=</NextContinuationToken><!-- c -->
        <Contents><Key>a%2Fb+c%C3%A9&#38;d</Key><LastModified>2026-11-21T16:20:07.000Z</LastModified>
        <ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><Size>1234</Size></Contents>
        <Contents><Key>z</Key><LastModified>2026-11-21T16:20:07.000Z</LastModified><ETag/><Size>0</Size></Contents>
        </ListBucketResult>
        """
    private static let error = """
        <?xml version="1.0"?><Error><Code>SlowDown</Code><Message>Please &lt;reduce&gt; your rate</Message>
        <Region>eu-central-1</Region><RequestId>4442587FB7D0A2F9</RequestId></Error>
        """
    private static let answer = """
        {"KeyId":"arn:aws:kms:eu-central-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e",
        "Plaintext":"VGhpcyBpcyBhIGtleSBvZiAzMiBieXRlcyBvciBzby4=","CiphertextBlob":"AQIDBA==","a":[{"Plaintext":"eA=="}]}
        """

    /// `element` as a text again.
    private func written(_ element: XMLElement) -> String {
        let inside = XMLText.escaped(element.text) + element.children.map(written).joined()
        return "<\(element.name)>\(inside)</\(element.name)>"
    }

    private func isSame(_ a: XMLElement, _ b: XMLElement) -> Bool {
        a.name == b.name && a.text.unicodeScalars.elementsEqual(b.text.unicodeScalars)
            && a.children.count == b.children.count && zip(a.children, b.children).allSatisfy(isSame)
    }

    /// Whether it has no texts with characters that XML can't hold, which are written as spaces.
    private func isWritable(_ element: XMLElement) -> Bool {
        element.text.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" }
            && element.children.allSatisfy(isWritable)
    }

    @Test func `is refused by the parser of XML, or understood in one way`() throws {
        #expect(XMLElement(parsing: Array(Self.list.utf8)) != nil)
        var understood = 0
        Mangling.of(Array(Self.list.utf8), with: Mangling.xml) { bytes in
            guard let root = XMLElement(parsing: bytes) else { return }
            understood += 1
            guard isWritable(root) else { return }
            let again = XMLElement(parsing: Array(written(root).utf8))
            #expect(again.map { isSame(root, $0) } == true, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(understood > 0)
    }

    @Test func `is refused by the parser of lists, or is one`() throws {
        let page = try #require(ObjectPage(s3: Array(Self.list.utf8)))
        #expect(page.objects.map(\.name) == ["a/b cé&d", "z"] && page.next == "1/&x=")
        Mangling.of(Array(Self.list.utf8), with: Mangling.xml) { bytes in
            guard let page = ObjectPage(s3: bytes) else { return }
            #expect(page.objects.allSatisfy { $0.byteCount >= 0 })
        }
    }

    @Test func `is told of in one plain sentence`() throws {
        let settings = try AWSSettings(
            credentials: AWSCredentials(accessKeyID: "AKIA", secret: SecretBytes(text: "hush")), region: "eu-west-1")
        let client = try S3Client(bucket: "bucket", settings, isCancelled: { false })
        let request = S3Client.Request(method: .GET, name: "name", verb: "read")
        let statuses = [200, 301, 400, 403, 404, 409, 412, 500, 503]
        Mangling.of(Array(Self.error.utf8), with: Mangling.xml) { bytes in
            let status = statuses[bytes.count % statuses.count]
            let headers = HTTPHeaders([("x-amz-bucket-region", String(decoding: bytes.prefix(30), as: UTF8.self))])
            guard let failure = S3Failure(status: status, headers: headers, body: bytes) else {
                return #expect(status == 200)
            }
            let thrown = failure.thrown(request, client)
            let error = (thrown as? S3Client.Passing)?.error ?? thrown as? ObjectError
            for text in [error?.message ?? "", error?.hint ?? ""] {
                #expect(text.utf8.count <= 600 && text.utf8.allSatisfy { (0x20...0x7e).contains($0) })
            }
        }
    }

    @Test func `leaves no secret in what is parsed of an answer with one`() throws {
        let whole = Array(Self.answer.utf8)
        var opened = 0
        Mangling.of(whole) { bytes in
            var bytes = bytes
            guard let answer = try? SecretAnswer(&bytes, secret: "Plaintext") else {
                return #expect(bytes.allSatisfy { $0 == 0 })
            }
            #expect(bytes.allSatisfy { $0 == 0 })
            let hasSecret = answer.secret != nil
            if hasSecret { #expect(answer.rest["Plaintext"]?.string?.utf8.allSatisfy { $0 == 0x30 } == true) }
            opened += hasSecret ? 1 : 0
        }
        #expect(opened > 0)
    }

    @Test func `is an error of the key service in plain words`() {
        let body = #"{"__type":"com.amazonaws.kms#KMSInvalidStateException","message":"arn is pending deletion."}"#
        Mangling.of(Array(body.utf8)) { bytes in
            let failure = AWSFailure(status: 400, body: bytes)
            for text in [failure.name, failure.message] {
                #expect(text.utf8.count <= 400 && text.utf8.allSatisfy { (0x20...0x7e).contains($0) })
            }
        }
    }
}
