import Coffer
import CofferTesting
import Testing

@Suite struct `A key name` {
    @Test(
        arguments: [
            ("alias/pii", "coffer", "alias/pii", "coffer:alias/pii"),
            ("coffer:alias/pii", "coffer", "alias/pii", "coffer:alias/pii"),
            ("67d1e1a2-cbad-4cf2-ba7f-dfc636fc6ddb", "coffer", "67d1e1a2-cbad-4cf2-ba7f-dfc636fc6ddb", nil),
            ("aws-kms://arn:aws:kms:eu-west-1:1:key/2", "aws-kms", "arn:aws:kms:eu-west-1:1:key/2", nil),
        ] as [(String, String, String, String?)])
    func `is a URI, or bare for the embedded store`(text: String, scheme: String, name: String, uri: String?) throws {
        let key = try KeyID(text)
        #expect(key.scheme == scheme && key.name == name)
        #expect(try KeyID(key.description) == key)
        if let uri { #expect(key.description == uri) }
    }

    @Test(arguments: ["", "alias/", "coffer:", "a b", "alias/é", "alias/\u{7}", String(repeating: "a", count: 2049)])
    func `is nothing else`(text: String) { #expect(throws: KeyError(.invalidName, "")) { try KeyID(text) } }

    @Test func `is an alias or not`() throws {
        #expect(try KeyID("coffer:alias/pii").isAlias)
        #expect(try !KeyID("67d1e1a2-cbad-4cf2-ba7f-dfc636fc6ddb").isAlias)
    }
}

@Suite struct `An encryption context` {
    @Test func `has one byte string, whatever the order of its pairs`() {
        let context: EncryptionContext = ["b": "2", "a": "1"]
        #expect(context.canonicalBytes == [0, 0, 0, 2, 0, 0, 0, 1, 97, 0, 0, 0, 1, 49, 0, 0, 0, 1, 98, 0, 0, 0, 1, 50])
        #expect(EncryptionContext(["a": "1", "b": "2"]).canonicalBytes == context.canonicalBytes)
        #expect(EncryptionContext().canonicalBytes == [0, 0, 0, 0])
    }

    @Test func `sorts by bytes, not by letters`() {
        let context: EncryptionContext = ["é": "", "z": "", "Z": ""]
        let names = context.canonicalBytes
        #expect(Array(names[8..<9]) == Array("Z".utf8) && names.count == 4 + 3 * 8 + 4)
    }

    @Test func `keeps apart what would run together`() {
        let pairs: [EncryptionContext] = [["ab": "c"], ["a": "bc"], ["": "abc"], ["abc": ""], ["a": "", "b": "c"]]
        #expect(Set(pairs.map(\.canonicalBytes)).count == pairs.count)
    }
}

@Suite struct `The key service of the tests` {
    @Test func `is a key management service`() async throws {
        let kms = InMemoryKMS()
        let other = kms.createKey(.encryptDecrypt, alias: "alias/other")
        let suite = KeyManagementConformance(
            kms, encrypting: try KeyID("alias/default"), another: other, mac: try KeyID("alias/default-mac"))
        #expect(await suite.failures() == [])
    }
}

@Suite struct `An error about a key` {
    @Test func `is caught by its code`() {
        do {
            throw KeyError(.disabled, "alias/x is disabled")
        } catch KeyError.Code.notFound {
            Issue.record("another code was caught")
        } catch KeyError.Code.disabled {
        } catch {
            Issue.record("the code was not caught")
        }
    }
}
