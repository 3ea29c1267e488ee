public import CofferCrypto

/// Files of age, version 1 (C2SP age-encryption.org/v1): keys of X25519, of X-Wing, and passphrases.
///
/// Whoever may decrypt a file could also have made it, and so could anybody who knows a recipient. Names of recipients do
/// not stand in a file; how many there are, and of which kind, does.
public struct Age: MessageFormat {
    /// `age`.
    public static let name = "age"
    /// Longer headers are refused before any key is tried.
    public static let maximumHeaderByteCount = 2 << 20
    /// A header with more stanzas is refused.
    public static let maximumStanzas = 1024

    /// Who can open what is sealed.
    public var recipients: [Recipient]
    /// What is tried to open a file.
    public var identities: [Identity]
    /// Whether what is sealed is text: base64 between two lines.
    public var isArmored = false
    private let randomness: Randomness

    /// The format with these keys.
    public init(recipients: [Recipient] = [], identities: [Identity] = [], randomness: Randomness = .system) {
        self.recipients = recipients
        self.identities = identities
        self.randomness = randomness
    }

    /// Whether it begins like a file of age, of any version, or like armor of one.
    public static func mayBegin(with start: [UInt8]) -> Bool {
        start.starts(with: AgeHeader.mark) || AgeArmor.mayBegin(with: start)
    }

    /// What a file says of itself: the kinds of its recipients, and by its length how much it holds. Armor is read whole.
    public static func describe(_ source: any MessageSource) async throws -> MessageDescription {
        try await offloaded {
            let (input, isArmored) = try AgeArmor.input(MessageInput(source))
            let header = try AgeHeader.read(input)
            var found = MessageDescription(format: name)
            found.formatVersion = 1
            found.algorithms = "ChaCha20-Poly1305" + (isArmored ? ", in armor" : "")
            found.recipients = header.stanzas.map { .init(provider: name, key: $0.kind) }
            found.frameLength = AgePayload.chunkLength
            found.isWhole = false
            let headerLength = input.offset
            do {
                var length = 0
                if !isArmored, let seekable = source as? any SeekableMessageSource {
                    length = try seekable.byteCount - headerLength
                    found.byteCount = try seekable.byteCount
                } else {
                    let buffer = ByteBuffer(capacity: 1 << 16)
                    repeat {
                        buffer.count = 0
                        try buffer.fill(from: input, upTo: buffer.capacity)
                        length += buffer.count
                    } while buffer.count > 0
                    found.byteCount = headerLength + length
                }
                if let (chunks, count) = AgePayload.layout(ofByteCount: length) {
                    (found.frames, found.plaintextByteCount, found.isWhole) = (chunks, count, true)
                }
            } catch is MessageError {
                // The armor ends early: what is known of the file is said all the same.
            }
            return found
        }
    }

    /// One file of all of `plaintext`, for every recipient.
    public func seal(_ plaintext: any MessageSource, into message: any MessageSink) async throws {
        try checkRecipients()
        try await offloaded { [recipients, isArmored, randomness] in
            let fileKey = randomness.secret(count: AgeHeader.fileKeyByteCount)
            let stanzas = try recipients.map { try $0.wrap(fileKey, randomness) }
            let nonce = randomness.bytes(AgePayload.nonceByteCount)
            let payload = try AgePayload(fileKey: fileKey, nonce: nonce)
            let start = try AgeHeader(stanzas: stanzas).bytes(fileKey) + nonce
            let output: any MessageSink = isArmored ? AgeArmor.Sink(message) : message
            try output.begin(.asWritten)
            try output.write(start)
            try payload.seal(plaintext, into: output)
            try output.finish()
        }
    }

    /// Opens one file, in armor or not. Chunks are released one by one as they verify.
    public func open(_ message: any MessageSource, into plaintext: any MessageSink) async throws {
        try await offloaded { [identities] in
            let (input, _) = try AgeArmor.input(MessageInput(message))
            let header = try AgeHeader.read(input)
            let fileKey = try header.fileKey(identities)
            guard let nonce = try input.take(AgePayload.nonceByteCount) else { throw MessageError.notAuthentic }
            let payload = try AgePayload(fileKey: fileKey, nonce: nonce)
            try plaintext.begin(.asWritten)
            try payload.open(input, into: plaintext)
            try plaintext.finish()
        }
    }

    /// A passphrase stands alone, so that who knows it also knows who made the file; and a recipient that quantum
    /// computers can't break is no use beside one that they can.
    private func checkRecipients() throws(MessageError) {
        guard !recipients.isEmpty else {
            throw MessageError(
                .invalidArgument, "an age file is encrypted for at least one recipient", hint: "-k age:age1…")
        }
        guard recipients.count == 1 || !recipients.contains(where: \.isPassphrase) else {
            throw MessageError(.invalidArgument, "an age file with a passphrase has no other recipient")
        }
        guard Set(recipients.map(\.isHybrid)).count == 1 else {
            throw MessageError(
                .invalidArgument, "recipients of age1pq… and of age1… can't share a file",
                hint: "one that quantum computers can open is no safer for the other")
        }
        guard recipients.count <= Self.maximumStanzas else {
            throw MessageError(
                .invalidArgument, "\(recipients.count) recipients are more than the \(Self.maximumStanzas) of a file")
        }
    }
}
