import Coffer
import CofferCrypto
import CofferTesting
import Testing

private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } }

@Suite struct `A message of Tink` {
    @Test(arguments: TinkTestKey.inMemory, [1, 2, 3, 4] as [UInt8])
    func `opens to what was sealed, with every kind of key and prefix`(key: TinkTestKey, prefix: UInt8) async throws {
        let tink = Tink(try key.keyset(prefix: prefix), associatedData: [1, 2, 3])
        for count in [0, 1, 15, 16, 17, 1000, 70_000] {
            let message = try await tink.seal(bytes(count), piece: 999)
            #expect(try await tink.open(message, piece: 1001) == bytes(count))
            let isDeterministic = key.kind == "AesSivKey"
            #expect(try await (tink.seal(bytes(count)) == message) == isDeterministic)
        }
        let start = try await tink.seal([])
        switch prefix {
        case 1: #expect(start.starts(with: [1, 0, 0, 0, 77]))
        case 2, 4: #expect(start.starts(with: [0, 0, 0, 0, 77]))
        default: break
        }
        #expect(Tink.mayBegin(with: start))
        guard prefix != 3 else { return }
        let found = try await Tink.describe(MemorySource(start))
        #expect(found.recipients == [.init(provider: "tink", key: "77")] && found.byteCount == start.count)
    }

