import CofferCrypto
import Testing

@testable import CofferPipeline

@Suite struct `A protected value that is not what it was` {
    let rules: Written = [
        "id": "keep", "a": "encrypt", "b": "encrypt", "c": ["encrypt": ["bind": "id"]],
        "d": ["encrypt": ["deterministic": "true"]],
    ]

    private func protected() async throws -> Protected {
        try await protect(
            batch(
                try integers("id", [1, 2]), try texts("a", ["ay", "bee"]), try texts("b", ["see", "dee"]),
                try texts("c", ["ee", "eff"]), try texts("d", ["gee", "aitch"])), policy(rules))
    }

    private func isRefused(_ protected: Protected, _ changed: RecordBatch, dataset: String = "people") async
        -> PipelineError?
    {
        await refusal { _ = try await protected.revealed(changed, dataset: dataset) }
    }

    @Test(arguments: ["a", "c", "d"])
    func `does not open with any bit flipped`(name: String) async throws {
        let protected = try await protected()
        let cells = bytes(protected.batch[name])
        let cell = try #require(cells[1])
        for bit in 0..<(cell.count * 8) {
            var flipped = cell
            flipped[bit / 8] ^= 1 << (bit % 8)
            let changed = protected.batch.with(try column(protected.batch[name].field, [cells[0], flipped]))
            let error = await isRefused(protected, changed)
            #expect(error?.code == .notAuthentic)
            #expect(error?.message == "row 2, column \(name): the value can't be revealed")
        }
    }

    @Test(arguments: ["a", "c", "d"])
    func `does not open shortened or lengthened`(name: String) async throws {
        let protected = try await protected()
        let cells = bytes(protected.batch[name])
        let cell = try #require(cells[0])
        for other in (0..<cell.count).map({ Array(cell.prefix($0)) }) + [cell + [0]] {
            let changed = protected.batch.with(try column(protected.batch[name].field, [other, cells[1]]))
            #expect(await isRefused(protected, changed)?.code == .notAuthentic)
        }
    }

    @Test func `does not open as base64url that is none`() async throws {
        let protected = try await protect(batch(try texts("v", ["x"])), policy(["v": "encrypt"]), cells: .text)
        let cell = try #require(strings(protected.batch["v"])[0])
        for other in ["", "A", cell + "=", cell + " ", " " + cell, String(cell.dropLast()), "é", cell + "AAAA"] {
            let error = await refusal {
                _ = try await protected.revealed(protected.batch.with(try texts("v", [other])))
            }
            #expect(error?.code == .notAuthentic)
        }
    }

    @Test func `does not open in another column`() async throws {
        let protected = try await protected()
        let changed = protected.batch.with(try column(protected.batch["b"].field, bytes(protected.batch["a"])))
        #expect(await isRefused(protected, changed)?.code == .notAuthentic)
    }

    @Test func `does not open in another dataset`() async throws {
        let protected = try await protected()
        #expect(await isRefused(protected, protected.batch, dataset: "customers")?.code == .notAuthentic)
    }

    @Test func `does not open under the dataset that a forged catalogue names`() async throws {
        let protected = try await protected()
        let catalogue = protected.catalogue
        let forged = Catalogue(
            id: catalogue.id, dataset: "customers", keys: catalogue.keys, segments: catalogue.segments,
            domains: catalogue.domains, columns: catalogue.columns)
        let error = await refusal { _ = try await protected.revealed(dataset: "customers", catalogue: forged) }
        #expect(error?.code == .notAuthentic)
    }

    @Test func `does not open in another row when it is bound, and does when it is not`() async throws {
        let protected = try await protected()
        let moved = try protected.batch.reordered("a", [1, 0])
        #expect(strings(try await protected.revealed(moved)["a"]) == ["bee", "ay"])
        #expect(await isRefused(protected, try protected.batch.reordered("c", [1, 0]))?.code == .notAuthentic)
    }

    @Test func `does not open when a catalogue forgets that it was bound, or calls it another type`() async throws {
        let protected = try await protected()
        let at = try #require(protected.catalogue.columns.firstIndex { $0.path == FieldPath("c") })
        let real = protected.catalogue.columns[at]
        for other in [
            Catalogue.Column(path: real.path, protection: .randomized(bind: []), field: real.field),
            Catalogue.Column(path: real.path, protection: real.protection, field: Field("c", .binary)),
            Catalogue.Column(
                path: real.path, protection: .randomized(bind: [Catalogue.Bound(name: "id", type: .text)]),
                field: real.field),
        ] {
            var forged = protected.catalogue
            forged.columns[at] = other
            let error = await refusal { [forged] in _ = try await protected.revealed(catalogue: forged) }
            #expect(error?.code == .notAuthentic)
        }
    }

