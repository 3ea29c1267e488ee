import Coffer
import FoundationEssentials
import Testing

@testable import CofferPipeline

private func generalized(_ column: Column, _ options: Written) async throws -> Column {
    try await protect(batch(column), policy(["v": ["generalize": options]])).batch["v"]
}

private func generalized(_ values: [String?], _ options: Written) async throws -> [String?] {
    strings(try await generalized(try texts("v", values), options))
}

private func days(_ text: String) -> [UInt8] {
    let found = CanonicalText(.days)
    let target = Buffer(byteCount: 64)
    let count = unsafe Array(text.utf8).withUnsafeBytes { unsafe found.read($0, into: target.start) }
    return unsafe Array(UnsafeRawBufferPointer(start: target.start, count: count!))
}

private func canonical(_ column: Column) -> [String?] {
    let canonical = CanonicalText(column.field)!
    let scratch = Buffer(byteCount: 256)
    return bytes(column).map { value in
        value.map { value in
            unsafe value.withUnsafeBytes { value in
                unsafe String(decoding: canonical.write(value, scratch.start), as: UTF8.self)
            }
        }
    }
}

@Suite struct `A generalized number` {
    @Test func `is the range it is in, with its lower bound`() async throws {
        let values: [Int64?] = [0, 9, 10, -1, -10, -11, nil, 12345]
        #expect(
            strings(try await generalized(try integers("v", values), ["bucket": "10"])) == [
                "[0,10)", "[0,10)", "[10,20)", "[-10,0)", "[-10,0)", "[-20,-10)", nil, "[12340,12350)",
            ])
        #expect(
            try await generalized(["0.30", "0.29999999999999999999", "-0.05", "7", "1.10"], ["bucket": "0.1"]) == [
                "[0.3,0.4)", "[0.2,0.3)", "[-0.1,0)", "[7,7.1)", "[1.1,1.2)",
            ])
        let bounds: Written = ["ranges": ["0", "18", "65.5"]]
        #expect(
            try await generalized(["-1", "0", "17.9", "18", "65.49", "65.5", "100"], bounds) == [
                "<0", "[0,18)", "[0,18)", "[18,65.5)", "[18,65.5)", ">=65.5", ">=65.5",
            ])
        #expect(
            try await generalized(["17", "18", "89", "90", "200"], ["bucket": "2", "bottom": "18", "top": "90"]) == [
                "<18", "[18,20)", "[88,90)", ">=90", ">=90",
            ])
    }

    @Test func `is rounded to the nearest, halves away from zero, in its own type`() async throws {
        let out = try await generalized(
            try integers("v", [0, 49, 50, 51, -49, -50, 149, nil, -151]), ["round": "100"])
        #expect(out.field.type == .int64)
        #expect(canonical(out) == ["0", "0", "100", "100", "0", "-100", "100", nil, "-200"])
        #expect(
            try await generalized(["1.25", "1.249", "-1.25", "1.15", "0.05000000000000001", "3"], ["round": "0.1"])
                == ["1.3", "1.2", "-1.3", "1.2", "0.1", "3"])
        #expect(
            try await generalized(["2.5", "2.4999999", "2.50000000000000000001", "-7"], ["round": "5"])
                == ["5", "0", "5", "-5"])
    }

    @Test func `is cut off at the top and the bottom`() async throws {
        let out = try await generalized(try integers("v", [1, 18, 50, 90, 91, nil]), ["bottom": "18", "top": "90"])
        #expect(canonical(out) == ["18", "18", "50", "90", "90", nil])
        #expect(
            try await generalized(["17.99", "18.000", "90.0", "90.01", "-5"], ["bottom": "18", "top": "90"])
                == ["18", "18.000", "90.0", "90", "18"])
        #expect(
            canonical(try await generalized(try integers("v", [99, 3]), ["round": "10", "top": "90"])) == ["90", "0"])
    }

    @Test(
        arguments: [
            (ArrowType.int8, 1), (.int16, 2), (.int32, 4), (.int64, 8), (.uint8, 1), (.uint16, 2), (.uint32, 4),
            (.uint64, 8), (.decimal(precision: 5, scale: 0, bitWidth: 128), 16),
            (.decimal(precision: 9, scale: 0, bitWidth: 32), 4), (.decimal(precision: 18, scale: 0, bitWidth: 64), 8),
        ])
    func `may be of any type of integer or decimal`(type: ArrowType, width: Int) async throws {
        let plain = try column(
            Field("v", type), [Array((littleEndian(Int64(47)) + [UInt8](repeating: 0, count: 8)).prefix(width)), nil])
        #expect(strings(try await generalized(plain, ["bucket": "10"])) == ["[40,50)", nil])
        let rounded = try await generalized(plain, ["round": "10"])
        #expect(rounded.field.type == type)
        #expect(canonical(rounded) == ["50", nil])
    }

    @Test func `of the largest types is exact`() async throws {
        let large = try column(Field("v", .uint64), [littleEndian(UInt64.max)])
        #expect(
            strings(try await generalized(large, ["bucket": "10"])) == ["[18446744073709551610,18446744073709551620)"])
        let decimal = Field("v", .decimal(precision: 10, scale: 2, bitWidth: 128))
        let out = try await generalized(try column(decimal, [littleEndian(Int128(1999))]), ["bucket": "0.5"])
        #expect(strings(out) == ["[19.5,20)"])
        let error = await refusal {
            _ = try await generalized(try column(Field("v", .int8), [littleEndian(Int8(127))]), ["round": "50"])
        }
        #expect(error?.message == "row 1, column v: the value can't be generalized as the policy says")
        let nines = try column(Field("v", .decimal(precision: 2, scale: 0, bitWidth: 128)), [littleEndian(Int128(99))])
        #expect(bytes(try await generalized(nines, ["round": "10", "on_misfit": "null"])) == [nil])
    }

    @Test func `of floating point is in the range that its digits say`() async throws {
        let numbers = [0.3, 0.1 + 0.2, 0.7, -0.05, 1e9, 0.0, 2.9999999]
        let plain = try column(Field("v", .float64), numbers.map { littleEndian($0.bitPattern) } + [nil])
        #expect(
            strings(try await generalized(plain, ["bucket": "0.1"])) == [
                "[0.3,0.4)", "[0.3,0.4)", "[0.7,0.8)", "[-0.1,0)", "[1000000000,1000000000.1)", "[0,0.1)", "[2.9,3)",
                nil,
            ])
        let rounded = try await generalized(plain, ["round": "0.5", "top": "100"])
        let found = bytes(rounded).dropLast().map {
            Double(bitPattern: $0!.reversed().reduce(0) { $0 << 8 | UInt64($1) })
        }
        #expect(found == [0.5, 0.5, 0.5, 0, 100, 0, 3])
        for strange in [Double.nan, .infinity] {
            let one = try column(Field("v", .float64), [littleEndian(strange.bitPattern)])
            #expect(await refusal { _ = try await generalized(one, ["bucket": "1"]) } != nil)
            #expect(bytes(try await generalized(one, ["bucket": "1", "on_misfit": "null"])) == [nil])
        }
        let single = try column(Field("v", .float32), [littleEndian((7.25 as Float).bitPattern)])
        #expect(strings(try await generalized(single, ["bucket": "5"])) == ["[5,10)"])
    }

    @Test(arguments: ["", "x", "1.", ".5", "1e3", " 1", "+1", "1,5", "-", "123456789012345678901", "--1"])
    func `is a number, or refused by row and column, or null`(text: String) async throws {
        let error = await refusal { _ = try await generalized(["1", text], ["bucket": "10"]) }
        #expect(error?.message == "row 2, column v: the value can't be generalized as the policy says")
        #expect(try await generalized([text, "5"], ["bucket": "10", "on_misfit": "null"]) == [nil, "[0,10)"])
    }
}

