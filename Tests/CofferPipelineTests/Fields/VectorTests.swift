import Coffer
import CofferCrypto
import FoundationEssentials
import Testing

@testable import CofferPipeline

/// The vectors of docs/specs/field-encryption.md, which `Tests/Interop/coffer_field.py` checks as well.
///
/// After a deliberate change of the format, `COFFER_WRITE_VECTORS=1 swift test --filter 'vectors of field'` writes them anew.
@Suite struct `The vectors of field encryption` {
    @Test func `are what Coffer writes`() throws {
        let path = #filePath.components(separatedBy: "/Tests/")[0] + "/Tests/Vectors/field-encryption.json"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        let now = try encoder.encode(try Vectors()) + Data("\n".utf8)
        if ProcessInfo.processInfo.environment["COFFER_WRITE_VECTORS"] != nil { try now.write(to: URL(filePath: path)) }
        #expect(try Data(contentsOf: URL(filePath: path)) == now)
    }
}

private struct Vectors: Encodable {
    struct Bound: Encodable {
        let name: String
        let type: String
        let value: String
    }

    struct Randomized: Encodable {
        let suite: String
        let path: String
        let type: String
        let bind: [Bound]
        let info: String
        let subkey: String
        let nonce: String
        let additional_data: String
        let plaintext: String
        let cell: String
        let text: String
    }

    struct Domain: Encodable {
        let purpose: String
        let domain: String
        let message: String
        let mac: String
        let key: String
        let check: String
    }

    struct Deterministic: Encodable {
        let domain: String
        let value: String
        let cell: String
        let text: String
    }

    struct Pseudonym: Encodable {
        let domain: String
        let value: String
        let pseudonym: String
    }

    struct Kept: Encodable {
        let domain: String
        let format: String
        let value: String
        let kept: String
    }

    struct Misfit: Encodable {
        let domain: String
        let value: String
        let text: String
    }

    struct Shift: Encodable {
        let domain: String
        let subject: String
        let limit: Int
        let days: Int
    }

    struct Canonical: Encodable {
        let type: String
        let value: String
        let text: String
    }

    let dataset = "people"
    let data_key: String
    let data_key_id: String
    let commitment: String
    let wrapping_context: String
    let segment: String
    let mac_key: String
    let randomized: [Randomized]
    let domains: [Domain]
    let deterministic: [Deterministic]
    let pseudonyms: [Pseudonym]
    let kept: [Kept]
    let misfits: [Misfit]
    let shifts: [Shift]
    let canonical: [Canonical]
    let catalogue: String
}

