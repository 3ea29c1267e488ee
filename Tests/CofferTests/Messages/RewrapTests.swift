import Coffer
import CofferCrypto
import CofferTesting
import Testing

private func rawKey(_ name: String) -> RawAESMessageKey {
    try! RawAESMessageKey(namespace: "tests", name: name, key: Randomness.system.secret(count: 32))
}

private let plaintext = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }

private func sealed(
    _ keys: [any MessageKey], _ suite: AlgorithmSuite = .committing, context: EncryptionContext = [:],
    required: EncryptionContext = [:], frameLength: Int = 4096, bytes: [UInt8] = plaintext
) async throws -> [UInt8] {
    var format = AWSEncryptionSDK(keys: keys, context: context, requiredContext: required)
    format.suite = suite
    format.frameLength = frameLength
    format.commitment = suite.isCommitting ? .require : .forbid
    return try await format.seal(bytes)
}

private func rewrap(
    _ message: [UInt8], _ keys: [any MessageKey], to targets: [any MessageKey] = [], keepsVersion1: Bool = false,
    context: EncryptionContext = [:]
) async throws -> (way: RewrapPlan.Way, message: [UInt8]) {
    var format = AWSEncryptionSDK(keys: keys, context: context)
    format.commitment = .allow
    var rewrap = AWSEncryptionSDK.Rewrap(format, to: targets)
    rewrap.keepsVersion1 = keepsVersion1
    let plan = try await rewrap.plan(MemorySource(message, piece: 10_007))
    guard plan.way != .none else { return (plan.way, message) }
    let sink = MemorySink()
    try await plan.carryOut(into: sink)
    #expect(sink.isFinished)
    return (plan.way, sink.released)
}