@Suite struct `A generalized date` {
    private static let periods: [(String, String, String)] = [
        ("day", "1987-05-17", "1987-05-17"), ("week", "1987-05-11", "1987-W20"), ("month", "1987-05-01", "1987-05"),
        ("quarter", "1987-04-01", "1987-Q2"), ("year", "1987-01-01", "1987"), ("decade", "1980-01-01", "1980s"),
    ]

    @Test(arguments: periods)
    func `is the first day of its period, or its name`(period: String, start: String, name: String) async throws {
        let plain = try column(Field("v", .date32), [days("1987-05-17"), nil])
        let out = try await generalized(plain, ["to": .text(period)])
        #expect(out.field.type == .date32)
        #expect(canonical(out) == [start, nil])
        #expect(strings(try await generalized(plain, ["to": .text(period), "as": "text"])) == [name, nil])
        #expect(
            try await generalized(["1987-05-17", "1987-05-17T10:00:00Z", nil], ["to": .text(period)]) == [
                name, name, nil,
            ])
    }

    @Test(arguments: [ArrowType.TimeUnit.second, .millisecond, .microsecond, .nanosecond])
    func `may be an instant`(unit: ArrowType.TimeUnit) async throws {
        let values = [-1, 86_400 * 45 + 5].map { littleEndian(Int64($0) * Int64(unit.perSecond)) }
        for zone in [nil, "UTC"] {
            let plain = try column(Field("v", .timestamp(unit, zone: zone)), values)
            let out = try await generalized(plain, ["to": "month"])
            let end = zone == nil ? "T00:00:00" : "T00:00:00Z"
            #expect(canonical(out) == ["1969-12-01" + end, "1970-02-01" + end])
        }
    }

    @Test func `begins where the calendar says, every day for eight hundred years`() {
        for day in stride(from: -150_000, to: 150_000, by: 1) {
            let date = CalendarDay(days: day)
            #expect(date.days == day)
            for period in Generalization.Period.allCases {
                let start = period.start(day)
                #expect(start <= day && period.start(start) == start)
                #expect(period.start(start - 1) < start)
            }
        }
        #expect(Generalization.Period.week.start(0) == -3)
    }

    @Test(
        arguments: [
            ("2024-12-30", "2025-W01"), ("2021-01-01", "2020-W53"), ("2020-12-31", "2020-W53"),
            ("2024-01-01", "2024-W01"),
        ])
    func `is in the week of ISO 8601`(date: String, week: String) async throws {
        #expect(try await generalized([date], ["to": "week"]) == [week])
    }

    @Test(arguments: [
        "", "1987", "1987-13-01", "1987-02-29", "17.05.1987", "1987-05-17x", "1987-05-17 25:00", "0x87-05-17",
    ])
    func `is a date, or refused by row and column, or null`(text: String) async throws {
        let error = await refusal { _ = try await generalized([text], ["to": "year"]) }
        #expect(error?.message == "row 1, column v: the value can't be generalized as the policy says")
        #expect(try await generalized([text], ["to": "year", "on_misfit": "null"]) == [nil])
    }
}

