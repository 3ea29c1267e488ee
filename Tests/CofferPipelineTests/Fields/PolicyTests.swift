import Coffer
import Testing

@testable import CofferPipeline

@Suite struct `A policy` {
    private func fault(_ fields: Written, _ more: (String, Written)...) -> ConfigurationError? {
        do {
            _ = try FieldPolicy(node: Written.map([("fields", fields)] + more).node(line: 10))
            return nil
        } catch { return error }
    }

    @Test func `has short and long forms`() throws {
        let policy = try policy([
            "a": "keep", "b": "drop", "c": "encrypt", "d": "mask", "e": "hash", "f": "redact", "g": ["encrypt": "null"],
        ])
        #expect(
            policy.rules.map(\.protection.name) == ["keep", "drop", "encrypt", "mask", "hash", "redact", "encrypt"])
        #expect(policy.rules[2].protection == policy.rules[6].protection)
        #expect(policy.key.description == "alias/default")
        #expect(policy.macKey.description == "coffer:alias/default-mac")
    }

    @Test(
        arguments: [
            ["a": "shred"], ["a": ["encrypt": ["keys": "alias/x"]]], ["a": ["keep": ["x": "1"]]],
            ["a": ["mask": ["keep_first": "-1"]]], ["a": ["mask": ["char": "ab"]]], ["a": ["mask": "4"]],
            ["a": ["encrypt": ["deterministic": "yes"]]], ["a": ["encrypt": ["domain": "x"]]],
            ["a": ["encrypt": ["deterministic": "true", "bind": "id"]]],
            ["a": ["encrypt": ["deterministic": "true", "key": "alias/x"]]],
            ["a": ["encrypt": ["suite": "rot13"]]], ["a": ["encrypt": ["bind": ["id", "id"]]]],
            ["a": ["encrypt": ["key": "alias/{x}{y}"]]], ["a": ["encrypt": ["key": "alias/{x"]]],
            ["a": ["keep", "drop"]],
            ["a": ["redact": ["x"]]], ["a": ["keep": "null", "mask": "null"]], ["a..b": "keep"], ["": "keep"],
        ] as [Written])
    func `that is not as described is refused with its line`(fields: Written) throws {
        let error = fault(fields)
        #expect([10, 11].contains(error?.line))
    }

    @Test func `names a column once, however it is written`() {
        #expect(fault(["a.b": "keep", "`a`.b": "drop"])?.message == "column a.b has two rules, the other on line 10")
        #expect(fault(["a.b": "keep", "`a`.b": "drop"])?.line == 11)
    }

    @Test func `keeps unlisted columns only when it says so`() throws {
        #expect(fault(["a": "keep"], ("unlisted", "drop")) != nil)
        #expect(try policy(["a": "keep"], ("unlisted", "keep")).keepsUnlisted)
        #expect(try !policy(["a": "keep"]).keepsUnlisted)
    }
}

@Suite struct `A plan` {
    let nested = Schema([
        Field("id", .int64),
        Field("who", .structure, children: [Field("name", .utf8), Field("age", .int32)]),
        Field("tags", .list, children: [Field("item", .utf8)]),
        Field(
            "labels", .map(keysSorted: false),
            children: [
                Field(
                    "entries", .structure, isNullable: false,
                    children: [Field("key", .utf8, isNullable: false), Field("value", .utf8)])
            ]),
    ])

    private func fault(
        _ fields: Written, _ schema: Schema, primaryKey: [String] = [], _ more: (String, Written)...
    ) -> PipelineError? {
        do {
            let policy = try FieldPolicy(node: Written.map([("fields", fields)] + more).node())
            _ = try FieldPlan(policy, schema: schema, dataset: "d", cells: .binary, primaryKey: primaryKey)
            return nil
        } catch { return error as? PipelineError }
    }

    private func flat(_ fields: Field...) -> Schema { Schema(fields) }

