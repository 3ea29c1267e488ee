import CofferCrypto

extension AWSEncryptionSDK {
    /// Makes one message of all of `plaintext`, for every key. One call for a data key, and one more for each further key.
    public func seal(_ plaintext: any MessageSource, into message: any MessageSink) async throws {
        let suite = suite ?? commitment.suite(isSigned: false)
        try check(suite)
        let signer = suite.signing.map { KeyPair.generate($0.kind) }
        var stored = context
        if let point = signer?.publicKey.compressedPoint {
            stored = try stored.merging([EncryptionContext.publicKeyName: Base64.encode(point)])
        }
        let all = try stored.merging(requiredContext)
        _ = try all.messageBytes()

        // Without derivation the data key itself is the cipher's key: another message would repeat its nonces.
        let mayShare = suite.derivation != .identity
        let new = try await DataKeyUse.$byteCount.withValue(mayShare ? plaintext.knownByteCount : nil) {
            FirstKey(try await keys[0].generate(byteCount: suite.keyByteCount, context: all))
        }
        var encrypted = [new.key.encrypted]
        for key in keys.dropFirst() { encrypted.append(try await key.wrap(new.key.plaintext, context: all)) }

        let messageID = randomness.bytes(suite.messageIDByteCount)
        let content = try ContentKey.of(suite, dataKey: new.key.plaintext, messageID: messageID)
        let header = MessageHeader(
            suite: suite, messageID: messageID, context: stored, keys: encrypted, frameLength: frameLength,
            commitment: content.commitment)
        let aead = try AEAD(suite.cipher, key: content.key)
        let body = try header.body()
        let nonce = [UInt8](repeating: 0, count: 12)
        let tag = try aead.tag(nonce: nonce, additionalData: body + requiredContext.messageBytes())
        let start = MessageHeader.Parsed(header: header, body: body, nonce: nonce, tag: tag).bytes
        let cipher = FrameCipher(aead, messageID: messageID, frameLength: frameLength)
        try await offloaded {
            try message.begin(.asWritten)
            try Self.write(
                start, cipher, plaintext, into: message, signer.flatMap { signer in suite.signing.map { ($0, signer) } }
            )
            try message.finish()
        }
    }

    private func check(_ suite: AlgorithmSuite) throws(MessageError) {
        try commitment.checkSealing(suite)
        try context.checkNames()
        try requiredContext.checkNames()
        guard !keys.isEmpty else {
            throw MessageError(
                .invalidArgument, "a message is encrypted for at least one key", hint: "name one with -k")
        }
        guard keys.count <= maximumKeys else {
            throw MessageError(
                .invalidArgument, "\(keys.count) keys are more than the \(maximumKeys) that readers take",
                hint: "--max-keys raises the limit")
        }
        guard Self.frameLengths.contains(frameLength) else {
            throw MessageError(
                .invalidArgument, "a frame has 1 to \(Self.frameLengths.upperBound) bytes, not \(frameLength)")
        }
        for name in requiredContext.pairs.keys where context.pairs[name] != nil {
            throw MessageError(.invalidArgument, "“\(name)” is in the encryption context twice")
        }
    }

    private static func write(
        _ start: [UInt8], _ cipher: FrameCipher, _ plaintext: any MessageSource, into message: any MessageSink,
        _ signer: (AlgorithmSuite.Signing, KeyPair)?
    ) throws {
        let hash = signer.map { SignatureHash($0.0) }
        hash?.update(start)
        try message.write(start)
        let length = cipher.frameLength
        var next = 1
        var hasEnded = false
        try OrderedWork.run(workers: FrameBatch.workers(for: length)) {
            FrameBatch(sealing: length)
        } read: { batch in
            guard !hasEnded else { return false }
            let wanted = FrameBatch.frames(of: length) * length
            batch.input.count = 0
            try batch.input.fill(from: plaintext, upTo: wanted)
            batch.firstNumber = next
            batch.frames = batch.input.count / length
            hasEnded = batch.input.count < wanted
            // Where the frames come out even, the last one is empty: every reader takes that.
            batch.lastCount = hasEnded ? batch.input.count % length : nil
            next += batch.frames + (hasEnded ? 1 : 0)
            guard next <= Int(UInt32.max) else {
                throw MessageError(
                    .tooLong, "the input has more frames than a message can have", hint: "--frame-length raises it")
            }
            return true
        } work: { batch in
            try cipher.seal(batch)
        } write: { batch in
            hash?.update(batch.output)
            try message.write(batch.output)
        }
        if let hash, let (signing, key) = signer {
            let signature = try key.sign(hash.finish(), isDigest: true, signing.scheme)
            try message.write(UInt16(signature.count).bigEndianBytes + signature)
        }
    }
}

/// A message's data key, which closures may give back.
private final class FirstKey: Sendable {
    let key: NewMessageKey
    init(_ key: consuming NewMessageKey) { self.key = key }
}
