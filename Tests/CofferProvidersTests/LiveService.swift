import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import Glibc

@testable import CofferProviders

/// A key service in a process of its own, on a free port of this machine, ended with its last user.
final class LiveService {
    static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let coffer =
        ProcessInfo.processInfo.environment["COFFER"] ?? package.appending(path: ".build/debug/coffer").path

    /// Whether the command is built: `swift build --build-tests` does that.
    static let hasCoffer = FileManager.default.isExecutableFile(atPath: coffer)

    private let process: ChildProcess
    private let folder: URL
    /// A client of it.
    let client: AWSKMS

    /// `coffer serve` over a key store of its own.
    static func coffer() async throws -> LiveService {
        let folder = try temporaryFolder()
        let port = try freePort()
        _ = try run(["init"], in: folder)
        let made = try JSON(parsing: run(["access-keys", "create", "--role", "admin", "--json"], in: folder))
        let service = try LiveService(
            coffer,
            [
                "serve", "--insecure-http", "--account", "123456789012", "--region", "us-east-1", "--listen",
                "127.0.0.1:\(port)",
            ],
            port: port, key: (made["access_key_id"]?.string ?? "", made["secret_access_key"]?.string ?? ""),
            folder: folder)
        try await service.waitUntilReady()
        return service
    }

    private init(
        _ program: String, _ arguments: [String], port: UInt16, key: (id: String, secret: String), folder: URL
    ) throws {
        self.folder = folder
        process = try ChildProcess(program, arguments, environment: Self.environment(folder))
        var settings = try AWSSettings(
            credentials: AWSCredentials(accessKeyID: key.id, secret: SecretBytes(text: key.secret)),
            region: "us-east-1", endpoint: AWSEndpoint("http://127.0.0.1:\(port)"))
        // The first answer is the one that is tested.
        settings.limits.attempts = 1
        // Where many tests run at once, a task may wait long for its turn.
        (settings.limits.attempt, settings.limits.total) = (.seconds(120), .seconds(120))
        client = try AWSKMS(settings)
    }

    deinit {
        kill(process.number, SIGTERM)
        process.wait()
        try? FileManager.default.removeItem(at: folder)
    }

    /// A new key, by its ARN.
    func createKey(_ spec: String = "SYMMETRIC_DEFAULT", _ usage: String = "ENCRYPT_DECRYPT") async throws -> KeyID {
        let anyKey = try KeyID("aws-kms://alias/any")
        let body = JSON.members(("KeySpec", .string(spec)), ("KeyUsage", .string(usage)))
        let answer = try JSON(
            parsing: try await client.call("CreateKey", anyKey, AWSKeyName(anyKey), body.bytes))
        return try KeyID("aws-kms://\(answer["KeyMetadata"]?["Arn"]?.string ?? "")")
    }

    private func waitUntilReady() async throws {
        let end = ContinuousClock.now + .seconds(300)
        while true {
            do {
                _ = try await client.describe(KeyID("aws-kms://alias/nothing"))
                return
            } catch KeyError.Code.notFound {
                return
            } catch {
                guard ContinuousClock.now < end, process.isRunning else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private static func run(_ arguments: [String], in folder: URL) throws -> [UInt8] {
        try ChildProcess.output(of: coffer, arguments, environment: environment(folder))
    }

    private static func environment(_ folder: URL) -> [String: String] {
        [
            "HOME": folder.path, "COFFER_HOME": folder.appending(path: "home").path, "PATH": "/usr/bin:/bin",
            "COFFER_ROOT_KEY": folder.appending(path: "root.key").path,
        ]
    }

    private static func temporaryFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "coffer-live-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A port that nobody listens at now.
    static func freePort() throws -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, length) == 0 && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isBound else { throw KeyError(.unavailable, "there is no free port") }
        return UInt16(bigEndian: address.sin_port)
    }
}
