import CofferCrypto
import CofferTesting
import Foundation
import Testing

@testable import Coffer

/// The test vectors of age (C2SP/CCTV), as published.
@Suite struct `The published age files` {
    struct Vector: Decodable {
        let name: String
        let expect: String
        /// SHA-256 of what comes out.
        let payload: String?
        let identities: [String]
        let passphrases: [String]
        let file: String
    }

    private static let folder = MessageVectors.folder.deletingLastPathComponent().appending(path: "age")

    private static let unpack = """
        import base64, json, os, sys, zlib
        found = []
        for name in sorted(os.listdir(sys.argv[1])):
            fields, body = {}, open(os.path.join(sys.argv[1], name), "rb").read()
            while True:
                line, body = body.split(b"\\n", 1)
                if not line: break
                field, value = line.decode().split(": ", 1)
                fields.setdefault(field, []).append(value)
            if "compressed" in fields: body = zlib.decompress(body)
            found.append({"name": name, "expect": fields["expect"][0], "payload": fields.get("payload", [None])[0],
                "identities": fields.get("identity", []), "passphrases": fields.get("passphrase", []),
                "file": base64.b64encode(body).decode()})
        json.dump(found, sys.stdout)
        """

    private static func vectors() throws -> [Vector] {
        let output = try ChildProcess.output(of: "/usr/bin/env", ["python3", "-c", unpack, folder.path])
        return try JSONDecoder().decode([Vector].self, from: Data(output))
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: folder.path), "no age among the vectors"))
    func `open and are refused as they should, 143`() async throws {
        let codes: [String: Set<MessageError.Code>] = [
            "header failure": [.malformed, .notAllowed, .notAuthentic], "HMAC failure": [.notAuthentic],
            "payload failure": [.notAuthentic], "armor failure": [.malformed], "no match": [.noKey],
        ]
        var count = 0
        for vector in try Self.vectors() {
            let identities =
                try vector.identities.map { try Age.Identity($0) }
                + vector.passphrases.map {
                    Age.Identity(Age.Passphrase(secret(Array($0.utf8))))
                }
            let sink = MemorySink()
            let file = [UInt8](try #require(Data(base64Encoded: vector.file)))
            do {
                try await Age(identities: identities).open(MemorySource(file, piece: 1000), into: sink)
                #expect(vector.expect == "success", "\(vector.name) opens")
                let digest = unsafe Digest.sha256(sink.released.span.bytes)
                #expect(digest.map { String(format: "%02x", $0) }.joined() == vector.payload, "\(vector.name)")
            } catch let error as MessageError {
                #expect(codes[vector.expect]?.contains(error.code) == true, "\(vector.name): \(error)")
                #expect(!sink.isFinished)
            }
            count += 1
        }
        #expect(count == 143)
    }
}