@Suite struct `Rewrapping a message` {
    @Test(arguments: AlgorithmSuite.all)
    func `brings it to another key, with key commitment, and signed where it was`(suite: AlgorithmSuite) async throws {
        let (old, new) = (rawKey("old"), rawKey("new"))
        let message = try await sealed([old], suite, context: ["a": "b"])
        let result = try await rewrap(message, [old], to: [new])
        #expect(result.way == .reencryption)
        #expect(try await AWSEncryptionSDK(keys: [new]).open(result.message) == plaintext)
        let found = try await AWSEncryptionSDK.describe(MemorySource(result.message))
        #expect(found.suite == (suite.isSigned ? "0x0578" : "0x0478") && found.frameLength == 4096)
        #expect(found.context.pairs["a"] == "b" && found.recipients == [.init(provider: "tests", key: "new")])
        await #expect(throws: MessageError(.noKey, "")) {
            try await AWSEncryptionSDK(keys: [old]).open(result.message)
        }
        #expect(try await rewrap(result.message, [old, new], to: [new]).way == RewrapPlan.Way.none)
    }

    @Test(arguments: [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178])
    func `of version 1 may leave its body as it is, under a header with a nonce of its own`(id: UInt16) async throws {
        let (old, new) = (rawKey("old"), rawKey("new"))
        let suite = try #require(AlgorithmSuite(id: id))
        let message = try await sealed([old], suite, context: ["a": "b"])
        let result = try await rewrap(message, [old], to: [new, old], keepsVersion1: true)
        #expect(result.way == .header)
        #expect(result.message.suffix(plaintext.count) == message.suffix(plaintext.count))
        var reader = AWSEncryptionSDK(keys: [new])
        reader.commitment = .allow
        #expect(try await reader.open(result.message) == plaintext)
        // Twice is two headers under one key: their nonces must not be the same.
        let again = try await rewrap(message, [old], to: [new, old], keepsVersion1: true)
        let body = message.count - header(of: message)
        func nonce(_ bytes: [UInt8]) -> [UInt8] { Array(bytes[(bytes.count - body - 28)..<(bytes.count - body - 16)]) }
        let nonces = Set([nonce(message), nonce(result.message), nonce(again.message)])
        #expect(nonces.count == 3 && nonce(message) == [UInt8](repeating: 0, count: 12))
    }

    /// The length of the header, told from that of the frames.
    private func header(of message: [UInt8]) -> Int {
        let frames = plaintext.count / 4096
        return message.count - frames * (4096 + 32) - (plaintext.count % 4096 + 40)
    }

    @Test(arguments: [0x0214, 0x0346, 0x0378, 0x0478, 0x0578])
    func `never makes a second header where that would give the key away`(id: UInt16) async throws {
        let (old, new) = (rawKey("old"), rawKey("new"))
        let suite = try #require(AlgorithmSuite(id: id))
        let message = try await sealed([old], suite)
        let result = try await rewrap(message, [old], to: [new], keepsVersion1: true)
        #expect(result.way == .reencryption)
        #expect(Array(message[3..<19]) != Array(result.message[3..<19]), "another message id")
        #expect(message.suffix(1000) != result.message.suffix(1000))
    }

    @Test func `follows the versions of the keys it is under, all of them`() async throws {
        let service = InMemoryKMS()
        service.createKey(.encryptDecrypt, alias: "alias/other")
        let names = [try KeyID("alias/default"), try KeyID("alias/other")]
        let keys = names.map { KMSMessageKey($0, in: service) }
        let any = [KMSMessageKey(anyIn: service)]
        let message = try await sealed(keys)
        #expect(try await rewrap(message, any).way == RewrapPlan.Way.none)
        try service.rotate(names[1])
        let result = try await rewrap(message, any)
        #expect(result.way == .reencryption)
        let recipients = try await AWSEncryptionSDK.describe(MemorySource(result.message)).recipients
        #expect(recipients.map(\.version) == [1, 2])
        for key in keys { #expect(try await AWSEncryptionSDK(keys: [key]).open(result.message) == plaintext) }
        #expect(try await rewrap(result.message, any).way == RewrapPlan.Way.none)
    }

    @Test func `leaves nobody out who is not asked about`() async throws {
        let (own, other) = (rawKey("own"), rawKey("other"))
        let message = try await sealed([own, other])
        await #expect(throws: MessageError(.noKey, "")) { try await rewrap(message, [own]) }
        await #expect(throws: MessageError(.noKey, "")) { try await rewrap(message, [rawKey("third")]) }
        let result = try await rewrap(message, [own], to: [own])
        await #expect(throws: MessageError(.noKey, "")) {
            try await AWSEncryptionSDK(keys: [other]).open(result.message)
        }
    }

    @Test func `takes a new key of the old one's name`() async throws {
        let (old, new) = (rawKey("name"), rawKey("name"))
        let message = try await sealed([old])
        let result = try await rewrap(message, [new, old])
        #expect(result.way == .reencryption)
        #expect(try await AWSEncryptionSDK(keys: [new]).open(result.message) == plaintext)
        #expect(try await rewrap(result.message, [new, old]).way == RewrapPlan.Way.none)
    }

    @Test func `keeps what it is bound to, carried or not`() async throws {
        let (old, new) = (rawKey("old"), rawKey("new"))
        for suite in [AlgorithmSuite.committing, AlgorithmSuite(id: 0x0178)!] {
            let message = try await sealed([old], suite, context: ["a": "b"], required: ["tenant": "7"])
            await #expect(throws: MessageError(.noKey, "")) { try await rewrap(message, [old], to: [new]) }
            let result = try await rewrap(message, [old], to: [new], keepsVersion1: true, context: ["tenant": "7"])
            func open(_ context: EncryptionContext) async throws -> [UInt8] {
                var format = AWSEncryptionSDK(keys: [new], context: context)
                format.commitment = .allow
                return try await format.open(result.message)
            }
            #expect(try await open(["tenant": "7", "a": "b"]) == plaintext)
            await #expect(throws: MessageError(.noKey, "")) { try await open([:]) }
        }
    }

    @Test func `of a message that does not open makes nothing`() async throws {
        let (old, new) = (rawKey("old"), rawKey("new"))
        for suite in [AlgorithmSuite.committing, .committingSigned] {
            let message = try await sealed([old], suite)
            for damaged in [Array(message.dropLast()), message + [0], message.flipping(bit: message.count * 4)] {
                let plan = try await AWSEncryptionSDK.Rewrap(AWSEncryptionSDK(keys: [old]), to: [new])
                    .plan(MemorySource(damaged))
                let sink = MemorySink()
                await #expect(throws: MessageError(.notAuthentic, "")) { try await plan.carryOut(into: sink) }
                #expect(!sink.isFinished)
            }
        }
    }

    @Test func `whose new place fails ends, and says why`() async throws {
        struct Full: Error {}
        final class FullSink: MessageSink {
            func begin(_ release: Release) {}
            func write(_ bytes: RawSpan) throws { throw Full() }
            func finish() {}
        }
        let key = rawKey("old")
        let message = try await sealed([key], bytes: [UInt8](repeating: 7, count: 3_000_000))
        let plan = try await AWSEncryptionSDK.Rewrap(AWSEncryptionSDK(keys: [key]), to: [rawKey("new")])
            .plan(MemorySource(message))
        await #expect(throws: Full.self) { try await plan.carryOut(into: FullSink()) }
    }

    @Test func `that is a Fernet token keeps its time, and comes under the first key`() async throws {
        func key() throws -> Fernet.Key {
            let text = Base64URL.encode(Randomness.system.bytes(32))
            return try Fernet.Key(unsafe SecretBytes(copying: Array(text.utf8).span.bytes))
        }
        let (old, new) = (try key(), try key())
        let token = try await Fernet(keys: [old], clock: { 1_000_000 }).seal(plaintext)
        let both = Fernet(keys: [new, old], clock: { 2_000_000 })
        let plan = try await Fernet.Rewrap(both).plan(MemorySource(token))
        #expect(plan.way == .reencryption)
        let sink = MemorySink()
        try await plan.carryOut(into: sink)
        var reader = Fernet(keys: [new], clock: { 1_000_050 })
        reader.lifetime = 60
        #expect(try await reader.open(sink.released) == plaintext)
        #expect(try await Fernet.Rewrap(both).plan(MemorySource(sink.released)).way == RewrapPlan.Way.none)
    }
}
