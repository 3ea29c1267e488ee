import Coffer
import CofferCrypto
import CofferTesting
import Testing

private let aes = try! RawAESMessageKey(namespace: "tests", name: "a", key: Randomness.system.secret(count: 32))

private func format(
    _ suite: AlgorithmSuite, frameLength: Int = 16, keys: [any MessageKey] = [aes], context: EncryptionContext = [:],
    required: EncryptionContext = [:]
) -> AWSEncryptionSDK {
    var format = AWSEncryptionSDK(keys: keys, context: context, requiredContext: required)
    format.suite = suite
    format.frameLength = frameLength
    format.commitment = suite.isCommitting ? .require : .forbid
    return format
}

private func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } }

@Suite struct `A message of the AWS Encryption SDK format` {
    @Test(arguments: AlgorithmSuite.all)
    func `opens to what was sealed, in every suite, whatever the length`(suite: AlgorithmSuite) async throws {
        for count in [0, 1, 15, 16, 17, 32, 1000] {
            let message = try await format(suite, context: ["a": "b", "\u{1F600}": "é"]).seal(bytes(count))
            #expect(AWSEncryptionSDK.mayBegin(with: message))
            #expect(try await format(suite).open(message, piece: 7) == bytes(count))
        }
    }

    @Test(arguments: [1, 7, 4096, 65_536, 300_000, 8 << 20])
    func `opens to what was sealed, whatever the frame`(frameLength: Int) async throws {
        let plaintext = bytes(frameLength == 1 ? 20_000 : 2_000_000)
        for suite in [AlgorithmSuite.committing, .committingSigned] {
            let message = try await format(suite, frameLength: frameLength).seal(plaintext, piece: 100_003)
            #expect(try await format(suite).open(message, piece: 65_537) == plaintext)
        }
    }