@Suite struct `A shifted date` {
    private func shifted(
        _ dates: [String?], _ subjects: [String?], keys: TestKeys = TestKeys(), days limit: Int = 30,
        more: [(String, Written)] = []
    ) async throws -> [Int?] {
        let rule: Written = [
            "generalize": [
                "shift": .map([("days", .text("\(limit)")), ("by", "who")] + more)
            ]
        ]
        let plain = batch(
            try column(Field("v", .date32), dates.map { $0.map(days) }), try texts("who", subjects))
        let out = try await protect(plain, policy(["v": rule, "who": "drop"]), keys: keys)
        return zip(bytes(out.batch["v"]), dates).map { moved, was in
            guard let moved, let was else { return nil }
            func number(_ bytes: [UInt8]) -> Int {
                Int(Int32(truncatingIfNeeded: bytes.reversed().reduce(0) { $0 << 8 | Int($1) }))
            }
            return number(moved) - number(days(was))
        }
    }

    @Test func `is moved by as many days as all dates of its subject, and never by none`() async throws {
        let keys = TestKeys()
        let subjects = (0..<500).map { "patient \($0 / 2)" }
        let moved = try await shifted(
            (0..<500).map { $0 % 2 == 0 ? "2024-02-28" : "1987-05-17" }, subjects, keys: keys, days: 3)
        for i in stride(from: 0, to: 500, by: 2) { #expect(moved[i] == moved[i + 1]) }
        #expect(Set(moved.compactMap { $0 }) == [-3, -2, -1, 1, 2, 3])
        #expect(try await shifted(["2000-01-01"], ["patient 7"], keys: keys, days: 3)[0] == moved[14])
        let other = try await shifted(
            (0..<250).map { _ in "2000-01-01" }, (0..<250).map { "patient \($0)" }, keys: keys, days: 3,
            more: [("domain", "x")])
        #expect(other != stride(from: 0, to: 500, by: 2).map { moved[$0] })
    }

    @Test func `is of its own type, a text or an instant as well, and keeps its time`() async throws {
        let keys = TestKeys()
        let rule: Written = ["generalize": ["shift": ["days": "9", "by": "who"]]]
        let instant = Field("at", .timestamp(.millisecond, zone: nil))
        let plain = batch(
            try column(Field("v", .date32), [littleEndian(Int32(100))]), try texts("t", ["1970-04-11"]),
            try texts("u", ["1970-04-11 10:20:30.5"]), try column(instant, [littleEndian(Int64(100 * 86_400_000 + 5))]),
            try texts("who", ["ada"]))
        let out = try await protect(
            plain, policy(["v": rule, "t": rule, "u": rule, "at": rule, "who": "hash"]), keys: keys)
        let day = try #require(canonical(out.batch["v"])[0])
        #expect(strings(out.batch["t"]) == [day])
        #expect(strings(out.batch["u"]) == [day + " 10:20:30.5"])
        #expect(canonical(out.batch["at"]) == [day + "T00:00:00.005"])
        #expect(out.catalogue.domains.map(\.name).sorted() == ["who", "who"])
        #expect(canonical(try await out.revealed()["v"]) == [day], "it can't be revealed")
    }

    @Test func `needs a subject, and the domain it was moved in before`() async throws {
        let error = await refusal { _ = try await shifted(["2000-01-01"], [nil]) }
        #expect(error?.message == "row 1, column v: the value can't be generalized as the policy says")
        let keys = TestKeys()
        let rules = try policy(["v": ["generalize": ["shift": ["days": "9", "by": "v"]]]])
        let plain = batch(try texts("v", ["2000-01-01"]))
        let first = try await protect(plain, rules, keys: keys)
        _ = try await protect(plain, rules, keys: keys, onto: first.catalogue)
        keys.changeMACKeys()
        #expect(await refusal { _ = try await protect(plain, rules, keys: keys, onto: first.catalogue) } != nil)
        let missing = try policy(["v": ["generalize": ["shift": ["days": "9", "by": "who"]]]])
        #expect(await refusal { _ = try await protect(plain, missing) }?.message.contains("no such column") == true)
    }
}

@Suite struct `A generalized text` {
    @Test func `is its first characters`() async throws {
        #expect(
            try await generalized(["94110", "94110-1234", "941", nil], ["prefix": "3"]) == ["941", "941", "941", nil])
        #expect(try await generalized(["éàü", "🐟🐠🐡"], ["prefix": "2"]) == ["éà", "🐟🐠"])
        #expect(await refusal { _ = try await generalized(["94"], ["prefix": "3"]) } != nil)
        #expect(try await generalized(["94", ""], ["prefix": "3", "on_misfit": "null"]) == [nil, nil])
    }

