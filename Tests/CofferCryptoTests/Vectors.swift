import CofferTesting
import Foundation

/// The folder of published test vectors: `COFFER_VECTORS`, else `../shared/vectors` beside the package.
enum Vectors {
    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["COFFER_VECTORS"] { return URL(filePath: path) }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/vectors")
    }()

    static func exist(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name).path) }

    /// Where a file of vectors stands.
    enum Place { case root }

    static func exist(_ path: String, in place: Place) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: path).path)
    }

    static func wycheproof(_ name: String) throws -> [WycheproofGroup] {
        try JSONDecoder().decode(WycheproofFile.self, from: try unpacked(name)).testGroups
    }

    /// The cases for FF1 over `radix` numerals.
    static func fpe(radix: Int) throws -> [FPEGroup] {
        try JSONDecoder().decode(FPEFile.self, from: try unpacked("aes_ff1_radix\(radix)")).testGroups
    }

    static func ff1Samples() throws -> [FF1Sample] {
        try JSONDecoder().decode(
            [FF1Sample].self, from: try Data(contentsOf: folder.appending(path: "fpe/nist_ff1_samples.json")))
    }

    private static func unpacked(_ name: String) throws -> Data {
        Data(try ChildProcess.output(of: "/usr/bin/env", ["gzip", "-dc", file(name).path]))
    }

    private static func file(_ name: String) -> URL { folder.appending(path: "wycheproof/\(name)_test.json.gz") }
}

private struct WycheproofFile: Decodable {
    let testGroups: [WycheproofGroup]
}

struct WycheproofGroup: Decodable {
    let ivSize: Int?
    let keySize: Int?
    let tagSize: Int?
    let publicKeyDer, privateKeyPkcs8: String?
    let tests: [WycheproofCase]
}

struct WycheproofCase: Decodable {
    let tcId: Int
    let result: String
    let key, iv, aad, msg, ct, tag, ikm, salt, info, okm, sig, label: String?
    let `public`, `private`, shared, password, dk: String?
    let flags: [String]?
    let size, iterationCount: Int?

    var isValid: Bool { result != "invalid" }

    /// The bytes of a field; none where the file has no such field.
    func bytes(_ field: KeyPath<WycheproofCase, String?>) -> [UInt8] { hex(self[keyPath: field] ?? "") }
}

private struct FPEFile: Decodable {
    let testGroups: [FPEGroup]
}

struct FPEGroup: Decodable {
    let tests: [FPECase]
}

struct FPECase: Decodable {
    let tcId: Int
    let flags: [String]
    let result: String
    let key, tweak: String
    let msg, ct: [Int]
}

struct FF1Sample: Decodable {
    let radix: Int
    let key, tweak, plaintext, ciphertext: String
}
