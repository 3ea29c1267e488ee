import CofferCrypto

extension AWSEncryptionSDK {
    /// Messages of this format under the newest version of their keys, or under other keys.
    ///
    /// A message is made anew under a new data key. Only where its body may stay as it is, under another header, is that
    /// done: an unsigned one of version 1, whose header has a nonce of its own. In version 2 that nonce is always zero,
    /// and two header tags under one key give away what both are made with.
    public struct Rewrap: Rewrapping {
        /// How messages are opened.
        public var format: AWSEncryptionSDK
        /// For whom they are from now on; nobody: for whom they are now.
        public var targets: [any MessageKey]
        /// Whether unsigned messages of version 1 stay what they are, with a new header. Otherwise they get key commitment.
        public var keepsVersion1 = false

        /// What `format` opens comes under `targets`.
        public init(_ format: AWSEncryptionSDK, to targets: [any MessageKey] = []) {
            self.format = format
            self.targets = targets
        }

        /// What there is to do. The header is read and not verified: that takes a key.
        public func plan(_ message: any SeekableMessageSource) async throws -> RewrapPlan {
            let (limit, format, keepsVersion1) = (format.maximumKeys, format, keepsVersion1)
            let parsed = try await offloaded {
                try message.seek(to: 0)
                return try MessageHeader.read(MessageInput(message), maximumKeys: limit)
            }
            let header = parsed.header
            let found = header.keys.map(\.recipient)
            let required = try format.requiredContext(for: header.context)
            let all = try header.context.merging(required)
            let recipients = targets.isEmpty ? try await owners(header.keys) : targets
            if try await isCurrent(header.keys, recipients, context: all) {
                return RewrapPlan(.none, recipients: found)
            }
            if keepsVersion1, header.suite.formatVersion == 1, !header.suite.isSigned {
                return RewrapPlan(.header, recipients: found) { sink in
                    try await format.replaceHeader(of: message, recipients, into: sink)
                }
            }
            var new = AWSEncryptionSDK(
                keys: recipients, context: header.context.withoutPublicKey, requiredContext: required,
                randomness: format.randomness)
            new.suite = header.suite.isSigned ? .committingSigned : .committing
            if Self.frameLengths.contains(header.frameLength) { new.frameLength = header.frameLength }
            new.maximumKeys = format.maximumKeys
            return RewrapPlan(.reencryption, recipients: found) { [new] sink in
                try message.seek(to: 0)
                try await format.reseal(message, by: new, into: sink)
            }
        }

        private static let frameLengths = AWSEncryptionSDK.frameLengths

        /// For whom a message is now, of those whose keys are at hand. It must be all: nobody is left out unasked.
        private func owners(_ keys: [EncryptedDataKey]) async throws -> [any MessageKey] {
            var owners: [any MessageKey] = []
            var stranger: EncryptedDataKey?
            for key in keys {
                if let owner = try await owner(of: key) { owners.append(owner) } else { stranger = stranger ?? key }
            }
            guard let stranger = stranger?.recipient else { return owners }
            let name = "\(stranger.provider) \(stranger.key)"
            guard !owners.isEmpty else {
                throw MessageError(
                    .noKey, "none of the keys given opens the message, which was encrypted for \(name)",
                    hint: "name the key with --key")
            }
            throw MessageError(
                .noKey, "the message is also encrypted for \(name), which would no longer open it",
                hint: "name that key with --key too, or say with --to for whom the message is to be from now on")
        }

        private func owner(of key: EncryptedDataKey) async throws -> (any MessageKey)? {
            for own in format.keys {
                if let owner = try await own.owner(of: key) { return owner }
            }
            return nil
        }

        /// Whether the encrypted keys are those of `recipients`, one each, and each as new as it can be.
        private func isCurrent(
            _ keys: [EncryptedDataKey], _ recipients: [any MessageKey], context: EncryptionContext
        ) async throws -> Bool {
            guard keys.count == recipients.count else { return false }
            var rest = keys
            for recipient in recipients {
                var own: Int?
                for (i, key) in rest.enumerated() where own == nil {
                    if try await recipient.owner(of: key) != nil { own = i }
                }
                guard let own, try await recipient.isCurrent(rest[own], context: context) else { return false }
                rest.remove(at: own)
            }
            return true
        }
    }

    /// Copies the message with another header: the same data key, wrapped for `recipients`.
    private func replaceHeader(
        of message: any SeekableMessageSource, _ recipients: [any MessageKey], into sink: any MessageSink
    ) async throws {
        try await offloaded { try message.seek(to: 0) }
        let opened = try await unlock(MessageInput(message))
        let old = opened.parsed.header
        precondition(old.suite.formatVersion == 1 && !old.suite.isSigned, "a header is replaced where that is safe")
        let all = try old.context.merging(opened.required)
        var keys: [EncryptedDataKey] = []
        for recipient in recipients { keys.append(try await recipient.wrap(opened.dataKey, context: all)) }
        let header = MessageHeader(
            suite: old.suite, messageID: old.messageID, context: old.context, keys: keys, frameLength: old.frameLength,
            commitment: old.commitment)
        let body = try header.body()
        // Away from the nonces of frames, which are their numbers, and from the header's that was here before.
        var nonce = randomness.bytes(AEAD.nonceByteCount)
        nonce[0] |= 0x80
        let tag = try opened.aead.tag(nonce: nonce, additionalData: body + opened.required.messageBytes())
        let start = MessageHeader.Parsed(header: header, body: body, nonce: nonce, tag: tag).bytes
        let oldLength = opened.parsed.bytes.count
        try await offloaded {
            try sink.begin(.asWritten)
            try sink.write(start)
            try message.seek(to: oldLength)
            let buffer = ByteBuffer(capacity: FrameBatch.byteCount)
            repeat {
                buffer.count = 0
                try buffer.fill(from: message, upTo: buffer.capacity)
                try sink.write(buffer)
            } while buffer.count == buffer.capacity
            try sink.finish()
        }
    }
}

extension EncryptionContext {
    /// The pairs that the message's writer gave.
    fileprivate var withoutPublicKey: EncryptionContext {
        EncryptionContext(pairs.filter { $0.key != Self.publicKeyName })
    }
}