extension Vectors {
    init() throws {
        let key: [UInt8] = Array(0..<32)
        let id: [UInt8] = Array(0xa0...0xaf)
        let segment: UInt64 = 0x0102_0304_0506_0708
        let secret = unsafe SecretBytes(copying: key.span.bytes)
        data_key = hex(key)
        data_key_id = hex(id)
        commitment = hex(try FieldFormat.commitment(to: secret, id: id))
        wrapping_context = hex(
            FieldFormat.context(dataset: dataset, key: id, suite: .aes256GCM, tenant: "acme").canonicalBytes)
        self.segment = hex(segment.bigEndianBytes)

        let number = [Bound(name: "id", type: "number", value: "42")]
        let two = number + [Bound(name: "born", type: "date", value: "1970-01-01")]
        let cases: [(FieldSuite, String, String, [Bound], String)] = [
            (.aes256GCM, "ssn", "u", [], "123-45-6789"), (.aes256GCM, "ssn", "u", [], ""),
            (.chaCha20Poly1305, "ssn", "u", [], "123-45-6789"), (.aes256GCM, "ssn", "u", number, "123-45-6789"),
            (.aes256GCM, "children[].security_key", "z", two, "\u{0}k"), (.aes256GCM, "doc", "u arrow.json", [], "{}"),
        ]
        randomized = try cases.map { try Self.randomized(key, segment, "people", $0.0, $0.1, $0.2, $0.3, $0.4) }

        let macKey: [UInt8] = Array(0x40..<0x60)
        mac_key = hex(macKey)
        var domains: [Domain] = []
        var deterministic: [Deterministic] = []
        var pseudonyms: [Pseudonym] = []
        let values = ["", "42", "ada@example.com", "0123456789abcdef", "0123456789abcdefg"]
        for purpose in [DomainKey.Purpose.deterministic, .hash] {
            let message = DomainKey.message(purpose, domain: "email")
            let mac = unsafe HMAC(.sha256, key: SecretBytes(copying: macKey.span.bytes)).tag(message.span.bytes)
            let derived = try DomainKey.expand(mac, purpose)
            domains.append(
                Domain(
                    purpose: purpose.rawValue, domain: "email", message: hex(message), mac: hex(mac.copy().exposed()),
                    key: hex(derived.key.copy().exposed()), check: hex(derived.check)))
            let plain = try texts("email", values)
            let context = ProtectedBatch(batch: batch(plain), firstRow: 0, tenants: [:])
            let rows = RowIndex(rows: nil)
            let canonical = CanonicalText(.bytes)
            if purpose == .deterministic {
                let protection = CofferPipeline.Deterministic(
                    output: Field("email", .binary), canonical: canonical, key: try AESSIV(key: derived.key),
                    header: [FieldFormat.deterministic] + derived.check)
                let cells = bytes(try #require(try protection.protect(plain, rows: rows, in: context)))
                for (value, cell) in zip(values, cells) {
                    let cell = try #require(cell)
                    deterministic.append(
                        Deterministic(domain: "email", value: value, cell: hex(cell), text: Base64URL.encode(cell)))
                }
            } else {
                let protection = Hash(
                    output: Field("email", .utf8), canonical: canonical, key: HMAC(.sha256, key: derived.key))
                let names = strings(try #require(try protection.protect(plain, rows: rows, in: context)))
                for (value, name) in zip(values, names) {
                    pseudonyms.append(Pseudonym(domain: "email", value: value, pseudonym: try #require(name)))
                }
            }
        }
        func derived(_ purpose: DomainKey.Purpose) throws -> OpenDomain {
            let message = DomainKey.message(purpose, domain: "email")
            let mac = unsafe HMAC(.sha256, key: SecretBytes(copying: macKey.span.bytes)).tag(message.span.bytes)
            let open = OpenDomain(try DomainKey.expand(mac, purpose))
            domains.append(
                Domain(
                    purpose: purpose.rawValue, domain: "email", message: hex(message), mac: hex(mac.copy().exposed()),
                    key: hex(open.derived.key.copy().exposed()), check: hex(open.derived.check)))
            return open
        }
        let (formats, shift) = (try derived(.preserveFormat), try derived(.shift))
        (kept, misfits) = try Self.kept(formats)
        shifts = try Self.shifts(shift)
        self.domains = domains
        self.deterministic = deterministic
        self.pseudonyms = pseudonyms
        canonical = Sample.all.flatMap { sample in
            zip(sample.values, sample.texts ?? []).compactMap { value, text in
                value.flatMap { value in
                    text.map { Canonical(type: sample.field.boundType, value: hex(value), text: $0) }
                }
            }
        }
        catalogue = String(decoding: try Self.catalogue(key, id, segment, macKey).encode(), as: UTF8.self)
    }

    private static func kept(_ domain: OpenDomain) throws -> ([Kept], [Misfit]) {
        let cases: [(String, [String])] = [
            (
                "alphabet 0123456789",
                ["123-45-6789", "000000", "4111 1111 1111 1111", String(repeating: "7", count: 60)]
            ),
            ("alphabet äöüß", ["äöüßäöüßäöüß-ß"]), ("alphabet 01", ["00000000000000000000"]),
            ("card", ["4111-1111-1111-1111", "378282246310005", "6304000000000000"]),
            ("ssn", ["123-45-6789", "001010001", "899 99 9999"]),
            ("phone", ["+1 (415) 555-0100", "+49 30 1234567", "+358401234567", "415-555-0100"]),
            ("email", ["ada@example.com", "Ada.Lovelace+news@mail.Example.co.uk", "b@x1y.org"]),
            ("integer 0 999999", ["0", "42", "999999"]), ("integer -5 1000000000000", ["-5", "0", "123456789012"]),
        ]
        var kept: [Kept] = []
        func out(_ value: String, _ format: String, _ misfit: ProtectionRule.Misfit) throws -> String {
            let format = try #require(ValueFormat(format))
            let cipher = try FormatCipher(format, domain: "email", key: domain.derived, allowsSmallDomains: false)
            let protection = PreserveFormat(
                output: Field("v", .utf8), path: FieldPath("v"), canonical: CanonicalText(.bytes), cipher: cipher,
                onMisfit: misfit)
            let plain = try texts("v", [value])
            let context = ProtectedBatch(batch: batch(plain), firstRow: 0, tenants: [:])
            let column = try protection.protect(plain, rows: RowIndex(rows: nil), in: context)
            return try #require(column.flatMap { strings($0)[0] })
        }
        for (format, values) in cases {
            for value in values {
                kept.append(Kept(domain: "email", format: format, value: value, kept: try out(value, format, .refuse)))
            }
        }
        let misfits = try ["N/A", "12345"].map { value in
            Misfit(domain: "email", value: value, text: try out(value, "alphabet 0123456789", .encrypt))
        }
        return (kept, misfits)
    }

    private static func shifts(_ domain: OpenDomain) throws -> [Shift] {
        try [("ada", 30), ("42", 30), ("", 3)].map { subject, limit in
            let protection = ShiftDates(
                output: Field("v", .date32), type: .date32, days: limit, key: HMAC(.sha256, key: domain.derived.key),
                subject: 1, canonical: CanonicalText(.bytes), misfits: Misfits(path: FieldPath("v"), areNull: false))
            let (day, who) = (try column(Field("v", .date32), [littleEndian(Int32(1000))]), try texts("who", [subject]))
            let context = ProtectedBatch(batch: batch(day, who), firstRow: 0, tenants: [:])
            let moved = try #require(try protection.protect(day, rows: RowIndex(rows: nil), in: context))
            let shifted = try #require(bytes(moved)[0])
            let number = shifted.reversed().reduce(0) { $0 << 8 | Int($1) }
            return Shift(domain: "email", subject: subject, limit: limit, days: number - 1000)
        }
    }

    private static func randomized(
        _ key: [UInt8], _ segment: UInt64, _ dataset: String, _ suite: FieldSuite, _ path: String, _ type: String,
        _ bind: [Bound], _ value: String
    ) throws -> Randomized {
        var info: [UInt8] = []
        info.append(prefixed: "coffer/field/1")
        info.append(suite.code)
        for part in [dataset, path, type] { info.append(prefixed: part) }
        let salt = segment.bigEndianBytes
        let secret = unsafe SecretBytes(copying: key.span.bytes)
        let subkey = try unsafe KeyDerivation.hkdf(
            .sha256, key: secret, salt: salt.span.bytes, info: info.span.bytes, count: 32)

        // The cell itself comes from the protection that a run uses, with nonces that count.
        let path = try FieldPath(parsing: path)
        let leaf = path.leafName
        let field = Field(
            leaf, type.hasPrefix("z") ? .binary : .utf8,
            metadata: type.contains(" ") ? [.init("ARROW:extension:name", String(type.dropFirst(2)))] : [])
        let group = KeyGroup(
            template: try KeyTemplate("alias/default"), suite: suite, dataset: dataset,
            columns: [(path.description, field.boundType)])
        let ledger = KeyLedger(
            nil,
            randomness: Randomness { span in
                for i in 0..<8 { span.storeBytes(of: salt[i], toByteOffset: i, as: UInt8.self) }
            }, valuesPerSegment: 100)
        let record = Catalogue.Key(
            id: [], wrapped: WrappedKey(key: try KeyID("x"), version: 1, bytes: []), suite: suite, tenant: nil,
            commitment: [])
        let open = try OpenDataKey(
            record, secret: SharedSecret(secret), group: group, counter: SegmentCounter(key: [], ledger: ledger))
        let plain = try column(field, [Array(value.utf8)])
        let columns =
            try [plain]
            + bind.map { bound in
                bound.type == "number"
                    ? try integers(bound.name, [Int64(bound.value)])
                    : try column(Field(bound.name, .date32), [littleEndian(Int32(0))])
            }
        let table = RecordBatch(schema: Schema(columns.map(\.field)), rowCount: 1, columns: columns)
        let written = bind.map { Catalogue.Bound(name: $0.name, type: BoundClass(rawValue: $0.type)!) }
        let bound = try #require(BoundValues(written, schema: table.schema))
        let protection = CofferPipeline.Randomized(
            output: Field(leaf, .binary), path: path, bound: bound, keys: .shared(open), position: 0,
            randomness: Randomness { span in
                for i in span.byteOffsets { span.storeBytes(of: 0x10 + UInt8(i), toByteOffset: i, as: UInt8.self) }
            })
        let context = ProtectedBatch(batch: table, firstRow: 0, tenants: [:])
        let cells = try protection.protect(plain, rows: RowIndex(rows: nil), in: context)
        let cell = try #require(cells.map { bytes($0) }?[0])
        var additional = AdditionalData(bound, table)
        let isBound = additional.move(to: 0, segment: segment)
        #expect(isBound)
        return Randomized(
            suite: suite.rawValue, path: path.description, type: field.boundType, bind: bind, info: hex(info),
            subkey: hex(subkey.exposed()), nonce: hex(Array(cell[9..<21])),
            additional_data: unsafe hex(additional.withBytes { unsafe [UInt8]($0) }), plaintext: hex(Array(value.utf8)),
            cell: hex(cell), text: Base64URL.encode(cell))
    }

    private static func catalogue(
        _ key: [UInt8], _ id: [UInt8], _ segment: UInt64, _ macKey: [UInt8]
    ) throws -> Catalogue {
        let secret = unsafe SecretBytes(copying: key.span.bytes)
        let mac = unsafe HMAC(.sha256, key: SecretBytes(copying: macKey.span.bytes))
        func domain(_ purpose: DomainKey.Purpose) throws -> Catalogue.Domain {
            let derived = try DomainKey.expand(
                unsafe mac.tag(DomainKey.message(purpose, domain: "email").span.bytes), purpose)
            return Catalogue.Domain(
                purpose: purpose, name: "email", macKey: try KeyID("mac-key-id"), check: derived.check)
        }
        return Catalogue(
            id: Base64URL.encode([UInt8](repeating: 1, count: 16)), dataset: "people",
            keys: [
                Catalogue.Key(
                    id: id, wrapped: WrappedKey(key: try KeyID("kek-id"), version: 3, bytes: [1, 2, 3]),
                    suite: .aes256GCM, tenant: nil, commitment: try FieldFormat.commitment(to: secret, id: id))
            ], segments: [Catalogue.Segment(id: segment, key: id)],
            domains: [try domain(.deterministic), try domain(.hash), try domain(.preserveFormat), try domain(.shift)],
            columns: [
                Catalogue.Column(
                    path: FieldPath("ssn"), protection: .randomized(bind: [Catalogue.Bound(name: "id", type: .number)]),
                    field: Field("ssn", .utf8)),
                Catalogue.Column(
                    path: FieldPath("doc"), protection: .randomized(bind: []),
                    field: Field("doc", .utf8, metadata: [.init("ARROW:extension:name", "arrow.json")])),
                Catalogue.Column(
                    path: FieldPath("email"), protection: .deterministic(domain: "email"),
                    field: Field("email", .utf8)),
                Catalogue.Column(
                    path: FieldPath("name"), protection: .hash(domain: "email"), field: Field("name", .utf8)),
                Catalogue.Column(
                    path: FieldPath("phone"), protection: .preserveFormat(domain: "email", format: .phone),
                    field: Field("phone", .utf8)),
                Catalogue.Column(
                    path: FieldPath("born"), protection: .generalize(domain: "email"), field: Field("born", .date32)),
                Catalogue.Column(
                    path: FieldPath("zip"), protection: .generalize(domain: nil), field: Field("zip", .utf8)),
            ])
    }
}

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}
