import Coffer
import Testing

@testable import CofferPipeline

/// Values protected with `preserve_format` and a few options, and what `reveal` gives back.
private func kept(
    _ values: [String?], _ options: Written, cells: CellForm = .binary, keys: TestKeys = TestKeys()
) async throws -> (protected: [String?], revealed: [String?]) {
    let out = try await protect(
        batch(try texts("v", values)), policy(["v": ["preserve_format": options]]), cells: cells, keys: keys)
    return (strings(out.batch["v"]), strings(try await out.revealed()["v"]))
}

private func hasLuhnDigit(_ text: String) -> Bool {
    let digits = text.compactMap(\.wholeNumberValue)
    let sum = digits.reversed().enumerated().reduce(0) { sum, entry in
        let twice = entry.element * 2
        return sum + (entry.offset % 2 == 0 ? entry.element : twice > 9 ? twice - 9 : twice)
    }
    return sum % 10 == 0
}

/// What kind of character stands where.
private func layout(_ text: String, _ alphabet: Set<Character>) -> String {
    String(text.map { alphabet.contains($0) ? "x" : $0 })
}

@Suite struct `A value that keeps its format` {
    static let digits = Set("0123456789")
    static let letters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

    @Test(
        arguments: [
            (
                "digits",
                ["123-45-6789", "4111 1111 1111 1111", "000000", "00000000000000000000000000000000000000000", ""]
            ),
            ("letters", ["Lovelace", "Mary Jane-Watson", "aaaaa"]),
            ("alphanumeric", ["A1b2C3", "id_00000001", "x.y.z.1"]),
            ("0123456789ABCDEF", ["DEADBEEF", "00-00-00-00-00-01"]),
            ("äöüÄÖÜßabcdefghijklmnopqrstuvwxyz", ["größe", "übermäßig lang"]),
            ("01", ["00000000000000000000", "111111111111111111111111111111"]),
        ])
    func `keeps its length, its alphabet and its separators, and comes back`(
        name: String, values: [String]
    ) async throws {
        let alphabet = Set((ValueFormat.alphabet(named: name) ?? Array(name.unicodeScalars)).map(Character.init))
        for cells in [CellForm.binary, .text] {
            let (protected, revealed) = try await kept(values + [nil], ["alphabet": .text(name)], cells: cells)
            #expect(revealed == values + [nil])
            for (plain, secret) in zip(values, protected) {
                let secret = try #require(secret)
                #expect(layout(plain, alphabet) == layout(secret, alphabet))
                #expect(secret != plain || plain.isEmpty)
            }
        }
    }

    @Test func `is a card with a check digit where it was one`() async throws {
        let cards = [
            "4111111111111111", "4111-1111-1111-1111", "378282246310005", "6304000000000000", "3530 1113 3330 0000",
        ]
        let (protected, revealed) = try await kept(cards, ["kind": "card"])
        #expect(revealed == cards)
        for (plain, secret) in zip(cards, protected) {
            let secret = try #require(secret)
            #expect(hasLuhnDigit(secret))
            #expect(layout(plain, Self.digits) == layout(secret, Self.digits))
            #expect(secret != plain)
        }
    }

    @Test func `is a Social Security number that could be one`() async throws {
        let numbers = ["001-01-0001", "899-99-9999", "665 12 3456", "667121234", "078-05-1120"]
        let (protected, revealed) = try await kept(numbers, ["kind": "ssn"])
        #expect(revealed == numbers)
        for (plain, secret) in zip(numbers, protected) {
            let secret = try #require(secret)
            #expect(layout(plain, Self.digits) == layout(secret, Self.digits))
            let digits = secret.filter(\.isNumber)
            let (area, group, serial) = (
                Int(digits.prefix(3))!, Int(digits.dropFirst(3).prefix(2))!, Int(digits.suffix(4))!
            )
            #expect((1...899).contains(area) && area != 666 && group > 0 && serial > 0)
        }
    }