    @Test func `commits, is unsigned and has frames of 64 KiB unless told otherwise`() async throws {
        let message = try await AWSEncryptionSDK(keys: [aes], context: ["a": "b"]).seal(bytes(200_000))
        let found = try await AWSEncryptionSDK.describe(MemorySource(message))
        #expect(
            found.suite == "0x0478" && found.isCommitting == true
                && found.signature == MessageDescription.Signature.none)
        #expect(found.frameLength == 65_536 && found.frames == 4 && found.plaintextByteCount == 200_000)
        #expect(found.context == ["a": "b"] && found.isWhole == true && found.byteCount == message.count)
        #expect(found.recipients == [.init(provider: "tests", key: "a")])
    }

    @Test(arguments: [AlgorithmSuite.committing, .committingSigned])
    func `does not open with a bit flipped`(suite: AlgorithmSuite) async throws {
        let message = try await format(suite, context: ["a": "b"]).seal(bytes(40))
        let reader = AWSEncryptionSDK.reading([aes])
        for bit in 0..<message.count * 8 {
            let sink = MemorySink()
            await #expect(throws: MessageError.self, "bit \(bit)") {
                try await reader.open(MemorySource(message.flipping(bit: bit)), into: sink)
            }
            #expect(!sink.isFinished)
            if suite.isSigned { #expect(sink.released.isEmpty) }
            #expect(bytes(40).starts(with: sink.released), "only what verified is released")
        }
    }

    @Test(arguments: [0x0014, 0x0178, 0x0214])
    func `of version 1 does not open with a bit flipped`(id: UInt16) async throws {
        let suite = try #require(AlgorithmSuite(id: id))
        let message = try await format(suite, context: ["a": "b"]).seal(bytes(20))
        for bit in 0..<message.count * 8 {
            await #expect(throws: MessageError.self, "bit \(bit)") {
                try await AWSEncryptionSDK.reading([aes]).open(message.flipping(bit: bit))
            }
        }
    }

    @Test(arguments: AlgorithmSuite.all)
    func `does not open cut short, nor with something behind it`(suite: AlgorithmSuite) async throws {
        let message = try await format(suite).seal(bytes(40))
        for count in 0..<message.count {
            await #expect(throws: MessageError.self, "\(count) bytes") {
                try await AWSEncryptionSDK.reading([aes]).open(Array(message.prefix(count)))
            }
        }
        await #expect(throws: MessageError(.notAuthentic, "")) {
            try await AWSEncryptionSDK.reading([aes]).open(message + [0])
        }
    }

    @Test func `does not open with frames left out, doubled, swapped or from another message`() async throws {
        let format = format(.committing)
        let (a, b) = (try await format.seal(bytes(80)), try await format.seal(bytes(80)))
        let start = a.count - 40 - 5 * 48
        func frame(_ i: Int, _ message: [UInt8]) -> [UInt8] { Array(message[start + i * 48..<start + (i + 1) * 48]) }
        func built(_ frames: [[UInt8]]) -> [UInt8] { Array(a[..<start]) + frames.flatMap { $0 } + a.suffix(40) }
        let own = (0..<5).map { frame($0, a) }
        #expect(try await format.open(built(own)) == bytes(80))
        let forgeries = [
            Array(own.dropLast()), Array(own.dropFirst()), own + [own[4]], [own[1], own[0]] + own[2...],
            [frame(0, b)] + own[1...], Array(own[..<4]) + [frame(4, b)], [],
        ]
        for frames in forgeries {
            await #expect(throws: MessageError(.notAuthentic, "")) { try await format.open(built(frames)) }
        }
        await #expect(throws: MessageError(.notAuthentic, "")) {
            try await format.open(Array(a.dropLast(40)) + b.suffix(40))
        }
        await #expect(throws: MessageError(.notAuthentic, "")) {
            try await format.open(Array(b[..<start]) + a[start...])
        }
    }

    @Test func `opens for each of its recipients and nobody else`() async throws {
        let names = (0..<50).map { "key-\($0)" }
        let keys = try names.map {
            try RawAESMessageKey(namespace: "tests", name: $0, key: Randomness.system.secret(count: 32))
        }
        let message = try await format(.committing, keys: keys).seal(bytes(10))
        for key in keys { #expect(try await format(.committing, keys: [key]).open(message) == bytes(10)) }
        let namesake = try RawAESMessageKey(
            namespace: "tests", name: "key-3", key: Randomness.system.secret(count: 32))
        await #expect(throws: MessageError(.noKey, "")) {
            try await format(.committing, keys: [namesake]).open(message)
        }
        await #expect(throws: MessageError(.noKey, "")) { try await format(.committing, keys: []).open(message) }
        var strict = format(.committing, keys: keys)
        strict.maximumKeys = 49
        let reader = strict
        await #expect(throws: MessageError(.notAllowed, "")) { try await reader.open(message) }
    }

    @Test func `is bound to its context, carried or not`() async throws {
        let sealer = format(.committing, context: ["dataset": "customers"], required: ["tenant": "7"])
        let message = try await sealer.seal(bytes(10))
        func open(_ context: EncryptionContext) async throws -> [UInt8] {
            try await format(.committing, context: context).open(message)
        }
        #expect(try await open(["tenant": "7"]) == bytes(10))
        #expect(try await open(["tenant": "7", "dataset": "customers"]) == bytes(10))
        await #expect(throws: MessageError(.noKey, "")) { try await open([:]) }
        await #expect(throws: MessageError(.noKey, "")) { try await open(["tenant": "8"]) }
        await #expect(throws: MessageError(.noKey, "")) { try await open(["tenant": "7", "more": ""]) }
        await #expect(throws: MessageError(.wrongContext, "")) { try await open(["tenant": "7", "dataset": "orders"]) }
    }

    @Test func `is refused where its commitment is not what the policy asks`() async throws {
        let old = try await format(AlgorithmSuite(id: 0x0178)!).seal(bytes(10))
        await #expect(throws: MessageError(.notAllowed, "")) { try await AWSEncryptionSDK(keys: [aes]).open(old) }
        #expect(try await AWSEncryptionSDK.reading([aes]).open(old) == bytes(10))
        var changed = AWSEncryptionSDK(keys: [aes])
        changed.suite = AlgorithmSuite(id: 0x0178)
        let sealer = changed
        await #expect(throws: MessageError(.notAllowed, "")) { try await sealer.seal(bytes(10)) }
        changed = AWSEncryptionSDK(keys: [aes])
        changed.unsignedOnly = true
        let reader = changed
        let signed = try await format(.committingSigned).seal(bytes(10))
        await #expect(throws: MessageError(.notAllowed, "")) { try await reader.open(signed) }
    }

    @Test func `gives a part of itself, after its end has been verified`() async throws {
        let plaintext = bytes(1000)
        let message = try await format(.committing, frameLength: 64).seal(plaintext)
        for range in [0..<1, 0..<1000, 63..<65, 64..<128, 999..<1000, 990..<5000, 10..<10] {
            let sink = MemorySink()
            try await format(.committing).open(range, of: MemorySource(message), into: sink)
            #expect(sink.released == Array(plaintext[range.clamped(to: 0..<1000)]))
        }
        for bad in [Array(message.dropLast()), message + [0], message.flipping(bit: message.count * 8 - 1)] {
            let sink = MemorySink()
            await #expect(throws: MessageError(.notAuthentic, "")) {
                try await format(.committing).open(0..<10, of: MemorySource(bad), into: sink)
            }
            #expect(sink.released.isEmpty)
        }
        let signed = try await format(.committingSigned).seal(plaintext)
        await #expect(throws: MessageError(.notAllowed, "")) {
            try await format(.committing).open(0..<10, of: MemorySource(signed), into: MemorySink())
        }
    }

    @Test func `in base64 is told from one that is not`() async throws {
        for suite in [AlgorithmSuite.committing, .committingSigned, AlgorithmSuite(id: 0x0178)!] {
            let text = Base64.encode(try await format(suite).seal(bytes(10)))
            let error = await #expect(throws: MessageError.self) {
                try await AWSEncryptionSDK.reading([aes]).open(Array(text.utf8))
            }
            #expect(error?.hint?.contains("base64 -d") == true)
        }
    }

    @Test func `under a key of a service opens with that key alone, and as long as it is enabled`() async throws {
        let service = InMemoryKMS()
        service.createKey(.encryptDecrypt, alias: "alias/other")
        let own = KMSMessageKey(try KeyID("alias/default"), in: service)
        let other = KMSMessageKey(try KeyID("alias/other"), in: service)
        let message = try await format(.committingSigned, keys: [own], context: ["a": "b"]).seal(bytes(10))
        #expect(try await format(.committing, keys: [own]).open(message) == bytes(10))
        #expect(try await format(.committing, keys: [KMSMessageKey(anyIn: service)]).open(message) == bytes(10))
        await #expect(throws: MessageError(.noKey, "")) { try await format(.committing, keys: [other]).open(message) }
        let recipient = try await AWSEncryptionSDK.describe(MemorySource(message)).recipients[0]
        #expect(recipient.provider == "coffer" && recipient.version == 1)
        try service.setEnabled(false, try KeyID("alias/default"))
        await #expect(throws: KeyError(.disabled, "")) { try await format(.committing, keys: [own]).open(message) }
    }

    @Test func `that is hostile in any way is refused, and costs little`() async throws {
        let whole = try await format(.committingSigned, context: ["a": "b"]).seal(bytes(40))
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            var message = whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: 0..<message.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: message[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: message.removeSubrange(at..<min(message.count, at + Int.random(in: 1...9, using: &generator)))
                case 2: message.insert(contentsOf: [0xff, 0xff, 0xff, 0xff], at: at)
                default:
                    message.replaceSubrange(at..<at, with: message.suffix(Int.random(in: 1...60, using: &generator)))
                }
                if message.isEmpty { message = [2] }
            }
            guard message != whole else { continue }
            let sink = MemorySink()
            try? await AWSEncryptionSDK.reading([aes]).open(MemorySource(message), into: sink)
            #expect(!sink.isFinished && sink.released.isEmpty)
            _ = try? await AWSEncryptionSDK.describe(MemorySource(message))
        }
    }
}

extension [UInt8] {
    /// The bytes with one bit changed.
    func flipping(bit: Int) -> [UInt8] {
        var bytes = self
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }
}
