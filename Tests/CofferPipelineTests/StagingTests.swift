import Foundation
import Testing

@testable import CofferPipeline

@Suite struct `What is staged` {
    private let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/coffer-staging-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func content(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(folder)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `has another name each time`() {
        #expect(Staging.path(for: "\(folder)/a.csv") != Staging.path(for: "\(folder)/a.csv"))
    }

    @Test func `goes into the file that was made, whatever is laid in its place`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Staging.replacing("\(folder)/a.csv") { name in
            let staged = try #require(LibrarySearch.entries(of: folder).first)
            try FileManager.default.removeItem(atPath: "\(folder)/\(staged)")
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/\(staged)", withDestinationPath: "\(folder)/theirs")
            let file = try #require(FileHandle(forWritingAtPath: name))
            try file.write(contentsOf: Data("plain".utf8))
        }
        #expect(content("theirs") == nil)
        #expect(content("a.csv") == nil)
    }

    @Test func `is for its owner only, and gone after a failure`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = "\(folder)/a.csv"
        #expect(throws: CancellationError.self) { try Staging.replacing(path) { _ in throw CancellationError() } }
        #expect(LibrarySearch.entries(of: folder).isEmpty)
        try Staging.replacing(path) { name in
            try FileHandle(forWritingAtPath: name)?.write(contentsOf: Data("plain".utf8))
        }
        #expect(content("a.csv") == "plain")
        #expect(FileSystem.status(path).map { $0.st_mode & 0o777 } == 0o600)
    }

    @Test func `is never a file that is there`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/link", withDestinationPath: "\(folder)/theirs")
        #expect(throws: PipelineError.self) { try FileSystem.openNew("\(folder)/link", mode: 0o600) }
        #expect(throws: PipelineError.self) { try FileSystem.write([1], to: "\(folder)/link") }
        #expect(content("theirs") == nil)
    }
}
