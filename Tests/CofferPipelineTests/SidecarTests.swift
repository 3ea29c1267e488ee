import Foundation
import Testing

@testable import CofferPipeline

/// Both steps of a replacement, stopped after each, as a kill would stop them.
@Suite(.enabled(if: TestEngine.isThere, "DuckDB is not installed")) struct `A file destination that was killed` {
    private let folder: String
    private let path: String

    init() throws {
        folder = NSTemporaryDirectory() + "coffer-sidecar-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        path = folder + "/t.csv"
    }

    private func record(_ id: String) -> CatalogueRecord {
        CatalogueRecord(dataset: "t", id: id, document: Array(#"{"dataset":"t","id":"\#(id)"}"#.utf8))
    }

    private func load(_ id: String) throws {
        let engine = try #require(TestEngine.shared)
        let rows = try engine.connect().query("SELECT '\(id)' AS n")
        let run = RunRecord(id: id, pipeline: "p", finishedAt: "2026-01-01T00:00:00.000Z")
        let record = record(id)
        _ = try FileDestination(path, .csv, engine: engine).write(rows, Load(mode: .replace, run: run) { _ in record })
    }

    private func catalogue() throws -> String? {
        try FileDestination(path, .csv, engine: #require(TestEngine.shared)).catalogues().first?.id
    }

    /// The sidecar that a second load would leave waiting, with the mark of `data`.
    private func wait(_ id: String, fitting data: String) throws {
        let state = try FileState(of: data)
        var next = Sidecar()
        try next.put(record(id))
        next.data = Sidecar.DataMark(size: state.size, modified: state.modified)
        try next.write(path + ".coffer.json.next")
    }

    @Test func `before the data was in place has the old catalogue`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try load("old")
        try "n\nnew data\n".write(toFile: folder + "/staged", atomically: false, encoding: .utf8)
        try wait("new", fitting: folder + "/staged")
        #expect(try catalogue() == "old")
    }

    @Test func `after the data was in place has the new one`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try load("old")
        try "n\nnew data\n".write(toFile: folder + "/staged", atomically: false, encoding: .utf8)
        try wait("new", fitting: folder + "/staged")
        try FileSystem.rename(folder + "/staged", to: path)
        #expect(try catalogue() == "new")
        try load("next")
        #expect(try catalogue() == "next")
        #expect(FileSystem.status(path + ".coffer.json.next") == nil)
    }

    @Test func `leaves nothing of a load that failed`() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        struct Refusal: Error {}
        try load("old")
        let engine = try #require(TestEngine.shared)
        let run = RunRecord(id: "r", pipeline: "p", finishedAt: "")
        #expect(throws: Refusal.self) {
            try FileDestination(path, .csv, engine: engine).write(
                engine.connect().query("SELECT 1 AS n"), Load(mode: .replace, run: run) { _ in throw Refusal() })
        }
        #expect(try catalogue() == "old")
        #expect(LibrarySearch.entries(of: folder) == ["t.csv", "t.csv.coffer.json"])
    }

    @Test(arguments: [
        "", "[]", "{", #"{"version":2,"catalogues":[],"loads":[]}"#, #"{"catalogues":[{}],"version":1,"loads":[]}"#,
    ])
    func `refuses a sidecar that is none`(text: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try load("old")
        try text.write(toFile: path + ".coffer.json", atomically: false, encoding: .utf8)
        #expect(throws: PipelineError.self) { try catalogue() }
    }
}
