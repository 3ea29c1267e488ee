import Testing

@testable import CofferPipeline

/// The things found in `text`, as `entity:what`, the best at each place.
func found(_ text: String, own: [OwnPattern] = [], threshold: Int = 50) -> [String] {
    var scanner = TextScanner(own: own)
    let bytes = Array(text.utf8)
    scanner.scan(bytes.span)
    return Found.best(scanner.found).filter { $0.score >= threshold }.map { one in
        let name = Entity(kind: one.kind)?.name ?? "own"
        return "\(name):\(String(decoding: bytes[one.start..<one.end], as: UTF8.self))"
    }
}

@Suite struct `A text that is looked through` {
    @Test(arguments: [
        ("write to ada.lovelace+x@mail.example.co.uk.", ["email:ada.lovelace+x@mail.example.co.uk"]),
        ("jürgen@bücher.example, 7up@example.org", ["email:jürgen@bücher.example", "email:7up@example.org"]),
        (
            "see https://example.org/a(b)?c=1, or www.example.com.",
            ["url:https://example.org/a(b)?c=1", "url:www.example.com"]
        ),
        ("postgres://ada:s3cret@db.example.org/x", ["secret:postgres://ada:s3cret@db.example.org/x"]),
        ("from 203.0.113.77 and 2001:db8::8a2e:370:7334", ["ip:203.0.113.77", "ip:2001:db8::8a2e:370:7334"]),
        ("dev 00:1b:44:11:3a:b7, 001b.4411.3ab7", ["mac:00:1b:44:11:3a:b7", "mac:001b.4411.3ab7"]),
        ("paid 4111 1111 1111 1111 and 3782 822463 10005", ["card:4111 1111 1111 1111", "card:3782 822463 10005"]),
        ("IBAN DE89 3704 0044 0532 0130 00 today", ["iban:DE89 3704 0044 0532 0130 00"]),
        ("at GB82WEST12345698765432", ["iban:GB82WEST12345698765432"]),
        ("call +44 20 7946 0958 or (415) 555-0132", ["phone:+44 20 7946 0958", "phone:(415) 555-0132"]),
        ("SSN 536-90-4399, ssn 536904399", ["us_ssn:536-90-4399", "us_ssn:536904399"]),
        ("NHS 943 476 5919", ["uk_nhs:943 476 5919"]), ("NI AB 12 34 56 C", ["uk_nino:AB 12 34 56 C"]),
        ("IdNr 86095742719", ["de_tax_id:86095742719"]),
        ("NIR 2 55 08 14 168 025 38", ["fr_nir:2 55 08 14 168 025 38"]),
        ("DNI 12345678Z, NIE X1234567L", ["es_dni:12345678Z", "es_dni:X1234567L"]),
        ("CF RSSMRA85T10A562S", ["it_fiscal_code:RSSMRA85T10A562S"]), ("BSN 111222333", ["nl_bsn:111222333"]),
        ("PESEL 44051401359", ["pl_pesel:44051401359"]), ("pnr 811218-9876", ["se_personnummer:811218-9876"]),
        ("CPF 529.982.247-25", ["br_cpf:529.982.247-25"]), ("Aadhaar 2341 2341 2346", ["in_aadhaar:2341 2341 2346"]),
        ("geboren am 17.05.1987", ["birth_date:17.05.1987"]),
        ("at 48.85837, 2.29448", ["coordinates:48.85837, 2.29448"]),
        ("key AKIAIOSFODNN7EXAMPLE", ["secret:AKIAIOSFODNN7EXAMPLE"]),
        ("spoke with Ada Lovelace yesterday", ["name:Ada Lovelace"]),
        ("Sehr geehrte Frau Knöpfle, …", ["name:Knöpfle"]),
        ("lives at 12 rue de la Paix", ["address:12 rue de la Paix"]),
        ("Berliner Straße 7a, Köln", ["address:Berliner Straße 7a"]),
    ])
    func `gives what stands in it`(text: String, expected: [String]) {
        #expect(found(text) == expected)
    }

    @Test(arguments: [
        "", " ", "order 4111111111111112", "version 3.12.4.0.1", "12:30:45", "2024-03-15", "the will to mark a date",
        "550e8400-e29b-41d4-a716-446655440000", "9f86d081884c7d659a2feaa0c55ad015", "a@b", "@example.org",
        "DE89370400440532013001",
        "1,234,567.89", "999-99-9999", "000-12-3456", "666-12-3456", "12345678A",
        "1234567890123456789012345678901234567890", "GB 69 41 89 C",
        "main street", "room 12, Road", "AB12", "x:y:z", "::", "300.1.1.1", "95.12345, 200.12345",
    ])
    func `gives nothing where nothing stands`(text: String) {
        #expect(found(text).isEmpty, "\(found(text))")
    }