    @Test func `is a phone number of the same country`() async throws {
        let numbers = [
            "+1 (415) 555-0100", "+49 30 1234567", "+358.40.1234567", "415-555-0100", "0171/1234567", "+79991234567",
        ]
        let (protected, revealed) = try await kept(numbers, ["kind": "phone"])
        #expect(revealed == numbers)
        for (plain, secret) in zip(numbers, protected) {
            let secret = try #require(secret)
            #expect(layout(plain, Self.digits) == layout(secret, Self.digits) && secret != plain)
        }
        for (prefix, secret) in zip(["+1 ", "+49 ", "+358."], protected) { #expect(secret?.hasPrefix(prefix) == true) }
    }

    @Test func `is an e-mail address under the same top-level domain`() async throws {
        let addresses = [
            "ada@example.com", "Ada.Lovelace+news@Mail.example.co.uk", "bo@x1.org", "a-b_c@sub-domain.example.ORG",
        ]
        let (protected, revealed) = try await kept(addresses, ["kind": "email"])
        #expect(revealed == addresses)
        for (plain, secret) in zip(addresses, protected) {
            let secret = try #require(secret)
            let characters = Self.letters.union(Self.digits)
            #expect(layout(plain, characters) == layout(secret, characters) && secret != plain)
            #expect(secret.split(separator: ".").last == plain.split(separator: ".").last)
        }
        // Without capitals it stays without; with some it has some.
        #expect(protected[0] == protected[0]?.lowercased())
        #expect(protected[1]?.dropLast(3).contains(where: \.isUppercase) == true)
    }

    @Test func `is equal for equal values of a domain and format, in every table, and nowhere else`() async throws {
        let keys = TestKeys()
        func out(_ dataset: String, _ options: Written) async throws -> String? {
            let rules = try policy(["v": ["preserve_format": options]])
            return strings(
                try await protect(batch(try texts("v", ["4155550100"])), rules, dataset: dataset, keys: keys).batch["v"]
            )[0]
        }
        let one = try await out("a", ["alphabet": "digits", "domain": "phone"])
        #expect(try await out("b", ["alphabet": "digits", "domain": "phone"]) == one)
        #expect(try await out("b", ["alphabet": "digits", "domain": "other"]) != one)
        #expect(try await out("b", ["alphabet": "digits"]) != one)
        #expect(try await out("b", ["alphabet": "0123456789 "]) != one)
        #expect(try await out("b", ["kind": "phone", "domain": "phone"]) != one)
        #expect(try await out("b", ["alphabet": "digits", "domain": "phone", "mac_key": "alias/x-mac"]) != one)
    }

    @Test func `is a permutation: no two values of a domain become one`() async throws {
        let numbers = (0..<1000).map { String($0 + 1000).suffix(3) }.map(String.init)
        let small: Written = ["alphabet": "digits", "allow_small_domain": "true"]
        #expect(Set(try await kept(numbers, small).protected) == Set(numbers))
        let range = (100..<400).map(String.init)
        let integers: Written = ["kind": "integer", "min": "100", "max": "399", "allow_small_domain": "true"]
        #expect(Set(try await kept(range, integers).protected) == Set(range))
        let short = ["a", "A", "b", "B", "0", "9"].flatMap { a in ["x", "X", "1"].map { "\(a)@\($0).io" } }
        let (addresses, _) = try await kept(short, ["kind": "email", "allow_small_domain": "true"])
        #expect(Set(addresses).count == short.count)
    }

    @Test func `is null where it was, in nested columns too`() async throws {
        let child = try texts("code", ["123456", nil, "999999"])
        let struct_ = unsafe Column(
            field: Field("s", .structure, children: [child.field]), length: 3, nullCount: 0, buffers: [nil],
            children: [child], owner: nil)
        let rules = try policy(["s.code": ["preserve_format": ["alphabet": "digits"]]])
        let out = try await protect(batch(struct_), rules)
        let codes = strings(out.batch["s"].children[0])
        #expect(codes[0]?.count == 6 && codes[0] != "123456" && codes[1] == nil)
        #expect(strings(try await out.revealed()["s"].children[0]) == ["123456", nil, "999999"])
    }
}

@Suite struct `An integer that keeps its range` {
    @Test(arguments: [ArrowType.int32, .int64, .uint32, .uint64])
    func `stays in it and in its type, and comes back`(type: ArrowType) async throws {
        let width = type.fixedWidth ?? 0
        let values = [0, 1, 999_999, 1_999_999].map { Array(littleEndian(Int64($0)).prefix(width)) } + [nil]
        let rules = try policy(["v": ["preserve_format": ["kind": "integer", "min": "0", "max": "1999999"]]])
        let out = try await protect(batch(try column(Field("v", type), values)), rules)
        #expect(out.batch["v"].field.type == type)
        for secret in bytes(out.batch["v"]).dropLast() {
            let number = try #require(secret).reversed().reduce(0) { $0 << 8 | Int($1) }
            #expect((0...1_999_999).contains(number))
        }
        #expect(bytes(try await out.revealed()["v"]) == values)
        // As a CSV file gives it back.
        let numbers = bytes(out.batch["v"]).map { $0.map { String($0.reversed().reduce(0) { $0 << 8 | Int($1) }) } }
        #expect(bytes(try await out.revealed(batch(try texts("v", numbers)))["v"]) == values)
    }

