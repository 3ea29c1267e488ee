import Testing

@testable import CofferPipeline

@Suite struct `Rows with a key of their tenant's own` {
    let rules: Written = [
        "t": "keep", "v": ["encrypt": ["key": "alias/tenant-{t}"]], "w": ["encrypt": ["key": "alias/tenant-{t}"]],
    ]

    private func table(_ tenants: [String?]) throws -> RecordBatch {
        batch(
            try texts("t", tenants), try texts("v", tenants.indices.map { "v\($0)" }),
            try texts("w", tenants.indices.map { "w\($0)" }))
    }

    @Test func `share one data key a tenant, over all its columns`() async throws {
        let protected = try await protect(try table(["a", "b", "a"]), policy(rules))
        #expect(protected.keys.made == 2)
        #expect(Set(protected.catalogue.keys.map(\.tenant)) == ["a", "b"])
        let revealed = try await protected.revealed()
        #expect(strings(revealed["v"]) == ["v0", "v1", "v2"])
        #expect(strings(revealed["w"]) == ["w0", "w1", "w2"])
    }

    @Test func `are shredded tenant by tenant`() async throws {
        let protected = try await protect(try table(["a", "b", "a"]), policy(rules))
        try protected.keys.disable("alias/tenant-a")
        #expect(strings(try await protected.revealed(onFailure: .null)["v"]) == [nil, "v1", nil])
        let error = await refusal { _ = try await protected.revealed() }
        #expect(error?.message == "row 1, column v: the value can't be revealed")
    }

    @Test func `open in another table of that tenant only under its own name`() async throws {
        let protected = try await protect(try table(["a", "b"]), policy(rules))
        var forged = protected.catalogue
        forged.keys = forged.keys.map {
            Catalogue.Key(id: $0.id, wrapped: $0.wrapped, suite: $0.suite, tenant: "c", commitment: $0.commitment)
        }
        let error = await refusal { [forged] in _ = try await protected.revealed(catalogue: forged) }
        #expect(error?.code == .notAuthentic)
    }

    @Test(arguments: [nil, "", "a b", "../x", "é", String(repeating: "x", count: 65), "a{b}"] as [String?])
    func `are refused where the name is none, without saying it`(name: String?) async throws {
        let error = try #require(await refusal { _ = try await protect(try table(["a", name]), policy(rules)) })
        #expect(error.message == "row 2, column t: this can't be part of a key's name")
    }

    @Test func `may have the tenant itself protected`() async throws {
        let protected = try await protect(
            try table(["a", "b"]), policy(["t": "hash", "v": ["encrypt": ["key": "alias/tenant-{t}"]], "w": "drop"]))
        #expect(strings(try await protected.revealed()["v"]) == ["v0", "v1"])
    }

    @Test func `get along with a cache smaller than the number of tenants`() async throws {
        let keys = TestKeys()
        let plan = try FieldPlan(policy(rules), schema: try table([]).schema, dataset: "people", cells: .binary)
        let session = try await plan.begin(keys: keys, catalogue: nil, mode: .replace, tenantCapacity: 3)
        var protected: [RecordBatch] = []
        for round in 0..<6 {
            let batch = try table((0..<5).map { "t\(($0 + round) % 7)" })
            if try session.needsPreparation(batch, firstRow: 0) { try await session.prepare(batch, firstRow: 0) }
            protected.append(try session.protect(batch, firstRow: 0))
        }
        #expect(keys.made == 7)
        #expect(keys.unwrapped > 0)
        #expect(session.catalogue().segments.count == 7)
        for batch in protected {
            let revealed = try await Protected(batch: batch, catalogue: session.catalogue(), keys: keys).revealed()
            #expect(strings(revealed["v"]) == (0..<5).map { "v\($0)" })
        }
    }

    @Test func `need nothing prepared for tenants that were seen`() async throws {
        let batch = try table(["a", "b"])
        let plan = try FieldPlan(policy(rules), schema: batch.schema, dataset: "people", cells: .binary)
        let session = try await plan.begin(keys: TestKeys(), catalogue: nil, mode: .replace)
        #expect(try session.needsPreparation(batch, firstRow: 0))
        try await session.prepare(batch, firstRow: 0)
        _ = try session.protect(batch, firstRow: 0)
        #expect(try !session.needsPreparation(batch, firstRow: 0))
        #expect(try session.needsPreparation(try table(["c"]), firstRow: 0))
    }
}
