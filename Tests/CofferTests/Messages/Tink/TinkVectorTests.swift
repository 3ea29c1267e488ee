import Coffer
import CofferCrypto
import CofferTesting
import Foundation
import Testing

/// The published messages of Tink: `COFFER_VECTORS`, else `../shared/vectors`.
private enum TinkVectors {
    static let folder = MessageVectors.folder.deletingLastPathComponent().appending(path: "tink")

    static func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: name).path)
    }

    static func unpacked(_ name: String) throws -> Data {
        Data(try ChildProcess.output(of: "/usr/bin/env", ["gzip", "-dc", folder.appending(path: name).path]))
    }
}

@Suite struct `Published messages of Tink` {
    @Test(
        .enabled(
            if: TinkVectors.exists("tink-py-1.16.1-dev.json.gz"), "no tink-py-1.16.1-dev.json.gz among the vectors"))
    func `open or are refused, 389`() async throws {
        let data = try TinkVectors.unpacked("tink-py-1.16.1-dev.json.gz")
        let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        var count = 0
        for fields in try #require(file["cases"] as? [[String: Any]]) {
            try await check(Vector(fields))
            count += 1
        }
        #expect(count == 389)
    }

    private func check(_ vector: Vector) async throws {
        let keyset: TinkKeyset
        switch vector.text("kind") {
        case "keyset":
            #expect(throws: MessageError.self, "\(vector)") { try vector.keyset("keyset") }
            return
        case "encrypted-keyset":
            let kek = try vector.keyset("kek")
            let file = try vector.json("encrypted_keyset")
            keyset = try await TinkKeyset.open(secret(file), with: kek, associatedData: vector.bytes("keyset_ad"))
            await #expect(throws: MessageError(.noKey, "")) { try await TinkKeyset.open(secret(file), with: kek) }
            #expect(throws: MessageError(.invalidArgument, "")) { try TinkKeyset(secret(file)) }
        case "kms-envelope":
            keyset = try envelope(vector)
        case "mac":
            keyset = try vector.keyset("keyset")
            let (tag, data) = (vector.bytes("tag"), vector.bytes("data"))
            #expect(try keyset.tag(of: data) == tag, "\(vector)")
            #expect(try keyset.verify(tag, for: data), "\(vector)")
            #expect(try !keyset.verify(tag, for: data + [0]), "\(vector)")
            #expect(try !keyset.verify(tag.flipping(bit: tag.count * 8 - 1), for: data), "\(vector)")
            return
        default:
            keyset = try vector.keyset("keyset")
        }
        let message = vector.bytes("ct")
        let tink = Tink(keyset, associatedData: vector.bytes("ad"))
        guard vector.text("result") == "valid" else {
            let error = await #expect(throws: MessageError.self, "\(vector)") { try await tink.open(message) }
            #expect(error == MessageError(.notAuthentic, "") || error == MessageError(.noKey, ""), "\(vector)")
            return
        }
        let plaintext = vector.bytes("pt")
        #expect(try await tink.open(message) == plaintext, "\(vector)")
        #expect(try await tink.open(message, piece: 7) == plaintext, "\(vector)")
        let again = try await tink.seal(plaintext)
        if keyset.keys.count == 1 { #expect(again.count == message.count, "\(vector)") }
        #expect(try await tink.open(again) == plaintext, "\(vector)")
        if vector.text("kind") == "daead", keyset.keys.count == 1 { #expect(again == message, "\(vector)") }
    }

    /// The vectors' envelopes have a keyset in the place of the key service.
    private func envelope(_ vector: Vector) throws -> TinkKeyset {
        let dataKey = try #require(TinkDataKey.named[vector.text("name")])
        return try TinkKeyset(envelopeUnder: vector.keyset("kek"), of: dataKey)
    }

    @Test(
        .enabled(
            if: TinkVectors.exists("tink-java-streaming-kat.json"), "no tink-java-streaming-kat.json among the vectors")
    )
    func `in segments open, 14, and do not with other associated data`() async throws {
        let data = try Data(contentsOf: TinkVectors.folder.appending(path: "tink-java-streaming-kat.json"))
        let file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        var count = 0
        for fields in try #require(file["vectors"] as? [[String: Any]]) {
            let vector = Vector(fields)
            let keyset = try TinkKeyset(secret(vector.streamingKeyset()))
            let (message, plaintext) = (hexBytes(vector.text("ct")), hexBytes(vector.text("pt_hex")))
            let associatedData = hexBytes(vector.text("aad_hex"))
            #expect(try await Tink(keyset, associatedData: associatedData).open(message) == plaintext, "\(vector)")
            await #expect(throws: MessageError(.notAuthentic, ""), "\(vector)") {
                try await Tink(keyset, associatedData: associatedData + [0]).open(message)
            }
            count += 1
        }
        #expect(count == 14)
    }
}

/// One case of a file of vectors.
private struct Vector: CustomStringConvertible {
    let fields: [String: Any]

    init(_ fields: [String: Any]) { self.fields = fields }

    var description: String { ["kind", "name", "source", "prefix", "why"].map { text($0) }.joined(separator: " ") }

    func text(_ name: String) -> String { fields[name] as? String ?? "" }

    func bytes(_ name: String) -> [UInt8] { [UInt8](Data(base64Encoded: text(name)) ?? Data()) }

    func json(_ name: String) throws -> [UInt8] { [UInt8](try JSONSerialization.data(withJSONObject: fields[name]!)) }

    func keyset(_ name: String) throws -> TinkKeyset { try TinkKeyset(secret(json(name))) }

    /// A keyset of one streaming key, in protobuf.
    func streamingKeyset() throws -> [UInt8] {
        let hashes: [String: UInt8] = ["SHA1": 1, "SHA256": 3, "SHA512": 4]
        var parameters: [UInt8] = [0x08] + varint(Int(text("segment"))!) + [0x10, UInt8(text("derived"))!]
        parameters += [0x18, hashes[text("hkdf")]!]
        let isCounter = text("type") == "ctr"
        if isCounter { parameters += [0x22, 4, 0x08, hashes[text("hmac")]!, 0x10, UInt8(text("tag"))!] }
        let key = field(2, parameters) + field(3, hexBytes(text("key")))
        let kind = isCounter ? "AesCtrHmacStreamingKey" : "AesGcmHkdfStreamingKey"
        let data = field(1, Array("type.googleapis.com/google.crypto.tink.\(kind)".utf8)) + field(2, key) + [0x18, 1]
        return [0x08, 1] + field(2, field(1, data) + [0x10, 1, 0x18, 1, 0x20, 3])
    }
}

/// A field of bytes in protobuf.
func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2] + varint(bytes.count) + bytes }

/// A number in protobuf.
func varint(_ number: Int) -> [UInt8] {
    number < 128 ? [UInt8(number)] : [UInt8(number & 127) | 128] + varint(number >> 7)
}

func hexBytes(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
