import Testing

@testable import CofferPipeline

@Suite struct `A canonical text` {
    @Test(arguments: Sample.all.filter { $0.texts != nil })
    func `is the same whatever the type's layout, and reads back`(sample: Sample) throws {
        let canonical = try #require(CanonicalText(sample.field))
        for (value, text) in zip(sample.values, sample.texts ?? []) {
            guard let value, let text else { continue }
            let written = write(canonical, value)
            #expect(String(decoding: written, as: UTF8.self) == text)
            if canonical.isVerbatim { continue }
            #expect(read(canonical, written) == value)
        }
    }

    @Test(arguments: ["", "-", "4x", "1.5", "+1", "99999999999999999999", " 1", "1 "])
    func `of an integer is nothing else`(text: String) {
        #expect(read(CanonicalText(.integer(byteCount: 8, isSigned: true)), Array(text.utf8)) == nil)
    }

    @Test(arguments: ["2023-02-29", "2024-13-01", "24-01-01", "2024-1-01", "2024-01-01 ", "--2024-01-01", "x"])
    func `of a date is a day that there was`(text: String) {
        #expect(read(CanonicalText(.days), Array(text.utf8)) == nil)
    }

    @Test func `of a day too far away for its type is nothing`() {
        let text = Array("900000000-01-01".utf8)
        #expect(read(CanonicalText(.milliseconds), text) == nil)
        #expect(
            read(CanonicalText(.timestamp(perSecond: 1_000_000_000, isZoned: false)), text + Array("T00:00:00".utf8))
                == nil)
    }

    @Test func `of every day for a thousand years reads back`() {
        let days = CanonicalText(.days)
        for day in stride(from: -365_000, to: 365_000, by: 97) {
            let value = littleEndian(Int32(day))
            #expect(read(days, write(days, value)) == value)
        }
    }

    @Test(arguments: [ArrowType.float16, .float32, .float64, .interval(.months), .duration(.second), .structure])
    func `is something that not every type has`(type: ArrowType) {
        #expect(CanonicalText(Field("v", type)) == nil)
    }

    private func write(_ canonical: CanonicalText, _ value: [UInt8]) -> [UInt8] {
        let scratch = Buffer(byteCount: 256)
        return unsafe value.withUnsafeBytes { unsafe Array(canonical.write($0, scratch.start)) }
    }

    private func read(_ canonical: CanonicalText, _ text: [UInt8]) -> [UInt8]? {
        let target = Buffer(byteCount: 64)
        let count = unsafe text.withUnsafeBytes { unsafe canonical.read($0, into: target.start) }
        return count.map { unsafe Array(UnsafeRawBufferPointer(start: target.start, count: $0)) }
    }
}

@Suite struct `A value of a domain` {
    let deterministic: Written = ["encrypt": ["deterministic": "true", "domain": "person"]]

    @Test(
        arguments: Sample.all.filter { $0.texts != nil || $0.field.type.isVariable || $0.field.type == .fixedBinary(3) }
    )
    func `comes back with its type`(sample: Sample) async throws {
        let plain = batch(try column(sample.field, sample.values))
        for cells in [CellForm.binary, .text] {
            let protected = try await protect(plain, policy(["v": deterministic]), cells: cells)
            let revealed = try await protected.revealed()
            #expect(revealed["v"].field == sample.field.valueField)
            #expect(bytes(revealed["v"]) == sample.values)
        }
    }

    @Test func `is the same in every column, table and run of its domain, whatever its type`() async throws {
        let keys = TestKeys()
        let rules = try policy([
            "a": deterministic, "b": deterministic, "other": ["encrypt": ["deterministic": "true"]],
        ])
        let plain = batch(try integers("a", [42]), try texts("b", ["42"]), try texts("other", ["42"]))
        let one = try await protect(plain, rules, dataset: "people", keys: keys).batch
        let two = try await protect(plain, rules, dataset: "orders", keys: keys).batch
        #expect(bytes(one["a"]) == bytes(one["b"]))
        #expect(bytes(one["a"]) == bytes(two["b"]))
        #expect(bytes(one["a"]) != bytes(one["other"]))
        #expect(bytes(one["a"])[0]?.count == 27)
        #expect(bytes(one["a"])[0]?.first == 2)
    }

    @Test func `has its column's path as domain, in every table`() async throws {
        let rules = try policy(["v": ["encrypt": ["deterministic": "true"]]])
        let keys = TestKeys()
        let one = try await protect(batch(try texts("v", ["x"])), rules, dataset: "a", keys: keys)
        let two = try await protect(batch(try texts("v", ["x"])), rules, dataset: "b", keys: keys)
        #expect(bytes(one.batch["v"]) == bytes(two.batch["v"]))
        #expect(one.catalogue.domains.map(\.name) == ["v"])
    }