    @Test(arguments: [(Int.min, Int.max), (-5, 2_000_000), (0, 1 << 32), (-1, Int.max)])
    func `may be negative and as wide as 64 bits`(from: Int, to: Int) async throws {
        let values = [from, from + 1, 0, 7, to - 1, to].map(String.init)
        let options: Written = ["kind": "integer", "min": .text("\(from)"), "max": .text("\(to)")]
        let (protected, revealed) = try await kept(values, options)
        #expect(revealed == values)
        for secret in protected { #expect(secret.flatMap(Int.init).map { (from...to).contains($0) } == true) }
        #expect(Set(protected).count == Set(values).count)
    }
}

@Suite struct `A value that has another format` {
    @Test(
        arguments: [
            (["alphabet": "digits"], "12345"), (["alphabet": "digits"], "12345é7890"), (["alphabet": "digits"], "N/A"),
            (["alphabet": "digits"], "12345678a"), (["alphabet": "digits"], "123\u{7}4567"),
            (["alphabet": "letters"], "abc1def"), (["alphabet": "digits"], "~123456"),
            (["kind": "card"], "4111111111111112"),
            (["kind": "card"], "41111111111"), (["kind": "card"], "4111.1111.1111.1111"),
            (["kind": "ssn"], "000-12-3456"),
            (["kind": "ssn"], "666-12-3456"), (["kind": "ssn"], "900-12-3456"), (["kind": "ssn"], "123-00-4567"),
            (["kind": "ssn"], "123-45-0000"), (["kind": "ssn"], "123-456789"), (["kind": "ssn"], "12-345-6789"),
            (["kind": "phone"], "112"), (["kind": "phone"], "+0 123456789"), (["kind": "phone"], "call 415-555-0100"),
            (["kind": "phone"], "+49 12345"), (["kind": "phone"], "+"), (["kind": "phone"], "1+4155550100"),
            (["kind": "email"], "ada"), (["kind": "email"], "ada@localhost"), (["kind": "email"], "a@b@example.com"),
            (["kind": "email"], "a b@example.com"), (["kind": "email"], "@example.com"),
            (["kind": "email"], "ädä@example.com"),
            (["kind": "email"], "ada@.com"), (["kind": "email"], "ada@example.c0m"),
            (["kind": "email"], "~@example.com"),
            (["kind": "integer", "min": "0", "max": "1000000"], "-1"),
            (["kind": "integer", "min": "0", "max": "1000000"], "1000001"),
            (["kind": "integer", "min": "0", "max": "1000000"], "007"),
            (["kind": "integer", "min": "0", "max": "1000000"], "1.0"),
            (["kind": "integer", "min": "-9", "max": "1000000"], "-0"),
            (["kind": "integer", "min": "0", "max": "1000000"], "99999999999999999999"),
        ] as [(Written, String)])
    func `is refused by row and column, or null, or encrypted so that it comes back`(
        options: Written, value: String
    ) async throws {
        guard case .map(let entries) = options else { return }
        func with(_ misfit: String) -> Written { .map(entries + [("on_misfit", .text(misfit))]) }
        for strict in [options, with("refuse")] {
            let error = await refusal { _ = try await kept(["", nil, value].filter { $0 != "" }, strict) }
            #expect(error?.code == .policy)
            #expect(error?.message.hasPrefix("row 2, column v: ") == true)
            #expect(error?.message.contains(value) == false)
        }
        #expect(try await kept([value, nil], with("null")).protected == [nil, nil])
        let keys = TestKeys()
        let (protected, revealed) = try await kept([value, nil], with("encrypt"), keys: keys)
        #expect(revealed == [value, nil])
        #expect(protected[0]?.hasPrefix("~") == true)
        #expect(try await kept([value], with("encrypt"), keys: keys).protected[0] == protected[0], "it still joins")
    }

