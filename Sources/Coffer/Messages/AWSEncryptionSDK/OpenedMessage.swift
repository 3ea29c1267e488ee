import CofferCrypto

/// A message whose header has been verified, and how to go on.
final class OpenedMessage: Sendable {
    let parsed: MessageHeader.Parsed
    /// What the message is bound to and does not carry.
    let required: EncryptionContext
    let aead: AEAD
    let dataKey: SecretBytes
    private let key: SecretBytes

    init(
        _ parsed: MessageHeader.Parsed, required: EncryptionContext, aead: AEAD, key: consuming SecretBytes,
        dataKey: consuming SecretBytes
    ) {
        self.parsed = parsed
        self.required = required
        self.aead = aead
        self.key = key
        self.dataKey = dataKey
    }

    private var header: MessageHeader { parsed.header }
    /// Whether a frame fits in memory some times over.
    private var hasSmallFrames: Bool { header.isFramed && header.frameLength <= FrameBatch.longestFrame }
    /// Whether parts may be seen before the end has been verified.
    var releasesEarly: Bool { hasSmallFrames && !header.suite.isSigned }

    var cipher: FrameCipher { FrameCipher(aead, messageID: header.messageID, frameLength: header.frameLength) }

    /// Reads all that follows the header, signature included.
    func body(_ input: MessageInput, into plaintext: any MessageSink) throws {
        let hash = header.suite.signing.map { SignatureHash($0) }
        hash?.update(parsed.bytes)
        if hasSmallFrames {
            try frames(input, into: plaintext, hash)
        } else {
            try parts(input, into: plaintext, hash)
        }
        if let hash, !(try Self.signatureHolds(input, hash, header.context)) { throw MessageError.notAuthentic }
    }

    /// Reads a signature and says whether it holds.
    static func signatureHolds(_ input: MessageInput, _ hash: SignatureHash, _ context: EncryptionContext) throws
        -> Bool
    {
        guard let point = context.messagePublicKey, let count = try input.take(2),
            let signature = try input.take(Int(bigEndian: count))
        else { return false }
        guard let key = try? PublicKey(hash.signing.kind, point: point) else { return false }
        return try key.isValid(signature, of: hash.finish(), isDigest: true, hash.signing.scheme)
    }

    private func frames(_ input: MessageInput, into plaintext: any MessageSink, _ hash: SignatureHash?) throws {
        let (cipher, length) = (cipher, header.frameLength)
        var reader = FrameReader(input, frameLength: length)
        try OrderedWork.run(workers: FrameBatch.workers(for: length)) {
            FrameBatch(opening: length)
        } read: { batch in
            guard try reader.read(batch) else { return false }
            hash?.update(batch.input)
            return true
        } work: { batch in
            try cipher.open(batch)
        } write: { batch in
            try plaintext.write(batch.output)
        }
    }

    /// One block, or frames that are too long to be held in memory: opened part by part, verified at their end.
    private func parts(_ input: MessageInput, into plaintext: any MessageSink, _ hash: SignatureHash?) throws {
        func take(_ count: Int) throws -> [UInt8] {
            guard let bytes = try input.take(count) else { throw MessageError.notAuthentic }
            hash?.update(bytes)
            return bytes
        }
        func part(_ kind: String, _ number: UInt32, nonce: [UInt8], count: Int) throws {
            let data = FrameCipher.additionalData(header.messageID, kind, number: number, count: count)
            var reader = unsafe try GCMReader(key: key, nonce: nonce.span.bytes, additionalData: data.span.bytes)
            let (sealed, opened) = (
                ByteBuffer(capacity: FrameBatch.byteCount), ByteBuffer(capacity: FrameBatch.byteCount)
            )
            var rest = count
            while rest > 0 {
                sealed.count = 0
                try sealed.fill(from: input, upTo: min(rest, sealed.capacity))
                guard sealed.count == min(rest, sealed.capacity) else { throw MessageError.notAuthentic }
                hash?.update(sealed)
                try opened.open(sealed, with: &reader)
                try plaintext.write(opened)
                rest -= sealed.count
            }
            let tag = try take(AEAD.tagByteCount)
            guard unsafe reader.isAuthentic(tag: tag.span.bytes) else { throw MessageError.notAuthentic }
        }
        guard header.isFramed else {
            let (nonce, count) = (try take(12), UInt64(bigEndian: try take(8)))
            guard count <= 1 << 36 - 32 else { throw MessageError.notAuthentic }
            return try part("Single Block", 1, nonce: nonce, count: Int(count))
        }
        for number in 1...UInt32.max {
            let mark = UInt32(bigEndian: try take(4))
            guard mark == FrameCipher.lastMark else {
                guard mark == number else { throw MessageError.notAuthentic }
                try part("Frame", number, nonce: take(12), count: header.frameLength)
                continue
            }
            guard UInt32(bigEndian: try take(4)) == number else { throw MessageError.notAuthentic }
            let (nonce, count) = (try take(12), Int(bigEndian: try take(4)))
            guard count <= header.frameLength else { throw MessageError.notAuthentic }
            return try part("Final Frame", number, nonce: nonce, count: count)
        }
        throw MessageError.notAuthentic
    }
}

extension ByteBuffer {
    /// Takes the plaintext of `sealed`, unverified.
    fileprivate func open(_ sealed: ByteBuffer, with reader: inout GCMReader) throws(CryptoError) {
        let free = unsafe UnsafeMutableRawBufferPointer(start: start, count: capacity)
        var output = unsafe OutputRawSpan(buffer: free, initializedCount: 0)
        unsafe try reader.read(sealed.bytes.bytes, into: &output)
        count = unsafe output.finalize(for: free)
    }
}