    @Test func `is its network`() async throws {
        #expect(
            try await generalized(
                [
                    "203.0.113.77", "10.1.2.3", "2001:db8:1:2:3:4:5:6", "::1", "fe80::1:2:3:4", "1:2:3::",
                    "::ffff:1.2.3.4",
                    "2001:DB8:0:0:1:0:0:1", nil,
                ], ["ip": "null"]) == [
                    "203.0.113.0/24", "10.1.2.0/24", "2001:db8:1::/48", "::/48", "fe80::/48", "1:2:3::/48", "::/48",
                    "2001:db8::/48", nil,
                ])
        #expect(
            try await generalized(
                ["203.0.113.77", "2001:db8:0:0:1:0:0:1", "a:0:0:b:0:0:0:c"], ["ip": ["v4": "16", "v6": "127"]])
                == ["203.0.0.0/16", "2001:db8:0:0:1::/127", "a:0:0:b::c/127"])
        #expect(try await generalized(["203.0.113.77"], ["ip": ["v4": "0"]]) == ["0.0.0.0/0"])
    }

    @Test(
        arguments: [
            "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4/8", "1..2.3", ".1.2.3", "1.2.3.", ":", ":::",
            "1::2::3",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "fe80::1%eth0", "1:2:3:4:5:6:7::8", "::1.2.3", "1:",
            ":1",
            "1:2:3:4:5:6:7:1.2.3.4",
        ])
    func `is an address, or refused by row and column, or null`(text: String) async throws {
        let error = await refusal { _ = try await generalized([text], ["ip": "null"]) }
        #expect(error?.message == "row 1, column v: the value can't be generalized as the policy says")
        #expect(try await generalized([text], ["ip": "null", "on_misfit": "null"]) == [nil])
    }

    @Test func `is the category of its group`() async throws {
        let groups: Written = ["groups": ["office": ["clerk", "accountant"], "trade": "cook", "7s": ["7", "77"]]]
        #expect(try await generalized(["cook", "clerk", nil], groups) == ["trade", "office", nil])
        #expect(strings(try await generalized(try integers("v", [7, 77]), groups)) == ["7s", "7s"])
        #expect(await refusal { _ = try await generalized(["poet"], groups) } != nil)
        guard case .map(let entries) = groups else { return }
        #expect(try await generalized(["poet", "cook", ""], .map(entries + [("other", "?")])) == ["?", "trade", "?"])
        let many = Written.map([
            ("groups", .map((0..<50).map { n in ("g\(n)", .list((0..<100).map { .text("\(n) \($0)") })) }))
        ])
        #expect(try await generalized(["0 0", "49 99", "17 42"], many) == ["g0", "g49", "g17"])
    }

    @Test func `is the category of a hierarchy's level`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "coffer-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func out(_ text: String, _ options: [(String, Written)] = [], _ values: [String]) async throws -> [String?] {
            try Data(text.utf8).write(to: folder.appending(path: "h.csv"))
            let fields = Written.map([("v", .map([("generalize", .map([("hierarchy", "h.csv")] + options))]))])
            let node = Written.map([("fields", fields)]).node()
            let rules = try FieldPolicy(Section(node, "", keys: FieldPolicy.keys), folder: folder.path)
            return strings(try await protect(batch(try texts("v", values)), rules).batch["v"])
        }
        let arx =
            "\u{feff}clerk;office;white-collar;*\r\n\"a \"\"b\"\";c\";trade;blue-collar;*\r\n\r\ncook;trade;blue-collar;*"
        #expect(try await out(arx, [], ["clerk", "a \"b\";c", "cook"]) == ["office", "trade", "trade"])
        #expect(try await out(arx, [("level", "2")], ["clerk", "cook"]) == ["white-collar", "blue-collar"])
        #expect(try await out("a,b\nc,d\n", [("other", "x")], ["a", "z"]) == ["b", "x"])
        for (text, options) in [
            (arx, [("level", "4" as Written)]), ("", []), ("a;b\na;c\n", []), ("\"a;b\n", []), ("a\n", []),
        ] { await #expect(throws: ConfigurationError.self) { _ = try await out(text, options, ["a"]) } }
    }
}

