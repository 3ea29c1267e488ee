import CofferCrypto
import CofferTesting
import Foundation
import Testing

@testable import Coffer

@Suite struct `An age file` {
    private static let identity = try! Age.Identity(
        "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0")
    private static let hybrid = try! Age.Identity(
        "AGE-SECRET-KEY-PQ-1HZLGZUPT4ETPKDEV8HSGFDCYZ4E522W0A7PU2LHT8EH9W6YLNC3SW78XKG")

    private static func passphrase(_ text: String) -> Age.Passphrase {
        Age.Passphrase(secret(Array(text.utf8)), workFactor: 10)
    }

    private static func seal(
        _ plaintext: [UInt8], for recipients: [Age.Recipient], isArmored: Bool = false, piece: Int = .max
    ) async throws -> [UInt8] {
        var age = Age(recipients: recipients)
        age.isArmored = isArmored
        let sink = MemorySink()
        try await age.seal(MemorySource(plaintext, piece: piece), into: sink)
        #expect(sink.isFinished)
        return sink.released
    }

    private static func open(
        _ file: [UInt8], with identities: [Age.Identity], piece: Int = .max, into sink: MemorySink = MemorySink()
    ) async throws -> [UInt8] {
        try await Age(identities: identities).open(MemorySource(file, piece: piece), into: sink)
        #expect(sink.isFinished)
        return sink.released
    }

    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    }

    @Test(arguments: [0, 1, 15, 65_535, 65_536, 65_537, 131_072, 262_143, 262_144, 262_145, 1_000_000])
    func `opens to what was sealed, whatever the length`(count: Int) async throws {
        for isArmored in [false, true] {
            let file = try await Self.seal(
                Self.bytes(count), for: [Self.identity.recipient], isArmored: isArmored, piece: 100_003)
            #expect(Age.mayBegin(with: file))
            #expect(try await Self.open(file, with: [Self.identity], piece: 65_537) == Self.bytes(count))
            let found = try await Age.describe(MemorySource(file))
            #expect(found.plaintextByteCount == count && found.isWhole == true)
            #expect(found.recipients == [.init(provider: "age", key: "X25519")])
        }
    }

    @Test func `opens for each of its recipients, and for nobody else`() async throws {
        let others = (0..<3).map { _ in
            try! Age.Identity(Bech32.encode("age-secret-key-", Randomness.system.bytes(32)).uppercased())
        }
        let file = try await Self.seal([1, 2, 3], for: [Self.identity.recipient] + others.prefix(2).map(\.recipient))
        for identity in [Self.identity] + others.prefix(2) {
            #expect(try await Self.open(file, with: [Self.hybrid, identity]) == [1, 2, 3])
        }
        for strangers in [[others[2]], [Self.hybrid], [Age.Identity(Self.passphrase("p"))], []] {
            await #expect(throws: MessageError(.noKey, "")) { try await Self.open(file, with: strangers) }
        }
    }

    @Test func `opens with the passphrase alone`() async throws {
        let file = try await Self.seal([7], for: [Age.Recipient(Self.passphrase("right"))])
        #expect(try await Self.open(file, with: [Age.Identity(Self.passphrase("right"))]) == [7])
        await #expect(throws: MessageError(.noKey, "")) {
            try await Self.open(file, with: [Age.Identity(Self.passphrase("wrong"))])
        }
    }

    @Test func `of X-Wing opens, and recipients are written as they are read`() async throws {
        let file = try await Self.seal([9], for: [Self.hybrid.recipient])
        #expect(try await Self.open(file, with: [Self.identity, Self.hybrid]) == [9])
        for recipient in [Self.identity.recipient, Self.hybrid.recipient] {
            let text = try #require(recipient.text)
            #expect(try Age.Recipient(text).text == text)
            for damaged in [String(text.dropLast()), text + "q", text.replacing("1", with: "2", maxReplacements: 1)] {
                #expect(throws: MessageError(.invalidArgument, "")) { try Age.Recipient(damaged) }
            }
        }
    }

    @Test func `has a passphrase or recipients, and not recipients of two strengths`() async throws {
        let passphrase = Age.Recipient(Self.passphrase("p"))
        for recipients in [
            [], [passphrase, passphrase], [passphrase, Self.identity.recipient],
            [Self.identity.recipient, Self.hybrid.recipient],
        ] {
            await #expect(throws: MessageError(.invalidArgument, "")) { try await Self.seal([1], for: recipients) }
        }
    }

    @Test func `does not open with a bit flipped, cut short or longer`() async throws {
        let plaintext = Self.bytes(40)
        let file = try await Self.seal(plaintext, for: [Self.identity.recipient])
        func refuses(_ damaged: [UInt8], _ what: String) async {
            let sink = MemorySink()
            await #expect(throws: MessageError.self, "\(what)") {
                try await Self.open(damaged, with: [Self.identity], into: sink)
            }
            #expect(!sink.isFinished && sink.released.isEmpty)
        }
        for bit in 0..<file.count * 8 { await refuses(file.flipping(bit: bit), "bit \(bit)") }
        for count in 0..<file.count { await refuses(Array(file.prefix(count)), "the first \(count)") }
        await refuses(file + [0], "one byte more")
        await refuses(file + file, "twice")
    }

    @Test func `in armor means the same bytes or nothing when a character is changed`() async throws {
        let plaintext = Self.bytes(40)
        let file = try await Self.seal(plaintext, for: [Self.identity.recipient], isArmored: true)
        for index in file.indices where file[index] != 10 {
            var damaged = file
            damaged[index] = damaged[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            await #expect(throws: MessageError.self, "character \(index)") {
                try await Self.open(damaged, with: [Self.identity])
            }
        }
        for count in 0..<file.count - 1 {
            await #expect(throws: MessageError.self) {
                try await Self.open(Array(file.prefix(count)), with: [Self.identity])
            }
        }
        #expect(try await Self.open(file.dropLast() + Array("\r\n \n".utf8), with: [Self.identity]) == plaintext)
    }

    @Test func `with chunks moved, left out or doubled does not open, and releases only what verified`() async throws {
        let chunk = 65_536 + 16
        let plaintext = Self.bytes(3 * 65_536 + 10)
        let file = try await Self.seal(plaintext, for: [Self.identity.recipient])
        let start = file.count - (3 * chunk + 26)
        let parts = (0..<4).map { Array(file[(start + $0 * chunk)..<min(file.count, start + ($0 + 1) * chunk)]) }
        for order in [[1, 0, 2, 3], [0, 1, 3], [0, 0, 1, 2, 3], [0, 1, 2], [3], [0, 1, 2, 3, 3], [0, 3, 2, 1]] {
            let sink = MemorySink()
            let spliced = file[..<start] + order.flatMap { parts[$0] }
            await #expect(throws: MessageError(.notAuthentic, "")) {
                try await Self.open(Array(spliced), with: [Self.identity], into: sink)
            }
            #expect(!sink.isFinished && plaintext.starts(with: sink.released))
        }
    }

    @Test func `whose header is endless is refused before it fills the memory`() async throws {
        let line = Array("-> grease \(String(repeating: "a", count: 4000))\n\n".utf8)
        let endless = Array("age-encryption.org/v1\n".utf8) + Array(repeating: line, count: 2000).joined()
        await #expect(throws: MessageError(.malformed, "")) { try await Self.open(endless, with: [Self.identity]) }
        let long = Array("age-encryption.org/v1\n-> ".utf8) + [UInt8](repeating: 0x61, count: 1 << 20)
        await #expect(throws: MessageError(.malformed, "")) { try await Self.open(long, with: [Self.identity]) }
    }

    @Test func `asking for too much work is refused`() async throws {
        let body = AgeHeader.encode([UInt8](repeating: 1, count: 32))
        for factor in ["21", "30", "62", "63", "64", "99999999999999999999"] {
            let file =
                "age-encryption.org/v1\n-> scrypt \(AgeHeader.encode([UInt8](repeating: 1, count: 16))) "
                + "\(factor)\n\(body)\n--- \(body.prefix(43))\n"
            await #expect(throws: MessageError.self) {
                try await Self.open(Array(file.utf8), with: [Age.Identity(Self.passphrase("p"))])
            }
        }
    }

    @Test func `takes its identities from a file as age-keygen writes it`() throws {
        let text =
            "# created: 2026-01-01\n# public key: age1\n\nAGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0\r\n"
        #expect(try Age.Identity.all(in: secret(Array(text.utf8))).count == 1)
        for bad in ["", "# nothing\n", "AGE-SECRET-KEY-1AAAA\n", "age-encryption.org/v1\n", "AGE-PLUGIN-X-1QQQQ\n"] {
            #expect(throws: MessageError(.invalidArgument, "")) {
                try Age.Identity.all(in: secret(Array(bad.utf8)))
            }
        }
    }
}