    @Test func `is no more than that when it is revealed`() async throws {
        let out = try await protect(
            batch(try texts("v", ["123456", "N/A"])),
            policy(["v": ["preserve_format": ["alphabet": "digits", "on_misfit": "encrypt"]]]))
        let cell = try #require(strings(out.batch["v"])[1])
        for other in ["~", "~AAAA", cell + "A", String(cell.dropLast()), "x"] {
            let error = await refusal { _ = try await out.revealed(out.batch.with(try texts("v", ["123456", other]))) }
            #expect(error?.code == .notAuthentic)
            #expect(error?.message == "row 2, column v: the value can't be revealed")
        }
    }

    @Test func `does not open under another key, or one that is not allowed`() async throws {
        let keys = TestKeys()
        let out = try await protect(
            batch(try texts("v", ["123456"])), policy(["v": ["preserve_format": ["alphabet": "digits"]]]), keys: keys)
        let error = await refusal { _ = try await out.revealed(allowed: AllowedKeys(["alias/other"])) }
        #expect(error?.code == .notAuthentic)
        keys.changeMACKeys()
        let other = await refusal { _ = try await out.revealed() }
        #expect(other?.code == .notAuthentic)
    }

    @Test func `is refused on append when the format or the MAC key changed`() async throws {
        let keys = TestKeys()
        let plain = batch(try texts("v", ["123456"]))
        let rule: Written = ["preserve_format": ["alphabet": "digits"]]
        let first = try await protect(plain, policy(["v": rule]), keys: keys)
        _ = try await protect(plain, policy(["v": rule]), keys: keys, onto: first.catalogue)
        let other = await refusal {
            _ = try await protect(
                plain, policy(["v": ["preserve_format": ["alphabet": "alphanumeric"]]]), keys: keys,
                onto: first.catalogue)
        }
        #expect(other?.message.contains("protected in another way") == true)
        keys.changeMACKeys()
        let error = await refusal {
            _ = try await protect(plain, policy(["v": rule]), keys: keys, onto: first.catalogue)
        }
        #expect(error?.message.contains("another MAC key") == true)
    }
}

@Suite struct `A format to keep` {
    private func fault(_ options: Written) -> ConfigurationError? {
        do {
            _ = try policy(["v": ["preserve_format": options]])
            return nil
        } catch { return error as? ConfigurationError }
    }

    @Test(
        arguments: [
            [:], ["alphabet": "digits", "kind": "card"], ["kind": "iban"], ["alphabet": "a"], ["alphabet": "aab"],
            ["alphabet": "ab~"], ["alphabet": "ab\u{7}"], ["alphabet": "digits", "min": "0"], ["kind": "integer"],
            ["kind": "integer", "min": "0"], ["kind": "integer", "min": "5", "max": "5"],
            ["kind": "integer", "min": "9", "max": "1"], ["kind": "integer", "min": "0", "max": "999998"],
            ["kind": "integer", "min": "0", "max": "98", "allow_small_domain": "true"],
            ["alphabet": "digits", "on_misfit": "keep"], ["alphabet": "digits", "key": "alias/x"],
            ["alphabet": "digits", "allow_small_domain": "yes"],
        ] as [Written])
    func `that can't be is refused when it is read`(options: Written) {
        #expect(fault(options) != nil)
    }

    @Test func `of under a million values is taken when that is said`() {
        #expect(fault(["kind": "integer", "min": "0", "max": "99", "allow_small_domain": "true"]) == nil)
        #expect(fault(["kind": "integer", "min": "0", "max": "999999"]) == nil)
    }

