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

    static func wycheproof(_ name: String) throws -> [WycheproofGroup] {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file(name).path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return try JSONDecoder().decode(WycheproofFile.self, from: data).testGroups
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
    let flags: [String]?
    let size: Int?

    var isValid: Bool { result != "invalid" }

    /// The bytes of a field; none where the file has no such field.
    func bytes(_ field: KeyPath<WycheproofCase, String?>) -> [UInt8] { hex(self[keyPath: field] ?? "") }
}
