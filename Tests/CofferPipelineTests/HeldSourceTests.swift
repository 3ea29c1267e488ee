import FoundationEssentials
import Testing

@testable import CofferPipeline

@Suite(.enabled(if: TestEngine.isThere, "DuckDB is not installed")) struct `A source that is read twice` {
    private let path = FileManager.default.temporaryDirectory.path + "/coffer-held-\(UUID().uuidString)"

    private func rows(_ source: any Source) throws -> Int {
        let stream = try source.open(Selection())
        var rows = 0
        while let batch = try stream.next() { rows += batch.rowCount }
        return rows
    }

    @Test func `gives the same rows where it is a database, whoever writes meanwhile`() throws {
        let file = path + ".duckdb"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let engine = try Engine(DuckDBLibrary.load(Environment.current), written: [file])
        let name = try engine.attach(file, writable: true)
        let writer = try engine.connect()
        try writer.execute("CREATE TABLE \(name).t AS SELECT range AS n FROM range(3)")
        let held = try DuckDBSource(file, .table(TableName("t")), engine: engine)
        try held.hold()
        #expect(try rows(held) == 3)
        try writer.execute("INSERT INTO \(name).t VALUES (7)")
        #expect(try rows(held) == 3)
        #expect(try rows(DuckDBSource(file, .table(TableName("t")), engine: engine)) == 4)
    }

    @Test func `ends the run where it is a file that changed in between`() throws {
        let file = path + ".csv"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data("n\n1\n2\n".utf8).write(to: URL(filePath: file))
        let source = try FileSource(
            FileSelection(paths: [file], format: .csv), engine: try #require(TestEngine.shared))
        #expect(try rows(source) == 2)
        #expect(try rows(source) == 2)
        try Data("n\n1\n2\n3\n".utf8).write(to: URL(filePath: file))
        let error = #expect(throws: PipelineError.self) { try rows(source) }
        #expect(error?.code == .sourceChanged)
    }

    @Test func `is counted by the engine, combination by combination`() throws {
        let file = path + ".csv"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data("a,b,s\n1,x,10\n1,x,9\n1,x,10\n2,,9\n".utf8).write(to: URL(filePath: file))
        let engine = try #require(TestEngine.shared)
        let source = try FileSource(FileSelection(paths: [file], format: .csv), engine: engine)
        let table = try CountedTable(
            source, ["a", "b"], sensitive: ["s"], textColumns: ["a", "b"], engine: engine, Cancellation())
        #expect(table.rows.sorted() == [1, 1, 2])
        #expect(table.classes.counts.sorted() == [1, 3])
        // Numbers are in the order of their size.
        #expect(table.sensitive[0].value(0) == Array("9".utf8) && table.sensitive[0].value(1) == Array("10".utf8))
        // Three combinations are there; more than memory has room for end it, sooner for a release.
        func count(isReleased: Bool, memory: Int) throws -> Int {
            try CountedTable(
                source, ["a", "b"], sensitive: ["s"], isReleased: isReleased, textColumns: ["a", "b"], engine: engine,
                Cancellation(), memory: memory
            ).rows.count
        }
        #expect(try count(isReleased: false, memory: 3 * 120) == 3)
        #expect(try count(isReleased: true, memory: 6 * 120) == 3)
        for (isReleased, memory) in [(false, 3 * 120 - 1), (true, 6 * 120 - 1)] {
            let error = #expect(throws: PipelineError.self) { try count(isReleased: isReleased, memory: memory) }
            #expect(error?.code == .tooLarge && error?.hint?.contains("COFFER_MEMORY") == true)
        }
        #expect(CountedTable.limit(2 << 30, quasi: 3, sensitive: 1, isReleased: true) > 8_000_000)
        let gone = try FileSource(FileSelection(paths: [file + ".none"], format: .csv), engine: engine)
        #expect(throws: PipelineError.self) {
            try CountedTable(gone, ["a"], sensitive: [], textColumns: [], engine: engine, Cancellation())
        }
    }
}
