import Testing

@testable import CofferPipeline

@Suite struct `A leaf of nested data` {
    /// Parents with lists of children: [[{ada, k1}, {bo, k2}], null, [], [{cy, null}]].
    private func parents() throws -> RecordBatch {
        let children = Field("item", .structure, children: [Field("name", .utf8), Field("key", .utf8)])
        let names = try texts("name", ["ada", "bo", "unreferenced", "cy"])
        let secrets = try texts("key", ["k1", "k2", "hidden", nil])
        let structure = unsafe Column(
            field: children, length: 4, nullCount: 0, buffers: [nil], children: [names, secrets], owner: nil)
        let offsets = Buffer(byteCount: 20)
        // The third element lies under the null list: no row refers to it.
        for (i, offset) in [0, 2, 3, 3, 4].enumerated() {
            unsafe offsets.start.storeBytes(of: Int32(offset), toByteOffset: i * 4, as: Int32.self)
        }
        let bits = Buffer(byteCount: 1)
        unsafe bits.start.storeBytes(of: 0b1101, as: UInt8.self)
        let list = unsafe Column(
            field: Field("children", .list, children: [children]), length: 4, nullCount: 1,
            buffers: [UnsafeRawPointer(bits.start), UnsafeRawPointer(offsets.start)], children: [structure],
            owner: Owners([offsets, bits]))
        return batch(try integers("id", [1, 2, 3, 4]), list)
    }

    private func leaf(_ batch: RecordBatch, _ at: Int) -> Column { batch["children"].children[0].children[at] }

    let rules: Written = [
        "id": "keep", "children[].name": ["mask": ["keep_first": "1"]], "children[].key": ["encrypt": ["bind": "id"]],
    ]

    @Test(arguments: [CellForm.binary, .text, .binaryTextNested])
    func `is protected where it stands and comes back`(cells: CellForm) async throws {
        let protected = try await protect(try parents(), policy(rules), cells: cells)
        #expect(strings(leaf(protected.batch, 0)) == ["a**", "b*", nil, "c*"])
        #expect(leaf(protected.batch, 1).field.type == (cells == .binary ? .binary : .utf8))
        let revealed = try await protected.revealed()
        #expect(strings(leaf(revealed, 1)) == ["k1", "k2", nil, nil])
        #expect(revealed.schema.fields[1].children[0].children.map(\.name) == ["name", "key"])
    }

    @Test func `is bound to its parent's row`() async throws {
        let protected = try await protect(try parents(), policy(rules))
        let changed = protected.batch.with(try integers("id", [4, 2, 3, 1]))
        #expect(
            await refusal { _ = try await protected.revealed(changed) }?.message
                == "row 1, column children[].key: the value can't be revealed")
    }

    @Test func `that is dropped leaves the rest`() async throws {
        let protected = try await protect(
            try parents(), policy(["id": "keep", "children[].name": "drop", "children[].key": "encrypt"]))
        #expect(protected.batch.schema.fields[1].children[0].children.map(\.name) == ["key"])
        let none = try await protect(
            try parents(), policy(["id": "keep", "children[].name": "drop", "children[].key": "drop"]))
        #expect(none.batch.schema.fields.map(\.name) == ["id"])
    }

    @Test func `has its tenant's key`() async throws {
        let protected = try await protect(
            try parents(),
            policy(["id": "keep", "children[].name": "drop", "children[].key": ["encrypt": ["key": "alias/t-{id}"]]]))
        #expect(protected.catalogue.keys.map(\.tenant) == ["1", "2", "3", "4"])
        #expect(strings(try await protected.revealed()["children"].children[0].children[0]) == ["k1", "k2", nil, nil])
    }

    /// The protected parents as a database keeps them that has no nested types.
    private func asJSON(_ protected: Protected, _ change: (String) -> String = { $0 }) throws -> RecordBatch {
        let cells = strings(leaf(protected.batch, 1)).map { $0.map { "\"\($0)\"" } ?? "null" }
        let json = [
            "[{\"name\":\"a**\",\"key\":\(cells[0])}, {\"key\" : \(cells[1]) ,\"name\":\"b*\",\"x\":[1,{\"key\":2.5e3},true]}]",
            nil,
            "[]", "[{\"name\":\"c*\",\"key\":\(cells[3])}]",
        ]
        let field = Field("children", .utf8, metadata: [.init("ARROW:extension:name", "arrow.json")])
        return batch(
            try integers("id", [1, 2, 3, 4]), try column(field, json.map { $0.map { Array(change($0).utf8) } }))
    }

    @Test func `is revealed inside JSON, and all around it stays as it was`() async throws {
        let protected = try await protect(try parents(), policy(rules), cells: .binaryTextNested)
        let revealed = try await protected.revealed(try asJSON(protected))
        #expect(
            strings(revealed["children"]) == [
                "[{\"name\":\"a**\",\"key\":\"k1\"}, {\"key\" : \"k2\" ,\"name\":\"b*\",\"x\":[1,{\"key\":2.5e3},true]}]",
                nil,
                "[]", "[{\"name\":\"c*\",\"key\":null}]",
            ])
        #expect(revealed["children"].field.extensionName == "arrow.json")
    }

    @Test(arguments: ["[", "{\"a\":}", "nonsense \"", "[1]]", String(repeating: "[", count: 1000), "\"\\"])
    func `inside what is no JSON is refused`(text: String) async throws {
        let protected = try await protect(try parents(), policy(rules), cells: .binaryTextNested)
        let table = try asJSON(protected) { $0.hasPrefix("[{\"name\":\"c") ? text : $0 }
        let error = await refusal { _ = try await protected.revealed(table) }
        #expect(error?.message == "row 4, column children: the value can't be revealed")
        let rest = try await protected.revealed(table, onFailure: .null)
        #expect(bytes(rest["children"])[3] == nil)
    }

    @Test func `inside JSON is refused when it was altered, moved or replaced`() async throws {
        let protected = try await protect(try parents(), policy(rules), cells: .binaryTextNested)
        for (old, new) in [
            ("\"key\":\"A", "\"key\":\"B"), ("\"key\":\"", "\"key\":\"\\u0041"),
            ("\"name\":\"a**\",\"key\":", "\"key\":7,\"y\":"),
        ] {
            let table = try asJSON(protected) { $0.replacing(old, with: new, maxReplacements: 1) }
            let error = await refusal { _ = try await protected.revealed(table) }
            #expect(error?.message == "row 1, column children[].key: the value can't be revealed")
        }
        let moved = try asJSON(protected).with(try integers("id", [9, 2, 3, 4]))
        let error = await refusal { _ = try await protected.revealed(moved) }
        #expect(error?.code == .notAuthentic)
    }

    @Test(arguments: Sample.all.filter { $0.field.type != .null })
    func `of any type is written as JSON has it`(sample: Sample) throws {
        let text = JSONValueText(sample.field.valueField)
        for value in sample.values.compactMap({ $0 }) {
            let json = String(decoding: text.text(value), as: UTF8.self)
            let isNumber = json.first.map { $0.isNumber || $0 == "-" } ?? false
            #expect(isNumber || json == "true" || json == "false" || json.hasPrefix("\"") && json.hasSuffix("\""))
        }
    }
}
