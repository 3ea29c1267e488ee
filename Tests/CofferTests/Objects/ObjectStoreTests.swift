import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import Testing

/// A folder that goes with its test.
final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory.appending(path: "coffer-objects-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var files: [String] { FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? [] }
}

extension MessageSource {
    /// All there is.
    func bytes() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let more = try [UInt8](byteCapacity: 1 << 16) { (output: inout OutputRawSpan) throws in
                try read(into: &output)
            }
            guard !more.isEmpty else { return bytes }
            bytes += more
        }
    }
}

@Suite struct `A store of objects` {
    @Test func `in memory keeps to what every store does`() {
        #expect(ObjectStoreConformance(MemoryStore()).failures() == [])
    }

    @Test func `in a folder keeps to what every store does`() throws {
        let folder = try TemporaryFolder()
        #expect(ObjectStoreConformance(try FolderStore(folder.path)).failures() == [])
        #expect(!folder.files.contains { $0.hasSuffix(".coffer-tmp") })
    }

    @Test func `in a folder reads a file that is dated when nanoseconds can't be counted`() throws {
        let folder = try TemporaryFolder()
        let store = try FolderStore(folder.path)
        for year in [1600.0, 2400] {
            #expect(FileManager.default.createFile(atPath: folder.path + "/a", contents: Data([1])))
            let date = Date(timeIntervalSince1970: (year - 1970) * 31_556_952)
            try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: folder.path + "/a")
            #expect(try store.head("a").byteCount == 1)
        }
    }

    @Test func `that is encrypted keeps to what every store does`() async throws {
        let base = MemoryStore()
        let store = EncryptedStore(base, format: try format(), bindingNamesAs: "object")
        let failures = try await Blocking.run { ObjectStoreConformance(store, large: 300_000).failures() }
        #expect(failures == [])
    }

    private func format(_ byte: UInt8 = 7) throws -> AWSEncryptionSDK {
        let secret = SecretBytes(count: 32) { output in for _ in 0..<32 { output.append(byte) } }
        var format = AWSEncryptionSDK(
            keys: [try RawAESMessageKey(namespace: "test", name: "key", key: secret)], context: ["dataset": "a"])
        format.frameLength = 4096
        return format
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\0b", ".x.coffer-tmp", String(repeating: "a", count: 256),
    ])
    func `in a folder has no object outside, and none that a file can't be`(name: String) throws {
        let folder = try TemporaryFolder()
        let store = try FolderStore(folder.path)
        #expect(throws: ObjectError(.invalidName, "")) { try store.put([1], as: name) }
        #expect(throws: ObjectError(.invalidName, "")) { try store.get(name) }
        #expect(throws: ObjectError(.invalidName, "")) { try store.delete(name) }
        #expect(folder.files.isEmpty)
    }

    @Test func `in a folder gives no link for an object`() throws {
        let folder = try TemporaryFolder()
        let store = try FolderStore(folder.path)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/a", withDestinationPath: "/etc/hostname")
        #expect(throws: ObjectError(.notFound, "")) { try store.get("a") }
        #expect(throws: ObjectError(.notFound, "")) { try store.head("a") }
        #expect(try store.all(prefix: "").isEmpty)
    }

    @Test func `that is encrypted shows its base only messages, which any reader opens`() async throws {
        let base = MemoryStore()
        let store = EncryptedStore(base, format: try format())
        let plaintext = [UInt8]("name,ssn\nada,123-45-6789\n".utf8)
        try await Blocking.run { _ = try store.put(plaintext, as: "a") }
        let message = try base.bytes(of: "a", limit: 1 << 20)
        #expect(AWSEncryptionSDK.mayBegin(with: message))
        let opened = MemorySink()
        try await format().open(MemorySource(message), into: opened)
        #expect(opened.released == plaintext)
    }

    @Test func `that is encrypted fetches only the frames that a range needs`() async throws {
        let base = MemoryStore()
        let store = EncryptedStore(base, format: try format())
        let plaintext =
            [UInt8](repeating: 3, count: 499_990) + (0..<200).map { UInt8($0) } + [UInt8](repeating: 4, count: 500_000)
        let read = try await Blocking.run {
            try store.put(plaintext, as: "a")
            return try store.get("a", range: 500_000..<500_100, etag: nil).source.bytes()
        }
        #expect(read == Array(plaintext[500_000..<500_100]))
        // The header once for the length and once for the key, the last frame, and one frame of 4096 + 32 bytes.
        let fetched: Int = base.fetched.reduce(0) { $0 + $1.count }
        #expect(fetched < 16_416)
    }

    @Test func `that is encrypted opens nothing under another key, and no object under another's name`() async throws {
        let base = MemoryStore()
        let store = EncryptedStore(base, format: try format(), bindingNamesAs: "object")
        let other = EncryptedStore(base, format: try format(8), bindingNamesAs: "object")
        try await Blocking.run {
            try store.put([1, 2, 3], as: "a")
            try base.put(base.bytes(of: "a", limit: 1 << 20), as: "b")
        }
        await #expect(throws: MessageError(.noKey, "")) {
            try await Blocking.run { try other.get("a").source.bytes() }
        }
        await #expect(throws: MessageError(.wrongContext, "")) {
            try await Blocking.run { try store.get("b").source.bytes() }
        }
    }

    @Test func `that is encrypted gives an altered or cut object no end`() async throws {
        let base = MemoryStore()
        let store = EncryptedStore(base, format: try format())
        try await Blocking.run { _ = try store.put([UInt8](repeating: 5, count: 20_000), as: "a") }
        let message = try base.bytes(of: "a", limit: 1 << 20)
        for cut in [message.count - 1, message.count - 4128, 100] {
            try base.put(Array(message[..<cut]), as: "a")
            await #expect(throws: MessageError.self) {
                try await Blocking.run { try store.get("a").source.bytes() }
            }
        }
        for at in stride(from: 0, to: message.count, by: 997) {
            var altered = message
            altered[at] ^= 1
            try base.put(altered, as: "a")
            await #expect(throws: MessageError.self) {
                try await Blocking.run { try store.get("a").source.bytes() }
            }
        }
    }
}

@Suite struct `An address of an object` {
    @Test func `has a bucket and a name as it stands`() throws {
        let address = try ObjectAddress("s3://my.bucket-1/a b/%20+/ü")
        #expect(address.bucket == "my.bucket-1")
        #expect(address.name == "a b/%20+/ü")
        #expect(try ObjectAddress("s3://bucket").name.isEmpty)
    }

    @Test(arguments: [
        "s3://", "s3:///a", "s3://a/b", "s3://a@b.c/d", "s3://a:b/c", "s3://..a/b", "s3://-ab/c", "s3://a?b/c",
    ])
    func `is refused where its bucket could be something else in a host's name`(text: String) {
        #expect(throws: ObjectError(.invalidName, "")) { try ObjectAddress(text) }
    }
}
