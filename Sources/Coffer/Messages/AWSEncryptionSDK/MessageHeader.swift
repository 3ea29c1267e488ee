/// The header of a message in the AWS Encryption SDK format, versions 1 and 2.
struct MessageHeader {
    let suite: AlgorithmSuite
    let messageID: [UInt8]
    /// The pairs that stand in the header.
    let context: EncryptionContext
    let keys: [EncryptedDataKey]
    /// Bytes of a frame; 0 where the body is one block.
    let frameLength: Int
    /// What the message commits to; empty in version 1.
    let commitment: [UInt8]

    var isFramed: Bool { frameLength > 0 }

    /// All that the header's tag covers.
    func body() throws(MessageError) -> [UInt8] {
        let contextBytes = try context.messageBytes()
        var bytes = [suite.formatVersion]
        if suite.formatVersion == 1 { bytes.append(0x80) }
        bytes += suite.idBytes + messageID
        bytes += UInt16(contextBytes.count).bigEndianBytes + contextBytes
        bytes += UInt16(keys.count).bigEndianBytes
        for key in keys { bytes += try key.messageBytes() }
        bytes.append(isFramed ? 2 : 1)
        if suite.formatVersion == 1 { bytes += [0, 0, 0, 0, 12] }
        return bytes + UInt32(frameLength).bigEndianBytes + commitment
    }
}

extension MessageHeader {
    /// A header as it was read, with what makes it authentic.
    struct Parsed {
        let header: MessageHeader
        /// The bytes that the tag covers, as they stood in the message.
        let body: [UInt8]
        let nonce: [UInt8]
        let tag: [UInt8]

        /// The whole header as it stood in the message.
        var bytes: [UInt8] { body + (header.suite.formatVersion == 1 ? nonce : []) + tag }
    }

    /// Reads a header. `maximumKeys` bounds what a hostile one can cost.
    static func read(_ input: MessageInput, maximumKeys: Int) throws -> Parsed {
        try refuseBase64(try input.peek(4))
        input.startRecording()
        defer { input.stopRecording() }
        func take(_ count: Int) throws -> [UInt8] {
            guard let bytes = try input.take(count) else { throw malformed }
            return bytes
        }
        func field() throws -> [UInt8] { try take(Int(bigEndian: take(2))) }

        let version = try take(1)[0]
        guard version == 1 || version == 2 else { throw malformed }
        if version == 1 { guard try take(1) == [0x80] else { throw malformed } }
        guard let suite = AlgorithmSuite(id: UInt16(bigEndian: try take(2))), suite.formatVersion == version else {
            throw malformed
        }
        let messageID = try take(suite.messageIDByteCount)
        guard let context = EncryptionContext(messageBytes: try field()) else { throw malformed }
        let keyCount = Int(bigEndian: try take(2))
        guard keyCount > 0 else { throw malformed }
        guard keyCount <= maximumKeys else {
            throw MessageError(
                .notAllowed, "the message has \(keyCount) encrypted data keys, more than the \(maximumKeys) allowed",
                hint: "--max-keys raises the limit")
        }
        var keys: [EncryptedDataKey] = []
        for _ in 0..<keyCount {
            guard let provider = String(validating: try field(), as: UTF8.self) else { throw malformed }
            keys.append(EncryptedDataKey(provider: provider, information: try field(), ciphertext: try field()))
        }
        let contentType = try take(1)[0]
        if version == 1 { guard try take(5) == [0, 0, 0, 0, 12] else { throw malformed } }
        let frameLength = Int(bigEndian: try take(4))
        guard contentType == 2 ? frameLength > 0 : contentType == 1 && frameLength == 0 else { throw malformed }
        let commitment = version == 2 ? try take(32) : []
        let body = input.recorded
        let nonce = version == 1 ? try take(12) : [UInt8](repeating: 0, count: 12)
        return Parsed(
            header: MessageHeader(
                suite: suite, messageID: messageID, context: context, keys: keys, frameLength: frameLength,
                commitment: commitment),
            body: body, nonce: nonce, tag: try take(16))
    }

    static var malformed: MessageError {
        MessageError(
            .malformed, "the input is no whole message of the AWS Encryption SDK format",
            hint: "coffer inspect says what a file is")
    }

    /// "AY" and "Ag" are how a message begins in base64.
    private static func refuseBase64(_ start: [UInt8]) throws(MessageError) {
        guard start.starts(with: Array("AYA".utf8)) || start == Array("AgR4".utf8) || start == Array("AgV4".utf8) else {
            return
        }
        throw MessageError(
            .malformed, "the input is a message in base64, and must be decoded first",
            hint: "base64 -d FILE | coffer decrypt -")
    }
}
