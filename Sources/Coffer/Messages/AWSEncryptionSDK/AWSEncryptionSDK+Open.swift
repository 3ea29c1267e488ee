import CofferCrypto

extension AWSEncryptionSDK {
    /// Opens one message, which must end where `message` does.
    ///
    /// An unsigned message is released frame by frame, a signed one and one without frames when all of it is verified.
    public func open(_ message: any MessageSource, into plaintext: any MessageSink) async throws {
        let input = MessageInput(message)
        let opened = try await unlock(input)
        try await offloaded {
            try plaintext.begin(opened.releasesEarly ? .asWritten : .whenFinished)
            try opened.body(input, into: plaintext)
            guard try input.isAtEnd() else { throw Self.trailingBytes }
            try plaintext.finish()
        }
    }

    static var trailingBytes: MessageError {
        MessageError(.notAuthentic, "bytes follow the end of the message")
    }

    /// Reads the header, finds the data key and verifies the header with it.
    func unlock(_ input: MessageInput) async throws -> OpenedMessage {
        let limit = maximumKeys
        let parsed = try await offloaded { try MessageHeader.read(input, maximumKeys: limit) }
        let header = parsed.header
        try commitment.checkOpening(header.suite)
        guard !unsignedOnly || !header.suite.isSigned else {
            throw MessageError(
                .notAllowed, "the message is signed, and only unsigned ones are to be opened",
                hint: "without --unsigned-only its bytes are released when all of it is verified")
        }
        // A signed message without a key, or an unsigned one with a key, is half of a message that was signed.
        guard header.suite.isSigned == (header.context.pairs[EncryptionContext.publicKeyName] != nil) else {
            throw MessageError.notAuthentic
        }
        let required = try requiredContext(for: header.context)
        let all = try header.context.merging(required)
        let dataKey = try await dataKey(of: header, context: all, isContextGiven: !required.pairs.isEmpty)
        let content = try ContentKey.of(header.suite, dataKey: dataKey, messageID: header.messageID)
        let commits = unsafe constantTimeEqual(content.commitment.span.bytes, header.commitment.span.bytes)
        guard commits else { throw MessageError.notAuthentic }
        let aead = try AEAD(header.suite.cipher, key: content.key)
        let tag = try aead.tag(nonce: parsed.nonce, additionalData: parsed.body + required.messageBytes())
        let isAuthentic = unsafe constantTimeEqual(tag.span.bytes, parsed.tag.span.bytes)
        guard isAuthentic else { throw MessageError.notAuthentic }
        return OpenedMessage(
            parsed, required: required, aead: aead, key: content.key.copy(), dataKey: dataKey)
    }

    /// Those of the pairs that are demanded which do not stand in the message: it must have been bound to them unseen.
    func requiredContext(for stored: EncryptionContext) throws(MessageError) -> EncryptionContext {
        let demanded = try context.merging(requiredContext)
        for (name, value) in demanded.pairs {
            guard let known = stored.pairs[name] else { continue }
            guard known.utf8.elementsEqual(value.utf8) else {
                throw MessageError(
                    .wrongContext, "the message's encryption context has another “\(name)” than the one demanded",
                    hint: "coffer inspect shows the message's context")
            }
        }
        return EncryptionContext(demanded.pairs.filter { stored.pairs[$0.key] == nil })
    }

    private func dataKey(
        of header: MessageHeader, context: EncryptionContext, isContextGiven: Bool
    ) async throws -> SecretBytes {
        var obstacle: (any Error)?
        for encrypted in header.keys {
            for key in keys {
                do {
                    if let found = try await key.unwrap(encrypted, context: context),
                        found.count == header.suite.keyByteCount
                    {
                        return found
                    }
                } catch let error as CancellationError {
                    throw error
                } catch {
                    obstacle = obstacle ?? error
                }
            }
        }
        if let obstacle { throw obstacle }
        let names = header.keys.prefix(3).map { "\($0.recipient.provider) \($0.recipient.key)" }
        let more = header.keys.count > 3 ? " and \(header.keys.count - 3) more" : ""
        throw MessageError(
            .noKey,
            "none of the keys given opens the message, which was encrypted for \(names.joined(separator: ", "))"
                + more,
            hint: isContextGiven
                ? "is it bound to other names and values than those given with -c?"
                : "name the key with -k; a message bound to context that it does not carry needs that too, with -c")
    }
}