    @Test(arguments: TinkTestKey.inMemory + TinkTestKey.streaming.filter { !$0.template.contains("1 MB") })
    func `does not open with a bit flipped, cut short, with something behind it, or bound to something else`(
        key: TinkTestKey
    ) async throws {
        let keyset = try key.keyset()
        let tink = Tink(keyset, associatedData: [1])
        let (plaintext, message) = (bytes(60), try await tink.seal(bytes(60)))
        func refuses(_ message: [UInt8], _ what: String, by other: Tink? = nil) async throws {
            let sink = MemorySink()
            let error = await #expect(throws: MessageError.self, "\(what)") {
                try await (other ?? tink).open(MemorySource(message), into: sink)
            }
            #expect(error == MessageError(.notAuthentic, "") || error == MessageError(.noKey, ""), "\(what)")
            #expect(
                !sink.isFinished && plaintext.starts(with: sink.released), "\(what): only what verified is released")
        }
        for bit in 0..<message.count * 8 { try await refuses(message.flipping(bit: bit), "bit \(bit)") }
        for count in 0..<message.count { try await refuses(Array(message.prefix(count)), "\(count) bytes") }
        try await refuses(message + [0], "one byte more")
        try await refuses(message, "no associated data", by: Tink(keyset))
        try await refuses(message, "other associated data", by: Tink(keyset, associatedData: [2]))
        let stranger = Tink(try key.keyset(), associatedData: [1])
        try await refuses(message, "another key of the same id", by: stranger)
    }

    @Test(arguments: TinkTestKey.streaming)
    func `in segments opens to what was sealed, whatever the length`(key: TinkTestKey) async throws {
        let tink = Tink(try key.keyset(), associatedData: [9])
        var counts = [0, 1, 30, 31, 32, 33, 63, 64, 65, 200, 4039, 4040, 4041, 4056, 8112, 300_000]
        if key.template.contains("1 MB") { counts = [0, 1, 1 << 20, 3 << 20, 2_097_000, 2_500_000] }
        for count in counts {
            let message = try await tink.seal(bytes(count), piece: 65_537)
            #expect(try await tink.open(message, piece: 100_003) == bytes(count), "\(count)")
        }
    }

    @Test func `in segments has none of them left out, doubled, swapped or from another message`() async throws {
        let tink = Tink(try TinkTestKey.streaming[0].keyset())
        let (a, b) = (try await tink.seal(bytes(300)), try await tink.seal(bytes(300)))
        let segments = stride(from: 0, to: a.count, by: 64).map { Array(a[$0..<min($0 + 64, a.count)]) }
        #expect(try await tink.open(segments.flatMap { $0 }) == bytes(300))
        let other = stride(from: 0, to: b.count, by: 64).map { Array(b[$0..<min($0 + 64, b.count)]) }
        func built(_ changes: (inout [[UInt8]]) -> Void) -> [[UInt8]] {
            var segments = segments
            changes(&segments)
            return segments
        }
        let last = segments.count - 1
        let forgeries: [[[UInt8]]] = [
            built { $0.removeLast() }, built { $0.remove(at: 1) }, built { $0.append($0[last]) },
            built { $0.swapAt(1, 2) }, built { $0.insert($0[0], at: 0) }, built { $0[1] = other[1] },
            built { $0[0] = other[0] }, built { $0[last] = other[last] },
        ]
        for (number, segments) in forgeries.enumerated() {
            await #expect(throws: MessageError(.notAuthentic, ""), "forgery \(number)") {
                try await tink.open(segments.flatMap { $0 })
            }
        }
    }

    @Test func `opens under any key that is enabled, and is sealed under the primary one`() async throws {
        let pairs: [[TinkTestKey]] = [
            [TinkTestKey.inMemory[1], TinkTestKey.inMemory[9]], [TinkTestKey.streaming[0], TinkTestKey.streaming[4]],
        ]
        for keys in pairs {
            let (a, b) = (keys[0].entry(id: 1), keys[1].entry(id: 2))
            let raw = TinkTestKey.Entry(kind: a.kind, material: keys[0].make(), id: 3, prefix: 3)
            func keyset(_ entries: [TinkTestKey.Entry], _ primary: Int) throws -> Tink {
                Tink(try TinkKeyset(secret(TinkTestKey.file(entries, primary: primary))))
            }
            for primary in 1...3 {
                let message = try await keyset([a, b, raw], primary).seal(bytes(500))
                let alone = [a, b, raw].filter { $0.id == primary }
                #expect(try await keyset(alone, primary).open(message) == bytes(500))
                for other in 1...3 { #expect(try await keyset([a, b, raw], other).open(message) == bytes(500)) }
                let others = [a, b, raw].filter { $0.id != primary }
                let disabled = [a, b, raw].map { entry in
                    var entry = entry
                    if entry.id == primary { entry.status = 2 }
                    return entry
                }
                for entries in [others, disabled] {
                    let error = await #expect(throws: MessageError.self) {
                        try await keyset(entries, others[0].id).open(message)
                    }
                    #expect(error == MessageError(.notAuthentic, "") || error == MessageError(.noKey, ""))
                }
            }
        }
    }

    @Test(arguments: [TinkTestKey.inMemory[1], TinkTestKey.inMemory[11], TinkTestKey.streaming[0]])
    func `comes under the primary key by rewrapping, and is left alone where it is`(key: TinkTestKey) async throws {
        let entries = [key.entry(id: 1), key.entry(id: 2)]
        func tink(_ primary: Int) throws -> Tink {
            Tink(try TinkKeyset(secret(TinkTestKey.file(entries, primary: primary))), associatedData: [1])
        }
        let message = try await tink(1).seal(bytes(200))
        let plan = try await Tink.Rewrap(tink(2), to: nil).plan(MemorySource(message))
        #expect(plan.way == .reencryption && plan.recipients.map(\.key) == ["1"])
        let sink = MemorySink()
        try await plan.carryOut(into: sink)
        #expect(sink.isFinished)
        let alone = Tink(try TinkKeyset(secret(TinkTestKey.file([entries[1]], primary: 2))), associatedData: [1])
        #expect(try await alone.open(sink.released) == bytes(200))
        #expect(try await Tink.Rewrap(tink(2), to: nil).plan(MemorySource(sink.released)).way == .none)
        let damaged = try await Tink.Rewrap(tink(2), to: nil)
            .plan(MemorySource(message.flipping(bit: message.count * 8 - 1)))
        let other = MemorySink()
        await #expect(throws: MessageError(.notAuthentic, "")) { try await damaged.carryOut(into: other) }
        #expect(!other.isFinished)
    }

    @Test func `under a key of a service opens through it alone, whatever version made it`() async throws {
        let service = InMemoryKMS()
        service.createKey(.encryptDecrypt, alias: "alias/other")
        let template = field(1, Array("type.googleapis.com/google.crypto.tink.AesGcmKey".utf8)) + field(2, [0x10, 32])
        func keyset(_ kind: String, _ uri: String) throws -> TinkKeyset {
            let parameters = field(1, Array(uri.utf8)) + (kind == "KmsEnvelopeAeadKey" ? field(2, template) : [])
            let entry = TinkTestKey.Entry(kind: kind, material: field(2, parameters), id: 5, prefix: 3)
            return try TinkKeyset(secret(TinkTestKey.file([entry], primary: 5)), service: service)
        }
        for kind in ["KmsAeadKey", "KmsEnvelopeAeadKey"] {
            let (own, other) = (try keyset(kind, "coffer:alias/default"), try keyset(kind, "coffer:alias/other"))
            let message = try await own.seal(bytes(100), associatedData: [1])
            try service.rotate(try KeyID("alias/default"))
            #expect(try await own.open(message, associatedData: [1]) == bytes(100))
            await #expect(throws: MessageError(.notAuthentic, "")) { try await own.open(message) }
            await #expect(throws: MessageError(.notAuthentic, "")) {
                try await other.open(message, associatedData: [1])
            }
            for bit in 0..<message.count * 8 {
                await #expect(throws: MessageError(.notAuthentic, "")) {
                    try await own.open(message.flipping(bit: bit), associatedData: [1])
                }
            }
            try service.setEnabled(false, try KeyID("alias/default"))
            await #expect(throws: KeyError(.disabled, "")) { try await own.open(message, associatedData: [1]) }
            try service.setEnabled(true, try KeyID("alias/default"))
        }
        #expect(throws: MessageError(.invalidArgument, "")) {
            let entry = TinkTestKey.Entry(
                kind: "KmsAeadKey", material: field(2, field(1, Array("coffer:a".utf8))), id: 5)
            _ = try TinkKeyset(secret(TinkTestKey.file([entry], primary: 5)))
        }
    }

    /// C2SP XAES-256-GCM, the two vectors of its specification.
    @Test func `of XAES-256-GCM has the bytes that were published`() async throws {
        let nonce = Array("ABCDEFGHIJKLMNOPQRSTUVWX".utf8)
        for (byte, additional, sealed) in [
            (UInt8(1), "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
            (3, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
        ] {
            let material = field(2, [0x08, 12]) + field(3, [UInt8](repeating: byte, count: 32))
            let entry = TinkTestKey.Entry(kind: "XAesGcmKey", material: material, id: 1, prefix: 3)
            let keyset = try TinkKeyset(secret(TinkTestKey.file([entry], primary: 1)))
            let opened = try await keyset.open(nonce + hexBytes(sealed), associatedData: Array(additional.utf8))
            #expect(opened == Array("XAES-256-GCM".utf8))
        }
    }

    @Test(arguments: TinkTestKey.macs, [1, 2, 3, 4] as [UInt8])
    func `authenticates by a MAC that covers every bit`(key: TinkTestKey, prefix: UInt8) throws {
        let keyset = try key.keyset(prefix: prefix)
        let (data, tag) = (bytes(50), try keyset.tag(of: bytes(50)))
        #expect(try keyset.verify(tag, for: data))
        for bit in 0..<tag.count * 8 { #expect(try !keyset.verify(tag.flipping(bit: bit), for: data)) }
        for count in 0..<tag.count { #expect(try !keyset.verify(Array(tag.prefix(count)), for: data)) }
        for bit in 0..<data.count * 8 { #expect(try !keyset.verify(tag, for: data.flipping(bit: bit))) }
        #expect(try !keyset.verify(tag + [0], for: data))
        #expect(try !keyset.verify(tag, for: data + [0]))
        #expect(try !key.keyset(prefix: prefix).verify(tag, for: data))
    }

    @Test func `is not made or opened by a keyset that is for something else`() async throws {
        let (mac, stream) = (try TinkTestKey.macs[0].keyset(), try TinkTestKey.streaming[0].keyset())
        let aead = try TinkTestKey.inMemory[0].keyset()
        for keyset in [mac, stream] {
            await #expect(throws: MessageError(.invalidArgument, "")) { try await keyset.seal([1]) }
            await #expect(throws: MessageError(.invalidArgument, "")) { try await keyset.open([1]) }
        }
        for keyset in [aead, stream] {
            #expect(throws: MessageError(.invalidArgument, "")) { try keyset.tag(of: [1]) }
            #expect(throws: MessageError(.invalidArgument, "")) { try keyset.verify([1], for: [1]) }
        }
        await #expect(throws: MessageError(.invalidArgument, "")) { try await Tink(mac).seal([1]) }
        await #expect(throws: MessageError(.invalidArgument, "")) { try await Tink(mac).open([1]) }
    }
}
