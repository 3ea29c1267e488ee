import Coffer
import CofferCrypto
import CofferTesting
import Testing

private let aes = TinkTestKey.inMemory[1]

private func keyset(_ text: String) throws -> TinkKeyset { try TinkKeyset(secret(Array(text.utf8))) }

@Suite struct `A keyset of Tink` {
    @Test(arguments: TinkTestKey.inMemory + TinkTestKey.streaming)
    func `is the same in JSON and in protobuf`(key: TinkTestKey) async throws {
        let entries = [key.entry(id: 1), key.entry(id: 4_000_000_000, prefix: 3), key.entry(id: 3, status: 2)]
        let binary = try TinkKeyset(secret(TinkTestKey.file(entries, primary: 4_000_000_000)))
        let json = try TinkKeyset(secret(TinkTestKey.json(entries, primary: 4_000_000_000)))
        #expect(binary.keys == json.keys && binary.purpose == json.purpose && json.primaryID == 4_000_000_000)
        #expect(json.keys.map(\.status) == [.enabled, .enabled, .disabled])
        #expect(json.keys.map(\.prefix) == [.tink, .raw, .tink] && json.keys[0].typeName == key.kind)
        let message = try await Tink(binary).seal([1, 2, 3])
        #expect(try await Tink(json).open(message) == [1, 2, 3])
    }

    @Test func `in JSON may have its keys written with escapes, as some writers do`() async throws {
        let entry = TinkTestKey.Entry(kind: "AesGcmKey", material: field(3, [UInt8](repeating: 0xff, count: 32)), id: 7)
        let plain = String(decoding: TinkTestKey.json([entry], primary: 7), as: UTF8.self)
        let text = Base64.encode(entry.material)
        let escaped = text.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/")
            .split(separator: "=", omittingEmptySubsequences: false).joined(separator: "\\u003d")
        let json = plain.split(separator: text).joined(separator: escaped)
        #expect(json != plain)
        let message = try await keyset(plain).seal([1])
        #expect(try await keyset(json).open(message) == [1])
    }

