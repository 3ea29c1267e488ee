import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import CofferProviders

@Suite struct `A bucket of S3` {
    @Test(.enabled(if: MotoServer.isThere, "moto is not installed"))
    func `keeps to what every store of objects does, in one request and in parts`() async throws {
        let server = try MotoServer()
        try await server.makeBucket("bucket")
        let settings = try server.settings()
        let failures = try await Blocking.run {
            // S3 takes no shorter parts than 5 MiB, but for the last.
            var limits = S3Upload.Limits()
            limits.firstPartLength = 5 << 20
            let store = try S3Store(bucket: "bucket", settings, uploads: limits)
            return ObjectStoreConformance(store, large: 12 << 20).failures()
        }
        #expect(failures == [])
    }

    @Test func `has part lengths that are enough for any object`() {
        let limits = S3Upload.Limits()
        let all: Int = (1...10_000).reduce(0) { $0 + limits.partLength(number: $1) }
        let enough = 300 << 30
        #expect(all > enough)
        // S3 takes no shorter ones.
        #expect(limits.partLength(number: 1) >= 5_242_880)
        #expect(limits.partLength(number: 10_000) <= 1_000_000_000)
    }

    private func failure(_ status: Int, _ body: String, _ headers: [(String, String)] = []) -> S3Failure? {
        S3Failure(status: status, headers: HTTPHeaders(headers), body: Array(body.utf8))
    }

    @Test func `may fail under a status that is none`() throws {
        let found = try #require(
            failure(200, "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>x</Message></Error>"))
        #expect(found.isPassing)
        #expect(failure(200, "<CompleteMultipartUploadResult><ETag>a</ETag></CompleteMultipartUploadResult>") == nil)
    }

    @Test(arguments: [
        (503, "SlowDown", true), (500, "InternalError", true), (400, "RequestTimeout", true),
        (403, "AccessDenied", false), (404, "NoSuchKey", false), (412, "PreconditionFailed", false),
        (501, "NotImplemented", false),
    ])
    func `says of an error whether asking again may help`(status: Int, code: String, isPassing: Bool) throws {
        #expect(try #require(failure(status, "<Error><Code>\(code)</Code></Error>")).isPassing == isPassing)
    }

    @Test func `tells times to the second`() {
        let expected = 1_795_278_007_000_000_000
        #expect(S3Time.nanoseconds(iso: "2026-11-21T16:20:07.000Z") == expected)
        #expect(S3Time.nanoseconds(http: "Sat, 21 Nov 2026 16:20:07 GMT") == expected)
        #expect(S3Time.nanoseconds(iso: "yesterday") == 0)
        #expect(S3Time.nanoseconds(iso: "9999-12-31T23:59:59Z") > expected)
        #expect(S3Time.nanoseconds(http: "yesterday") == 0)
    }
}

@Suite struct `The XML of S3` {
    private func parse(_ text: String) -> XMLElement? { XMLElement(parsing: Array(text.utf8)) }

    @Test func `is elements, texts, the five entities and numbered characters`() throws {
        let root = try #require(
            parse(
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <!-- a --><s3:List xmlns:s3='http://x/' a="b>c"> <Key>a&amp;&lt;b&gt;&quot;&apos;&#228;&#xe4;</Key><Empty/><Key>ö</Key>
                </s3:List>
                """))
        #expect(root.name == "List")
        #expect(root.text("Key") == "a&<b>\"'ää")
        #expect(root.text("Empty") == "")
        #expect(root.children.count == 3)
        #expect(root.text("Nothing") == nil)
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a></a><b/>", "<a", "<a b></a>", "<a b=c></a>", "<a b='<'></a>", "<a>&nbsp;</a>",
        "<a>&#0;</a>", "<a>&#xd800;</a>", "<a>&</a>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<a><![CDATA[x]]></a>",
        "<a>&#+65;</a>", "<a>&#x+41;</a>", "<a>&#-1;</a>", "<a:></a:>", "<:a></:>", "<a><?php x?></a>", "<a/>text",
        "<a><!-- </a>", "< a/>", "<a></ a>", "<?xml version='1.0'",
    ])
    func `is refused where it is malformed, or more than S3 writes`(text: String) {
        #expect(parse(text) == nil)
    }

    @Test func `is bounded in depth and number`() {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        #expect(parse(nested(12)) != nil)
        #expect(parse(nested(13)) == nil)
        #expect(parse(nested(100_000)) == nil)
        #expect(parse("<a>" + String(repeating: "<b/>", count: 49_999) + "</a>") != nil)
        #expect(parse("<a>" + String(repeating: "<b/>", count: 50_000) + "</a>") == nil)
    }

    @Test func `survives every cut and every altered byte`() {
        let text = Array("<?xml version=\"1.0\"?><E a='b'><C>x&amp;&#65;</C><!-- c --><M/></E>".utf8)
        for cut in 0..<text.count { #expect(XMLElement(parsing: Array(text[..<cut])) == nil) }
        for at in text.indices {
            for byte in stride(from: UInt8(0), to: 255, by: 5) {
                var altered = text
                altered[at] = byte
                _ = XMLElement(parsing: altered)
            }
        }
    }
}