    @Test func `is written and read in a catalogue, and nothing else is`() throws {
        for format in [ValueFormat.card, .integer(-5...1000), .alphabet(Array("xyz \"é".unicodeScalars)), .email] {
            #expect(ValueFormat(format.description) == format)
        }
        for text in [
            "", "cards", "alphabet ", "alphabet aa", "alphabet a~", "integer 0", "integer 5 1", "integer 0 +100",
            "integer 0 10",
            "integer  0 1000", "alphabet", "ssn ",
        ] { #expect(ValueFormat(text) == nil) }
    }

    @Test(
        arguments: [
            (ArrowType.date32, "shift"), (.timestamp(.second, zone: nil), "shift"), (.bool, "encrypt"),
            (.float64, "encrypt"), (.binary, "encrypt"),
        ])
    func `is refused for types that have none, with a way out`(type: ArrowType, hint: String) throws {
        let rules = try policy(["v": ["preserve_format": ["alphabet": "digits"]]])
        do {
            _ = try FieldPlan(rules, schema: Schema([Field("v", type)]), dataset: "d", cells: .binary)
            Issue.record("it was taken")
        } catch {
            #expect(error.message.contains("column v"))
            #expect(error.hint?.contains(hint) == true)
        }
    }

    @Test func `fits the column of integers it is for`() throws {
        func fault(_ type: ArrowType, _ max: String, _ more: (String, Written)...) throws -> PipelineError? {
            let options = Written.map([("kind", "integer"), ("min", "0"), ("max", .text(max))] + more)
            let rules = try policy(["v": ["preserve_format": options]])
            do {
                _ = try FieldPlan(rules, schema: Schema([Field("v", type)]), dataset: "d", cells: .binary)
                return nil
            } catch { return error }
        }
        #expect(try fault(.int32, "2147483647") == nil)
        #expect(try fault(.int32, "2147483648") != nil)
        #expect(try fault(.uint32, "4294967295") == nil)
        #expect(try fault(.int16, "1000000") != nil)
        #expect(try fault(.int64, "9223372036854775807") == nil)
        #expect(try fault(.int64, "1000000", ("on_misfit", "encrypt"))?.hint?.contains("null") == true)
        #expect(try fault(.decimal(precision: 10, scale: 0, bitWidth: 128), "1000000") != nil)
    }

    @Test func `is part of the plan, and of a primary key unless values may become null`() throws {
        let rules = try policy(["v": ["preserve_format": ["kind": "card", "domain": "pan"]]])
        let schema = Schema([Field("v", .utf8)])
        let plan = try FieldPlan(rules, schema: schema, dataset: "d", cells: .binary, primaryKey: ["v"])
        #expect(plan.rows[0].protection == "preserve_format card, domain pan")
        #expect(plan.rows[0].isReversible && plan.needsKeys)
        #expect(plan.keys.mac.map(\.name) == ["alias/default-mac"])
        let nulls = try policy(["v": ["preserve_format": ["kind": "card", "on_misfit": "null"]]])
        #expect(throws: PipelineError.self) {
            try FieldPlan(nulls, schema: schema, dataset: "d", cells: .binary, primaryKey: ["v"])
        }
    }
}

@Suite struct `Every type whose values have a format` {
    private static let taken = Sample.all.filter { sample in
        guard sample.texts != nil || sample.field.valueType.isText else { return false }
        let digits = ValueFormat.alphabet(ValueFormat.digits)
        return (try? digits.check(sample.field, FieldPath("v"), onMisfit: .encrypt)) != nil
    }

    @Test(arguments: taken)
    func `comes back with its type`(sample: Sample) async throws {
        let plain = batch(try column(sample.field, sample.values))
        for alphabet in ["digits", "0123456789abcdef", "0123456789-."] {
            let options: Written = ["alphabet": .text(alphabet), "on_misfit": "encrypt"]
            let out = try await protect(plain, policy(["v": ["preserve_format": options]]))
            #expect(out.batch["v"].field.type.isText || sample.field.type == .null)
            let revealed = try await out.revealed()
            #expect(revealed["v"].field == sample.field.valueField)
            #expect(bytes(revealed["v"]) == sample.values)
        }
    }

    @Test func `is an integer, a decimal, a text or a UUID`() {
        let types = Set(Self.taken.map { $0.field.typeName })
        #expect(types.isSuperset(of: ["int8", "uint64", "text", "uuid", "decimal(10,2)"]))
        #expect(!types.contains("date") && !types.contains("binary") && !types.contains("bool"))
    }
}

@Suite struct `A string in JSON` {
    @Test(
        arguments: [
            ("", ""), ("a", "a"), ("a\\\"b\\\\c\\/d", "a\"b\\c/d"),
            ("\\b\\f\\n\\r\\t", "\u{8}\u{c}\n\r\t"), ("\\u00e9", "é"),
            ("\\ud83d\\udc1f", "🐟"), ("é🐟", "é🐟"),
        ])
    func `is read without its escapes`(written: String, plain: String) {
        #expect(JSONText.unescaped(Array(written.utf8)[...]) == Array(plain.utf8))
    }

    @Test(arguments: ["\\", "\\x", "\\u12", "\\u12g4", "\\ud83d", "\\ud83dx", "\\ud83d\\u0041", "\\udc1f", "\\u+123"])
    func `with an escape that is none is none`(written: String) {
        #expect(JSONText.unescaped(Array(written.utf8)[...]) == nil)
    }
}