    @Test func `gives nothing for ids of which a digit is wrong`() {
        for (entity, text) in [
            (Entity.ukNHS, "NHS 943 476 591x"), (.deTaxID, "IdNr 8609574271x"), (.frNIR, "NIR 2550814168025xx"),
            (.nlBSN, "BSN 11122233x"), (.plPESEL, "PESEL 4405140135x"), (.brCPF, "CPF 529.982.247-2x"),
            (.inAadhaar, "Aadhaar 2341 2341 234x"), (.card, "card 411111111111111x"),
        ] {
            let digits = "0123456789".map { digit in
                text.replacing("xx", with: "\(digit)\(digit)").replacing("x", with: String(digit))
            }
            let passing = digits.filter { text in found(text).contains { $0.hasPrefix("\(entity.name):") } }
            #expect(passing.count <= 1, "\(entity.name): \(passing)")
        }
    }

    @Test func `is gone through in a time that grows with its length`() {
        let clock = ContinuousClock()
        for piece in [
            "a.", "1-", "1 ", "(", "+1", "::", "a@", "-----BEGIN PRIVATE KEY-----", "Ada ", "12 Main ", "{\"", "x=",
            "é",
        ] {
            let short = clock.measure { _ = found(String(repeating: piece, count: 100)) }
            let long = clock.measure { _ = found(String(repeating: piece, count: 2000)) }
            #expect(long < short * 2000 + .seconds(5), "\(piece)")
        }
    }
}

@Suite struct `A pattern of one's own` {
    private func matches(_ pattern: String, _ text: String) throws -> [String] {
        let matcher = try PatternMatcher(pattern, line: 1)
        let bytes = Array(text.utf8)
        var (at, ends) = (0, [String]())
        while at < bytes.count {
            guard let end = matcher.match(bytes.span, at: at) else {
                at += 1
                continue
            }
            ends.append(String(decoding: bytes[at..<end], as: UTF8.self))
            at = end
        }
        return ends
    }

    @Test(arguments: [
        (#"B-\d{4}"#, "B-1234 and B-999", ["B-1234"]), ("(?i)ab+c?", "ABB abc", ["ABB", "abc"]),
        ("(foo|ba[rz])!", "foo! baz! bat!", ["foo!", "baz!"]),
        (#"[^a-z\s]{2,3}"#, "AB 12 C", ["AB", "12"]), (#"a.c"#, "abc a\nc", ["abc"]), (#"\w+@\w+"#, "x@y", ["x@y"]),
        ("ä{2}", "ää", ["ää"]),
        ("(a|b)*c", "ababc", ["ababc"]), ("x{0,2}y", "xxy", ["xxy"]),
    ])
    func `matches what it says`(pattern: String, text: String, expected: [String]) throws {
        #expect(try matches(pattern, text) == expected)
    }

    @Test(arguments: [
        "", "(", "a)", "[", "[]", "[z-a]", "a{3,1}", "*a", "a{", #"\q"#, #"\1"#, "a**b{", "^a", "a$", "a*", "(a|b*)",
        "[é]",
    ])
    func `is refused where it is none`(pattern: String) {
        #expect(throws: (any Error).self) { try PatternMatcher(pattern, line: 1) }
    }

    @Test func `is refused beyond 128 positions`() throws {
        _ = try PatternMatcher("[a-z]{64}[0-9]{64}", line: 1)
        #expect(throws: (any Error).self) { try PatternMatcher("[a-z]{64}[0-9]{65}", line: 1) }
        #expect(throws: (any Error).self) { try PatternMatcher("((a{99}){99}){99}", line: 1) }
    }

    @Test func `never takes long`() throws {
        #expect(try matches("(a+)+b", String(repeating: "a", count: 3000)).isEmpty)
        #expect(try matches("(a|aa|aaa)+(a|aa)+c", String(repeating: "a", count: 3000)).isEmpty)
    }
}

@Suite struct `The name of a column` {
    @Test(arguments: [
        ("email", Entity.email), ("EMailAddress", .email), ("customer_e_mail", .email), ("Téléphone", .phone),
        ("homePhone2", .phone), ("SSN", .usSSN),
        ("dateOfBirth", .birthDate), ("fecha_de_nacimiento", .birthDate), ("first_name", .name), ("Nachname", .name),
        ("street", .address),
        ("api-key", .secret), ("lat", .coordinates), ("client_ip", .ip), ("card number", .card),
    ])
    func `tells`(name: String, entity: Entity) {
        #expect(ColumnName.evidence(FieldPath(name), own: []).first?.kind == entity.rawValue)
    }

    @Test(arguments: [
        "id", "quantity", "sku", "shipped_on", "description", "emailed_at_count", "spanish", "slate", "zip_file",
    ])
    func `tells nothing`(name: String) {
        #expect(ColumnName.evidence(FieldPath(name), own: []).allSatisfy { $0.weight < 0.3 })
    }
}