    @Test func `is refused when the MAC key changed since the rows before`() async throws {
        let keys = TestKeys()
        let plain = batch(try texts("v", ["x"]))
        for rule in [deterministic, ["hash": ["domain": "person"]]] {
            let first = try await protect(plain, policy(["v": rule]), keys: keys)
            _ = try await protect(plain, policy(["v": rule]), keys: keys, onto: first.catalogue)
            let other = await refusal {
                _ = try await protect(
                    plain, policy(["v": rule], ("mac_key", "alias/other-mac")), keys: keys, onto: first.catalogue)
            }
            #expect(
                other?.message == "domain person was made with another MAC key: new rows would not match the old ones")
            keys.changeMACKeys()
            let error = await refusal {
                _ = try await protect(plain, policy(["v": rule]), keys: keys, onto: first.catalogue)
            }
            #expect(error != nil)
        }
    }

    @Test func `does not open with a MAC key that makes another domain key`() async throws {
        let keys = TestKeys()
        let protected = try await protect(batch(try texts("v", ["x"])), policy(["v": deterministic]), keys: keys)
        keys.changeMACKeys()
        let error = await refusal { _ = try await protected.revealed() }
        #expect(error?.code == .notAuthentic)
    }
}

@Suite struct `A pseudonym` {
    @Test func `has 22 characters, equal for equal values of a domain, everywhere text`() async throws {
        let keys = TestKeys()
        let rules = try policy(["a": ["hash": ["domain": "n"]], "b": ["hash": ["domain": "n"]], "c": "hash"])
        let plain = batch(try integers("a", [42, nil]), try texts("b", ["42", ""]), try texts("c", ["42", "x"]))
        let (binary, text) = (
            try await protect(plain, rules, keys: keys).batch,
            try await protect(plain, rules, cells: .text, keys: keys).batch
        )
        #expect(strings(binary["a"])[0] == strings(binary["b"])[0])
        #expect(strings(binary["a"])[0] != strings(binary["c"])[0])
        #expect(strings(binary["a"])[0]?.utf8.count == 22)
        #expect(bytes(binary["a"]) == bytes(text["a"]))
        #expect(strings(binary["a"])[1] == nil)
        #expect(binary["a"].field.type == .utf8)
    }

    @Test func `is not the deterministic cell of its domain, and can't be revealed`() async throws {
        let protected = try await protect(batch(try texts("v", ["x"])), policy(["v": "hash"]))
        #expect(strings(try await protected.revealed()["v"]) == strings(protected.batch["v"]))
    }
}

@Suite struct `A mask` {
    private func masked(_ values: [String?], _ options: Written) async throws -> [String?] {
        strings(try await protect(batch(try texts("v", values)), policy(["v": ["mask": options]])).batch["v"])
    }

    @Test func `keeps what is asked for and hides the rest, one for one`() async throws {
        #expect(
            try await masked(["123-45-6789", nil, ""], ["keep_last": "4"]) == ["*******6789", nil, ""])
        #expect(try await masked(["abcdef"], ["keep_first": "1", "keep_last": "2", "char": "#"]) == ["a###ef"])
        #expect(try await masked(["secret"], [:]) == ["******"])
    }

    @Test func `hides a value whole that is no longer than what is kept`() async throws {
        #expect(try await masked(["123", "1234", "12345"], ["keep_last": "4"]) == ["***", "****", "*2345"])
        #expect(try await masked(["ab", "abc"], ["keep_first": "1", "keep_last": "1"]) == ["**", "a*c"])
    }

    @Test func `counts Unicode scalars, not bytes`() async throws {
        #expect(try await masked(["héllo", "🐟🐟🐟🐟"], ["keep_first": "2"]) == ["hé***", "🐟🐟**"])
        #expect(try await masked(["abc"], ["char": "•"]) == ["•••"])
        #expect(try await masked(["0123456789abcdefé"], ["keep_last": "1"]) == ["****************é"])
    }

    @Test func `of a number or a date is that of its text`() async throws {
        let plain = batch(
            try integers("n", [12345, -7]), try column(Field("d", .date32), [littleEndian(Int32(0)), nil]))
        let out = try await protect(
            plain, policy(["n": ["mask": ["keep_first": "3"]], "d": ["mask": ["keep_first": "4"]]]))
        #expect(strings(out.batch["n"]) == ["123**", "**"])
        #expect(strings(out.batch["d"]) == ["1970******", nil])
    }
}

@Suite struct `A redacted value` {
    @Test func `is the constant, or null of its own type, and null stays null`() async throws {
        let plain = batch(try integers("n", [1, nil]), try texts("t", ["x", nil]))
        let out = try await protect(plain, policy(["n": "redact", "t": ["redact": "REDACTED"]]))
        #expect(bytes(out.batch["n"]) == [nil, nil])
        #expect(out.batch["n"].field.type == .int64)
        #expect(strings(out.batch["t"]) == ["REDACTED", nil])
        let other = try await protect(plain, policy(["n": ["redact": "0"], "t": ["redact": "null"]]))
        #expect(strings(other.batch["n"]) == ["0", nil])
        #expect(strings(other.batch["t"]) == [nil, nil])
    }
}
