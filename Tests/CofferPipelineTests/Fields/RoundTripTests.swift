import Testing

@testable import CofferPipeline

@Suite struct `An encrypted value` {
    @Test(arguments: Sample.all, [CellForm.binary, .text])
    func `comes back with its type, whatever that is`(sample: Sample, cells: CellForm) async throws {
        let plain = batch(
            try integers("id", Array(0..<Int64(sample.values.count))), try column(sample.field, sample.values))
        let protected = try await protect(plain, policy(["id": "keep", "v": "encrypt"]), cells: cells)
        #expect(protected.batch["v"].field.type == (cells == .text ? .utf8 : .binary))
        let revealed = try await protected.revealed()
        #expect(revealed["v"].field == sample.field.valueField)
        #expect(bytes(revealed["v"]) == sample.values)
    }

    @Test func `is 37 bytes longer than before, and a null stays null`() async throws {
        let protected = try await protect(
            batch(try texts("v", ["", "0123456789abcdef", nil])), policy(["v": "encrypt"]))
        #expect(bytes(protected.batch["v"]).map { $0?.count } == [37, 53, nil])
        #expect(bytes(protected.batch["v"])[0]?.first == 1)
    }

    @Test func `is another one each time`() async throws {
        let protected = try await protect(
            batch(try texts("v", [String?](repeating: "same", count: 100))), policy(["v": "encrypt"]))
        #expect(Set(bytes(protected.batch["v"])).count == 100)
    }

    @Test func `is base64url without padding where the destination holds text`() async throws {
        let protected = try await protect(batch(try texts("v", ["x"])), policy(["v": "encrypt"]), cells: .text)
        let cell = try #require(strings(protected.batch["v"])[0])
        #expect(cell.utf8.count == 51)
        #expect(cell.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }

    @Test func `opens under ChaCha20-Poly1305 too`() async throws {
        let protected = try await protect(
            batch(try texts("v", ["x", nil])), policy(["v": ["encrypt": ["suite": "chacha20-poly1305"]]]))
        #expect(protected.catalogue.keys.map(\.suite) == [.chaCha20Poly1305])
        #expect(strings(try await protected.revealed()["v"]) == ["x", nil])
    }

    @Test func `of a dictionary comes back as the value itself`() async throws {
        let entries = try texts("v", ["red", "green", nil])
        let field = Field("v", .int8, dictionary: Field("v", .utf8))
        let indices = try column(Field("v", .int8), [[0], [1], [2], nil, [0]])
        let colours = unsafe Column(
            field: field, length: 5, nullCount: -1, buffers: indices.buffers, dictionary: entries, owner: indices)
        let protected = try await protect(batch(colours), policy(["v": "encrypt"]))
        #expect(strings(try await protected.revealed()["v"]) == ["red", "green", nil, nil, "red"])
    }

    @Test func `of a slice is that slice's`() async throws {
        let whole = try texts("v", ["a", nil, "c", "d"])
        let slice = whole.sliced(from: 1, count: 2)
        let protected = try await protect(batch(slice), policy(["v": "encrypt"]))
        #expect(strings(try await protected.revealed()["v"]) == [nil, "c"])
    }

    @Test func `gets a new segment before the old one is full, without asking for a key`() async throws {
        let keys = TestKeys()
        let plain = batch(try texts("v", ["a", "b", "c", "d"]))
        let plan = try FieldPlan(policy(["v": "encrypt"]), schema: plain.schema, dataset: "people", cells: .binary)
        let session = try await plan.begin(keys: keys, catalogue: nil, mode: .replace, valuesPerSegment: 10)
        let out = try (0..<5).map { _ in try session.protect(plain, firstRow: 0) }
        #expect(session.catalogue().segments.count == 3)
        #expect(keys.made == 1)
        for batch in out {
            let protected = Protected(batch: batch, catalogue: session.catalogue(), keys: keys)
            #expect(strings(try await protected.revealed()["v"]) == ["a", "b", "c", "d"])
        }
    }

    @Test func `is protected from several threads at once`() async throws {
        let plain = batch(try texts("v", (0..<200).map { "value \($0)" }))
        let plan = try FieldPlan(policy(["v": "encrypt"]), schema: plain.schema, dataset: "people", cells: .binary)
        let session = try await plan.begin(keys: TestKeys(), catalogue: nil, mode: .replace)
        let cells = try await withThrowingTaskGroup(of: [[UInt8]?].self) { group in
            for _ in 0..<8 { group.addTask { bytes(try session.protect(plain, firstRow: 0)["v"]) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(cells).count == 1600)
    }

    @Test func `of no rows at all is nothing`() async throws {
        let protected = try await protect(
            batch(try texts("t", []), try texts("v", [])),
            policy(["t": "keep", "v": ["encrypt": ["key": "alias/tenant-{t}"]]]))
        #expect(try await protected.revealed().rowCount == 0)
    }
}