    @Test func `stops at a column or leaf that no rule names`() {
        let error = fault(["id": "keep"], flat(Field("id", .int64), Field("new", .utf8)))
        #expect(error?.message == "the policy does not name column new")
        #expect(error?.hint?.contains("new: keep") == true)
        #expect(
            fault(["id": "keep", "who.name": "drop", "tags": "drop", "labels": "drop"], nested)?.message
                == "the policy does not name column who.age")
        #expect(fault(["id": "keep"], nested, ("unlisted", "keep")) == nil)
    }

    @Test func `refuses a rule for what is not there`() {
        #expect(
            fault(["id": "keep", "x": "keep"], flat(Field("id", .int64)))?.message
                == "line 2: the source has no column x")
    }

    @Test func `refuses a nested column as a whole and lists its leaves, but drops it`() {
        let error = fault(["id": "keep", "who": "encrypt", "tags": "drop", "labels": "drop"], nested)
        #expect(error?.message == "line 2: column who is nested and can't be given encrypt as a whole")
        #expect(error?.hint == "name its leaves: \"who.name\", \"who.age\"; or drop it")
        #expect(fault(["id": "keep", "who": "keep", "tags": "drop", "labels": "drop"], nested) != nil)
        #expect(fault(["id": "keep", "who": "drop", "tags": "drop", "labels": "drop"], nested) == nil)
        #expect(
            fault(["id": "keep", "who": "drop", "who.name": "keep", "tags": "drop", "labels": "drop"], nested)?.message
                .contains("two rules") == true)
    }

    @Test func `refuses to drop half a map`() {
        let error = fault(
            ["id": "keep", "who": "drop", "tags": "drop", "labels{key}": "keep", "labels{value}": "drop"], nested)
        #expect(error?.message == "column labels: keys or values of a map can't be dropped alone")
    }

    @Test func `keeps JSON in which anything may hide only where it is encrypted, redacted or dropped`() {
        let json = Field("j", .utf8, metadata: [.init("ARROW:extension:name", "arrow.json")])
        for rule in ["keep", "mask", "hash"] {
            #expect(fault(["id": "keep", "j": .text(rule)], flat(Field("id", .int64), json))?.hint != nil)
        }
        for rule in ["encrypt", "redact", "drop"] {
            #expect(fault(["id": "keep", "j": .text(rule)], flat(Field("id", .int64), json)) == nil)
        }
    }

    @Test func `refuses floats where an exact text is needed`() {
        for rule in ["hash", "mask", ["encrypt": ["deterministic": "true"]]] as [Written] {
            let error = fault(["v": rule], flat(Field("v", .float64)))
            #expect(error?.hint?.contains("cast") == true)
        }
        #expect(fault(["v": "encrypt"], flat(Field("v", .float64))) == nil)
        #expect(fault(["v": "mask"], flat(Field("v", .binary))) != nil)
        #expect(fault(["v": "encrypt"], flat(Field("v", .other("+ud:0,1")))) != nil)
    }

    @Test func `binds only to columns that are kept and exact, and under merge in the key`() {
        let schema = flat(Field("id", .int64), Field("x", .float64), Field("v", .utf8))
        let bound: (String) -> Written = { ["encrypt": ["bind": .text($0)]] }
        #expect(fault(["id": "keep", "x": "keep", "v": bound("id")], schema) == nil)
        #expect(fault(["id": "hash", "x": "keep", "v": bound("id")], schema)?.message.contains("not kept") == true)
        #expect(fault(["id": "keep", "x": "keep", "v": bound("x")], schema) != nil)
        #expect(fault(["id": "keep", "x": "keep", "v": bound("nothing")], schema) != nil)
        #expect(fault(["id": "keep", "x": "keep", "v": bound("v")], schema) != nil)
        #expect(fault(["id": "keep", "x": "drop", "v": bound("id")], schema, primaryKey: ["id"]) == nil)
        let two = flat(Field("id", .int64), Field("day", .date32), Field("v", .utf8))
        #expect(fault(["id": "keep", "day": "keep", "v": bound("day")], two, primaryKey: ["id"]) != nil)
    }

    @Test func `needs a primary key that stays equal for equal values`() {
        let schema = flat(Field("id", .int64), Field("v", .utf8))
        for rule in ["keep", "hash", ["encrypt": ["deterministic": "true"]]] as [Written] {
            #expect(fault(["id": rule, "v": "keep"], schema, primaryKey: ["id"]) == nil)
        }
        for rule in ["encrypt", "drop", "mask", "redact"] as [Written] {
            #expect(fault(["id": rule, "v": "keep"], schema, primaryKey: ["id"])?.code == .policy)
        }
        #expect(fault(["id": "keep", "v": "keep"], schema, primaryKey: ["nothing"]) != nil)
    }

    @Test func `says what becomes of each column`() throws {
        let policy = try policy(["id": "keep", "v": ["encrypt": ["bind": "id"]], "w": "hash"], ("key", "alias/pii"))
        let plan = try FieldPlan(
            policy,
            schema: flat(
                Field("id", .int64), Field("v", .decimal(precision: 5, scale: 1, bitWidth: 128)), Field("w", .utf8)),
            dataset: "d", cells: .text)
        #expect(plan.rows.map(\.column) == ["id", "v", "w"])
        #expect(plan.rows.map(\.type) == ["int64", "decimal(5,1)", "text"])
        #expect(plan.rows.map(\.protection) == ["keep", "encrypt aes-256-gcm bound to id", "hash, domain w"])
        #expect(plan.rows.map(\.key) == [nil, "alias/pii", "coffer:alias/default-mac"])
        #expect(plan.outputSchema.fields.map(\.type) == [.int64, .utf8, .utf8])
    }
}