@Suite struct `A generalization` {
    private func fault(_ options: Written) -> ConfigurationError? {
        do {
            _ = try policy(["v": ["generalize": options]])
            return nil
        } catch { return error as? ConfigurationError }
    }

    @Test(
        arguments: [
            [:], ["bucket": "10", "round": "5"], ["bucket": "0"], ["bucket": "-5"], ["bucket": "x"], ["bucket": "1e3"],
            ["bucket": "0.0000000000000000001"], ["ranges": []], ["ranges": ["5", "5"]], ["ranges": ["9", "1"]],
            ["ranges": ["0", "1"], "top": "5"], ["bucket": "10", "top": "95"], ["top": "1", "bottom": "2"],
            ["to": "century"],
            ["to": "year", "as": "number"], ["to": "year", "level": "2"], ["shift": "30"],
            ["shift": ["days": "0", "by": "x"]],
            ["shift": ["days": "5"]], ["prefix": "0"], ["ip": ["v4": "33"]], ["ip": ["v5": "8"]], ["groups": [:]],
            ["groups": ["a": ["x"], "b": ["x"]]], ["hierarchy": "/no/such/file"], ["level": "1"], ["on_misfit": "null"],
            ["bucket": "10", "on_misfit": "encrypt"], ["to": "year", "domain": "x"],
        ] as [Written])
    func `that can't be is refused when it is read`(options: Written) {
        #expect(fault(options) != nil)
    }

