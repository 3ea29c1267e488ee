import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import Glibc
import NIOCore
import NIOHTTP1

@testable import CofferProviders

/// moto's S3 in a process of its own, ended with its last user.
final class MotoServer {
    private static let python = LiveService.package.appending(path: ".venv/bin/python").path
    /// Whether moto's server is installed.
    static let isThere: Bool = {
        let packages = LiveService.package.appending(path: ".venv/lib").path
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: packages)) ?? []
        return versions.contains {
            FileManager.default.fileExists(atPath: "\(packages)/\($0)/site-packages/moto/server.py")
        }
    }()

    private let process: ChildProcess
    /// Where it listens.
    let endpoint: String

    init() throws {
        let port = try LiveService.freePort()
        endpoint = "http://127.0.0.1:\(port)"
        process = try ChildProcess(Self.python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", "\(port)"])
    }

    /// Not waited for: that would keep a thread which tests need.
    deinit { kill(process.number, SIGKILL) }

    /// Settings for it that wait shortly.
    func settings(attempts: Int = 3) throws -> AWSSettings {
        var settings = try AWSSettings(
            credentials: AWSCredentials(accessKeyID: "AKIATEST", secret: SecretBytes(text: "secret")),
            region: "eu-central-1", endpoint: AWSEndpoint(endpoint))
        settings.limits.attempts = attempts
        settings.limits.firstWait = .milliseconds(1)
        return settings
    }

    /// Makes a bucket, once it listens.
    func makeBucket(_ name: String) async throws {
        let client = try S3Client(bucket: name, settings(), isCancelled: { false })
        let end = ContinuousClock.now + .seconds(90)
        while true {
            do {
                var request = S3Client.Request(method: .PUT, name: nil, verb: "make")
                request.body.writeString(
                    "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>"
                )
                _ = try client.call(request)
                return
            } catch {
                guard ContinuousClock.now < end, process.isRunning else { throw error }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }
}
