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
}