    private static let strangers: [(Written, ArrowType)] = [
        (["bucket": "10"], .date32), (["bucket": "10"], .bool), (["bucket": "0.5"], .int32),
        (["ranges": ["0", "0.001"]], .decimal(precision: 9, scale: 2, bitWidth: 128)), (["bucket": "1"], .binary),
        (["round": "1"], .decimal(precision: 76, scale: 0, bitWidth: 256)), (["to": "year"], .int64),
        (["to": "year"], .time(.second)), (["shift": ["days": "3", "by": "v"]], .int32), (["prefix": "3"], .int32),
        (["ip": "null"], .binary), (["groups": ["a": ["1"]]], .float64), (["groups": ["a": ["1"]]], .binary),
    ]

    @Test(arguments: strangers)
    func `is refused for types it is not for, with a way out`(options: Written, type: ArrowType) throws {
        let rules = try policy(["v": ["generalize": options]])
        do {
            _ = try FieldPlan(rules, schema: Schema([Field("v", type)]), dataset: "d", cells: .binary)
            Issue.record("it was taken")
        } catch {
            #expect(error.message.hasPrefix("column v: "))
            #expect(error.hint != nil)
        }
    }

    @Test func `keeps nulls, needs no key unless dates are shifted, and is in the plan and the catalogue`() async throws
    {
        let rules = try policy(["v": ["generalize": ["to": "year"]]])
        let nothing = Field("v", .null)
        let out = try await protect(batch(try column(nothing, [nil, nil])), rules)
        #expect(bytes(out.batch["v"]) == [nil, nil])
        let plan = try FieldPlan(rules, schema: Schema([Field("v", .date32)]), dataset: "d", cells: .binary)
        #expect(!plan.needsKeys && plan.rows[0].protection == "generalize to year" && !plan.rows[0].isReversible)
        #expect(try Catalogue(decoding: out.catalogue.encode()).columns[0].protection == .generalize(domain: nil))
        let shift = try policy(["v": ["generalize": ["shift": ["days": "30", "by": "v"]]]])
        let shifted = try FieldPlan(shift, schema: Schema([Field("v", .date32)]), dataset: "d", cells: .binary)
        #expect(shifted.needsKeys && shifted.keys.mac.count == 1)
        #expect(shifted.rows[0].protection == "generalize shifted by up to 30 days, by v")
    }
}