    @Test func `with a kind of key that is not known is refused by its name`() throws {
        let entry = TinkTestKey.Entry(kind: "HpkePrivateKey", material: [0x08, 0], id: 1)
        let error = #expect(throws: MessageError.self) {
            try TinkKeyset(secret(TinkTestKey.file([entry, aes.entry(id: 2)], primary: 2)))
        }
        #expect(error?.message.contains("google.crypto.tink.HpkePrivateKey") == true)
        #expect(error?.hint?.contains("AesGcmKey") == true)
    }

    @Test func `is refused where its keys do not belong together`() throws {
        let refused: [[UInt8]] = [
            TinkTestKey.file([], primary: 1),
            TinkTestKey.file([aes.entry(id: 1)], primary: 2),
            TinkTestKey.file([aes.entry(id: 1, status: 2)], primary: 1),
            TinkTestKey.file([aes.entry(id: 1, status: 3), aes.entry(id: 2)], primary: 1),
            TinkTestKey.file([aes.entry(id: 1), aes.entry(id: 1)], primary: 1),
            TinkTestKey.file([aes.entry(id: 1), TinkTestKey.macs[0].entry(id: 2)], primary: 1),
            TinkTestKey.file([aes.entry(id: 1), TinkTestKey.streaming[0].entry(id: 2)], primary: 1),
            TinkTestKey.file([aes.entry(id: 1, prefix: 5)], primary: 1),
            TinkTestKey.file([aes.entry(id: 1, prefix: 0)], primary: 1),
            TinkTestKey.file([aes.entry(id: 1, status: 0)], primary: 1),
            TinkTestKey.file([aes.entry(id: 1, status: 4)], primary: 1),
            TinkTestKey.file((0...1024).map { aes.entry(id: $0) }, primary: 1),
            [UInt8](repeating: 0x20, count: 2 << 20), [], Array("[]".utf8), Array("{}".utf8), Array("{".utf8),
        ]
        for file in refused { #expect(throws: MessageError(.invalidArgument, "")) { try TinkKeyset(secret(file)) } }
    }

    private static let ones16 = field(3, [UInt8](repeating: 1, count: 16))
    private static let ones32 = field(3, [UInt8](repeating: 1, count: 32))

    private static func material(_ parameters: [UInt8], _ key: [UInt8]) -> [UInt8] { field(2, parameters) + key }

    private static let wrong: [(String, [UInt8])] = [
        ("AesGcmKey", field(3, [UInt8](repeating: 1, count: 24))), ("AesGcmKey", field(3, [])), ("AesGcmKey", []),
        ("AesGcmKey", [0x08, 1] + ones32), ("AesGcmKey", ones32 + ones32),
        ("AesSivKey", field(2, [UInt8](repeating: 1, count: 32))),
        ("ChaCha20Poly1305Key", field(2, [UInt8](repeating: 1, count: 16))),
        ("AesEaxKey", material([0x08, 13], ones16)), ("XAesGcmKey", material([0x08, 7], ones32)),
        ("HmacKey", material([0x08, 3, 0x10, 9], ones32)), ("HmacKey", material([0x08, 3, 0x10, 33], ones32)),
        ("HmacKey", material([0x08, 9, 0x10, 16], ones32)),
        ("HmacKey", material([0x08, 3, 0x10, 16], field(3, [UInt8](repeating: 1, count: 15)))),
        ("AesCmacKey", field(2, [UInt8](repeating: 1, count: 24)) + field(3, [0x08, 16])),
        ("AesCmacKey", field(2, [UInt8](repeating: 1, count: 32)) + field(3, [0x08, 9])),
        ("AesGcmHkdfStreamingKey", material([0x08, 40, 0x10, 16, 0x18, 3], ones16)),
        ("AesGcmHkdfStreamingKey", material([0x08, 64, 0x10, 24, 0x18, 3], ones32)),
        ("AesGcmHkdfStreamingKey", material([0x08, 64, 0x10, 16, 0x18, 2], ones32)),
        ("AesGcmHkdfStreamingKey", material([0x08, 100, 0x10, 32, 0x18, 3], ones16)),
        ("AesGcmHkdfStreamingKey", material([0x08] + varint(9 << 20) + [0x10, 16, 0x18, 3], ones16)),
    ]

    @Test(arguments: wrong)
    func `with a key that its kind does not take is refused`(kind: String, material: [UInt8]) throws {
        let entry = TinkTestKey.Entry(kind: kind, material: material, id: 1)
        #expect(throws: MessageError(.invalidArgument, "")) {
            try TinkKeyset(secret(TinkTestKey.file([entry], primary: 1)))
        }
    }

    @Test func `that is encrypted opens with its key alone, in both forms`() async throws {
        let inner = TinkTestKey.file([aes.entry(id: 9)], primary: 9)
        let (kek, other) = (try aes.keyset(), try aes.keyset())
        let sealed = try await kek.seal(inner, associatedData: [5])
        let info = field(3, [0x08, 9] + field(2, field(1, Array("x".utf8)) + [0x10, 1, 0x18, 9, 0x20, 1]))
        let json =
            "{\"encryptedKeyset\": \"\(Base64.encode(sealed))\", \"keysetInfo\": {\"primaryKeyId\": 9, \"keyInfo\": ["
            + "{\"typeUrl\": \"x\", \"status\": \"ENABLED\", \"keyId\": 9, \"outputPrefixType\": \"TINK\"}]}}"
        let message = try await TinkKeyset(secret(inner)).seal([1])
        for file in [field(2, sealed) + info, field(2, sealed), Array(json.utf8)] {
            let opened = try await TinkKeyset.open(secret(file), with: kek, associatedData: [5])
            #expect(try await opened.open(message) == [1])
            let description = try TinkKeyset.describe(secret(file))
            #expect(description.isEncrypted)
            await #expect(throws: MessageError(.noKey, "")) { try await TinkKeyset.open(secret(file), with: kek) }
            await #expect(throws: MessageError(.noKey, "")) {
                try await TinkKeyset.open(secret(file), with: other, associatedData: [5])
            }
            #expect(throws: MessageError(.invalidArgument, "")) { try TinkKeyset(secret(file)) }
        }
        await #expect(throws: MessageError(.invalidArgument, "")) {
            try await TinkKeyset.open(secret(inner), with: kek)
        }
        let service = InMemoryKMS()
        let key = TinkServiceKey(try KeyID("alias/default"), in: service)
        let wrapped = field(2, try await key.wrap(secret(inner), associatedData: [5]))
        let opened = try await TinkKeyset.open(secret(wrapped), with: key, associatedData: [5])
        #expect(try await opened.open(message) == [1])
        await #expect(throws: MessageError(.noKey, "")) { try await TinkKeyset.open(secret(wrapped), with: key) }
    }

    /// A bit of a keyset may make another keyset of it; it must not make one that opens the message to something else, and
    /// nothing may crash.
    @Test(arguments: [false, true])
    func `with a bit flipped or cut short opens its message as before or not at all`(isJSON: Bool) async throws {
        let entries = [aes.entry(id: 1), TinkTestKey.inMemory[6].entry(id: 2, prefix: 3)]
        let whole = isJSON ? TinkTestKey.json(entries, primary: 1) : TinkTestKey.file(entries, primary: 1)
        let message = try await TinkKeyset(secret(whole)).seal([1, 2, 3])
        func check(_ file: [UInt8], _ what: String) async throws {
            do {
                let keyset = try TinkKeyset(secret(file))
                #expect(try await keyset.open(message) == [1, 2, 3], "\(what)")
            } catch is MessageError {}
            _ = try? TinkKeyset.describe(secret(file))
        }
        for bit in 0..<whole.count * 8 { try await check(whole.flipping(bit: bit), "bit \(bit)") }
        for count in 0..<whole.count { try await check(Array(whole.prefix(count)), "\(count) bytes") }
    }

    @Test func `that is hostile in any way is refused or read, and costs little`() throws {
        let entries = [aes.entry(id: 1), TinkTestKey.streaming[3].entry(id: 2, status: 2), aes.entry(id: 3, status: 3)]
        let files = [TinkTestKey.file(entries, primary: 1), TinkTestKey.json(entries, primary: 1)]
        let texts = ["{", "[", "\"", "\\", "\\u0041", "\"value\":", "null", "\u{0}", "\"key\":[", ",", "1e9", "-1"]
        let fields: [[UInt8]] = [
            [0xff, 0xff, 0xff, 0xff, 0x0f], [0x12, 0x80, 0x80, 0x80, 0x80, 0x08], [0x0a, 0xff], [0x80], [0x13],
            [0x0d, 1],
        ]
        let tokens = texts.map { Array($0.utf8) } + fields
        var generator = SystemRandomNumberGenerator()
        for round in 0..<6000 {
            var file = files[round & 1]
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let at = Int.random(in: 0..<file.count, using: &generator)
                switch Int.random(in: 0..<5, using: &generator) {
                case 0: file[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: file.removeSubrange(at..<min(file.count, at + Int.random(in: 1...30, using: &generator)))
                case 2: file.insert(contentsOf: tokens.randomElement(using: &generator)!, at: at)
                case 3: file.insert(contentsOf: file.suffix(Int.random(in: 1...80, using: &generator)), at: at)
                default: file.removeLast(Int.random(in: 0..<file.count, using: &generator))
                }
                if file.isEmpty { file = [0x08] }
            }
            do { _ = try TinkKeyset(secret(file)) } catch { #expect(error.code == .invalidArgument) }
            _ = try? TinkKeyset.describe(secret(file))
        }
    }
}