    @Test func `does not open under a key that another catalogue put in place of its own`() async throws {
        let (one, two) = (try await protected(), try await protected())
        var forged = one.catalogue
        forged.keys = one.catalogue.keys.map { mine in
            Catalogue.Key(
                id: mine.id, wrapped: two.catalogue.keys[0].wrapped, suite: mine.suite, tenant: nil,
                commitment: two.catalogue.keys[0].commitment)
        }
        let error = await refusal { [forged] in _ = try await one.revealed(catalogue: forged) }
        #expect(error?.code == .notAuthentic)
    }

    @Test func `does not open when its key is disabled, and then says no more than otherwise`() async throws {
        let protected = try await protected()
        try protected.keys.disable("alias/default")
        let error = await isRefused(protected, protected.batch)
        #expect(error?.code == .notAuthentic)
        #expect(error?.message == "row 1, column a: the value can't be revealed")
    }

    @Test func `is an error of its own when the keys can't be reached`() async throws {
        let protected = try await protected()
        protected.keys.goAway()
        await #expect(throws: (any Error).self) { try await protected.revealed(onFailure: .null) }
    }

    @Test func `does not open under a key that the caller does not allow`() async throws {
        let protected = try await protected()
        let error = await refusal {
            _ = try await protected.revealed(allowed: AllowedKeys(["alias/other", "aws-kms://arn:x"]))
        }
        #expect(error?.code == .notAuthentic)
        for allowed in [["alias/default", "alias/default-mac"], ["memory-1", "memory-2"], ["alias/def*"]] {
            #expect(strings(try await protected.revealed(allowed: AllowedKeys(allowed))["a"]) == ["ay", "bee"])
        }
    }

    @Test func `becomes null when that is asked for, and no other does`() async throws {
        let protected = try await protected()
        let cells = bytes(protected.batch["a"])
        let changed = protected.batch.with(try column(protected.batch["a"].field, [cells[0], [1, 2, 3]]))
        let revealed = try await protected.revealed(changed, onFailure: .null)
        #expect(strings(revealed["a"]) == ["ay", nil])
        #expect(strings(revealed["b"]) == ["see", "dee"])
    }

    @Test func `needs the columns it is bound to`() async throws {
        let protected = try await protected()
        let without = batch(protected.batch["c"])
        #expect(await isRefused(protected, without)?.code == .policy)
        let plan = try RevealPlan(
            protected.catalogue, schema: protected.batch.schema, dataset: "people", columns: [FieldPath("c")],
            allowed: .embeddedStore, onFailure: .stop)
        #expect(plan.outputSchema.fields.map(\.name) == ["c"])
    }
}

@Suite struct `A value bound to its row` {
    @Test func `opens when a destination gives the bound column back in another type`() async throws {
        let decimal = Field("price", .decimal(precision: 10, scale: 2, bitWidth: 128))
        let instant = Field("at", .timestamp(.microsecond, zone: "UTC"))
        let plain = batch(
            try integers("id", [7, -7]),
            try column(
                decimal, [4250, -4200].map { littleEndian(Int64($0)) + [UInt8](repeating: $0 < 0 ? 255 : 0, count: 8) }),
            try column(instant, [0, 1_500_000].map { littleEndian(Int64($0)) }),
            try column(Field("on", .bool), [[1], [0]]), try texts("v", ["x", "y"]))
        let protected = try await protect(
            plain,
            policy([
                "id": "keep", "price": "keep", "at": "keep", "on": "keep",
                "v": ["encrypt": ["bind": ["id", "price", "at", "on"]]],
            ]))
        let asText = batch(
            try texts("id", ["007", "-7.0"]), try texts("price", ["42.50", "-42"]),
            try texts("at", ["1970-01-01 01:00:00+01", "1970-01-01T00:00:01.5Z"]), try texts("on", ["t", "0"]),
            protected.batch["v"])
        #expect(strings(try await protected.revealed(asText)["v"]) == ["x", "y"])
        let other = asText.with(try texts("at", ["1970-01-01 00:00:00+01", "no time"]))
        #expect(strings(try await protected.revealed(other, onFailure: .null)["v"]) == [nil, nil])
    }

    @Test func `can't be bound to null`() async throws {
        let plain = batch(try integers("id", [1, nil]), try texts("v", ["x", "y"]))
        let error = await refusal {
            _ = try await protect(plain, policy(["id": "keep", "v": ["encrypt": ["bind": "id"]]]))
        }
        #expect(error?.message == "row 2, column v: id, which it is bound to, is null")
    }
}
