import CofferCrypto

// tink/proto/tink.proto, in the JSON of protobuf.
extension TinkKeysetFile {
    init(json file: borrowing SecretBytes) throws(MessageError) {
        let text = try TinkJSONText(file)
        let json: JSON
        do { json = try JSON(parsing: text.text, maximumDepth: 8) } catch {
            throw MessageError.keyset("is no JSON: \(error.message)")
        }
        if case .string(let sealed)? = json["encryptedKeyset"] {
            self = try Self(encrypted: sealed, json)
            return
        }
        try json.refuseOthers(than: ["primaryKeyId", "key"])
        var keys: [Key] = []
        for key in json["key"]?.array ?? [] {
            try key.refuseOthers(than: ["keyData", "status", "keyId", "outputPrefixType"])
            guard let data = key["keyData"] else { throw MessageError.keyset("has a key without keyData") }
            try data.refuseOthers(than: ["typeUrl", "value", "keyMaterialType"])
            guard data["keyMaterialType"]?.string != "ASYMMETRIC_PUBLIC" else {
                throw MessageError.keyset("has public keys: it seals nothing")
            }
            keys.append(Key(info: try TinkKeyInfo(key, data), material: try text.value(data["value"])))
        }
        self = .clear(primary: try json.keyID("primaryKeyId"), keys: keys)
    }

    private init(encrypted sealed: String, _ json: JSON) throws(MessageError) {
        try json.refuseOthers(than: ["encryptedKeyset", "keysetInfo"])
        guard let bytes = try? Base64.decode(sealed), !bytes.isEmpty else {
            throw MessageError.keyset("has an encryptedKeyset that is no base64")
        }
        let info = json["keysetInfo"]
        var keys: [TinkKeyInfo] = []
        for key in info?["keyInfo"]?.array ?? [] { keys.append(try TinkKeyInfo(key, key)) }
        self = .encrypted(bytes, primary: try info?.keyID("primaryKeyId") ?? 0, keys: keys)
    }
}

extension TinkKeyInfo {
    fileprivate init(_ key: JSON, _ data: JSON) throws(MessageError) {
        guard let typeURL = data["typeUrl"]?.string else { throw .keyset("has a key without typeUrl") }
        guard let status = (key["status"]?.string).flatMap(Status.init(rawValue:)) else {
            throw .keyset("has a key of an unknown status")
        }
        guard let prefix = (key["outputPrefixType"]?.string).flatMap(Prefix.init(rawValue:)) else {
            throw .keyset("has a key of an unknown output prefix")
        }
        self.init(id: try key.keyID("keyId"), typeURL: typeURL, status: status, prefix: prefix)
    }
}

extension JSON {
    /// Tink refuses members that it does not know, and so does who may not mistake a keyset.
    fileprivate func refuseOthers(than known: Set<String>) throws(MessageError) {
        guard let members else { throw .keyset("is no object where there should be one") }
        guard members.allSatisfy({ known.contains($0.name) }) else {
            throw .keyset("has a member besides \(known.sorted().joined(separator: ", "))")
        }
    }

    fileprivate func keyID(_ name: String) throws(MessageError) -> UInt32 {
        guard let id = self[name]?.integer, let id = UInt32(exactly: id) else {
            throw .keyset("has no \(name), which is a whole number of 32 bits")
        }
        return id
    }
}

/// The text of a keyset without its keys: each `"value": "…"` is taken out into memory that is wiped, and a number stands in
/// its place. So no key becomes a `String`.
private struct TinkJSONText {
    private(set) var text: [UInt8] = []
    private var values: [SharedSecret] = []

    init(_ file: borrowing SecretBytes) throws(MessageError) {
        text.reserveCapacity(1024)
        try file.withBytes { (bytes) throws(MessageError) in
            var at = 0
            var isValue = false
            while at < bytes.byteCount {
                let byte = Self.byte(bytes, at)
                guard byte == UInt8(ascii: "\"") else {
                    isValue = isValue && (byte <= 0x20 || byte == UInt8(ascii: ":"))
                    text.append(byte)
                    at += 1
                    continue
                }
                let end = try Self.end(of: at, bytes)
                let inside = bytes.extracting(at + 1..<end)
                at = end + 1
                if isValue {
                    text += "\"\(values.count)\"".utf8
                    values.append(SharedSecret(try Self.decoded(inside)))
                    guard values.count <= TinkKeysetFile.maximumKeys else { throw .keyset("has more than 1024 keys") }
                    isValue = false
                } else {
                    isValue = unsafe inside.withUnsafeBytes { unsafe $0.elementsEqual("value".utf8) }
                    text += unsafe inside.withUnsafeBytes { unsafe [0x22] + $0 + [0x22] }
                }
            }
        }
    }

    /// The key that stands here.
    func value(_ value: JSON?) throws(MessageError) -> SharedSecret {
        guard let value else { return SharedSecret(SecretBytes(copying: RawSpan())) }
        guard let index = value.string.flatMap({ Int($0) }), values.indices.contains(index) else {
            throw .keyset("has a key whose value is no text")
        }
        return values[index]
    }

    private static func byte(_ bytes: RawSpan, _ at: Int) -> UInt8 {
        unsafe bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)
    }

    /// Where the quote is that ends the text which begins at `start`.
    private static func end(of start: Int, _ bytes: RawSpan) throws(MessageError) -> Int {
        var at = start + 1
        while at < bytes.byteCount {
            let byte = byte(bytes, at)
            if byte == UInt8(ascii: "\"") { return at }
            at += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        throw .keyset("is no JSON: a text does not end")
    }

    /// The bytes of base64 in which `/`, `+` and `=` may be written as escapes.
    private static func decoded(_ text: RawSpan) throws(MessageError) -> SecretBytes {
        var (count, isRight) = (0, true)
        let plain = SecretBytes(count: text.byteCount) { output in
            var at = 0
            while at < text.byteCount {
                var character = byte(text, at)
                at += 1
                if character == UInt8(ascii: "\\") {
                    let escaped = unsafe text.withUnsafeBytes { unsafe Self.escape($0[at...]) }
                    isRight = isRight && escaped != nil
                    character = escaped?.character ?? 0
                    at += escaped?.length ?? 1
                }
                output.append(character)
                count += 1
            }
        }
        guard isRight else { throw .keyset("has a key whose value is no base64") }
        do {
            return try plain.withBytes { (plain) throws(CryptoError) in
                let plain = plain.extracting(first: count)
                return try SecretBytes(count: Base64.decodedCount(plain) ?? 0) { (output) throws(CryptoError) in
                    try Base64.decode(plain, into: &output)
                }
            }
        } catch { throw .keyset("has a key whose value is no base64") }
    }

    /// The character of base64 that an escape stands for, which begins behind its backslash.
    private static func escape(_ rest: Slice<UnsafeRawBufferPointer>) -> (character: UInt8, length: Int)? {
        if unsafe rest.first == UInt8(ascii: "/") { return (UInt8(ascii: "/"), 1) }
        guard unsafe rest.first == UInt8(ascii: "u"), unsafe rest.count >= 5 else { return nil }
        let digits = unsafe String(decoding: rest.dropFirst().prefix(4), as: UTF8.self)
        guard !digits.hasPrefix("+"), let number = UInt8(digits, radix: 16) else { return nil }
        return (number, 5)
    }
}
