public import CofferCrypto

/// What Tink makes of a message under a keyset. Streaming AEAD takes any length; the other keysets hold a message in memory,
/// at most 256 MiB of it.
///
/// No keyset of Tink commits to its keys, and whoever can open a message could have made it.
public struct Tink: MessageFormat {
    /// `tink`.
    public static let name = "tink"
    /// The longest plaintext that is held in memory.
    public static let maximumByteCount = 256 << 20

    /// What seals and opens.
    public let keyset: TinkKeyset
    /// What messages are bound to; it does not stand in them.
    public let associatedData: [UInt8]
    private let randomness: Randomness

    /// Messages of a keyset, bound to `associatedData`.
    public init(_ keyset: TinkKeyset, associatedData: [UInt8] = [], randomness: Randomness = .system) {
        (self.keyset, self.associatedData, self.randomness) = (keyset, associatedData, randomness)
    }

    /// Keys without a prefix and streams begin with anything: only the keyset says what is a message of Tink.
    public static func mayBegin(with start: [UInt8]) -> Bool { !start.isEmpty }

    /// The key that the message names, if it is one of Tink: nothing shows that it is.
    public static func describe(_ source: any MessageSource) async throws -> MessageDescription {
        try await offloaded {
            let start = try MessageInput(source).peek(5)
            guard start.count == 5, start[0] <= 1 else {
                throw MessageError(.malformed, "the input begins with no prefix of a key of Tink")
            }
            var found = MessageDescription(format: name)
            found.recipients = [.init(provider: name, key: "\(UInt32(bigEndian: start.dropFirst()))")]
            found.byteCount = try (source as? any SeekableMessageSource)?.byteCount
            return found
        }
    }

    /// Makes one message of all of `plaintext`, under the primary key.
    public func seal(_ plaintext: any MessageSource, into message: any MessageSink) async throws {
        guard keyset.purpose != .mac else { throw keyset.misuse("seals nothing") }
        let input = MessageInput(plaintext)
        if let stream = keyset.streams.first?.stream {
            let header = stream.header(randomness)
            guard let cipher = try stream.cipher(header: header, associatedData: associatedData) else {
                throw TinkKeyType.invalid
            }
            return try await offloaded {
                try message.begin(.asWritten)
                try message.write(header)
                try cipher.seal(input, into: message)
                try message.finish()
            }
        }
        let bytes = try await offloaded { try Self.all(of: plaintext) }
        let sealed = try await keyset.seal(bytes, associatedData: associatedData, randomness: randomness)
        try await offloaded {
            try message.begin(.asWritten)
            try message.write(sealed)
            try message.finish()
        }
    }

    /// Opens one message. That of a streaming keyset is released segment by segment; another when all of it is verified.
    public func open(_ message: any MessageSource, into plaintext: any MessageSink) async throws {
        guard keyset.purpose != .mac else { throw keyset.misuse("opens nothing") }
        let input = MessageInput(message)
        if keyset.purpose == .streamingAEAD {
            return try await offloaded {
                guard let found = try self.found(in: input) else { throw TinkKeyset.notAuthentic }
                _ = try input.take(found.cipher.headerByteCount)
                try plaintext.begin(.asWritten)
                try found.cipher.open(input, into: plaintext)
                try plaintext.finish()
            }
        }
        let bytes = try await offloaded { try Self.all(of: message, overhead: 8192) }
        let opened = SharedSecret(try await keyset.unseal(bytes, associatedData))
        try await offloaded {
            try plaintext.begin(.asWritten)
            try opened.secret.withBytes { if $0.byteCount > 0 { try plaintext.write($0) } }
            try plaintext.finish()
        }
    }

    /// The key that made a message in segments, by its first segment, and what opens it. Nothing is taken from `input`.
    func found(in input: MessageInput) throws -> (id: UInt32, cipher: TinkSegmentCipher)? {
        for (info, stream) in keyset.streams {
            let header = try input.peek(stream.headerByteCount)
            guard let cipher = try stream.cipher(header: header, associatedData: associatedData),
                try cipher.opensFirst(input.peek(stream.segmentByteCount + 1))
            else { continue }
            return (info.id, cipher)
        }
        return nil
    }

    private static func all(of source: any MessageSource, overhead: Int = 0) throws -> [UInt8] {
        try source.whole(
            "a message of this keyset", limit: maximumByteCount + overhead,
            hint: "a keyset of streaming AEAD takes files of any length: AES256_GCM_HKDF_1MB is a template")
    }
}
