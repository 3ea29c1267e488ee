public import Coffer
public import CofferCrypto

/// The key service of AWS, or any that speaks like it, `coffer serve` for one. Keys are named `aws-kms://…`.
///
/// Keys never leave the service; a data key comes over TLS and is wiped here as far as it can be: the buffers of TLS and
/// of the network may hold copies for a while. Wrapped keys have no version of their own, since AWS finds the material by
/// itself: the version is always 1.
public final class AWSKMS: KeyManagementService {
    /// What key URIs begin with.
    public static let scheme = "aws-kms"
    /// The longest ciphertext AWS takes.
    static let maximumCiphertext = 6144

    let settings: AWSSettings
    let transport: any AWSTransport
    let clock: AWSClock
    let randomness: Randomness
    let signingKeys = SigningKeys(capacity: 16)

    /// A client over the network.
    public convenience init(_ settings: AWSSettings) throws(ConfigurationError) {
        self.init(
            settings, transport: try HTTPTransport(authority: settings.certificateAuthority), clock: .system,
            randomness: .system)
    }

    /// A client with its surroundings passed in.
    package init(_ settings: AWSSettings, transport: any AWSTransport, clock: AWSClock, randomness: Randomness) {
        self.settings = settings
        self.transport = transport
        self.clock = clock
        self.randomness = randomness
    }

    /// A fresh data key of `byteCount` bytes (16…64) under `key`.
    public func generateDataKey(
        under key: KeyID, byteCount: Int, context: EncryptionContext
    ) async throws -> DataKey {
        guard (16...64).contains(byteCount) else {
            throw KeyError(.invalidArgument, "a data key has 16 to 64 bytes")
        }
        let name = try AWSKeyName(key)
        let body = JSON.members(
            ("KeyId", .string(name.id)), ("NumberOfBytes", .integer(byteCount)), ("EncryptionContext", member(context)))
        var answer = try await call("GenerateDataKey", key, name, body.bytes)
        let parsed = try SecretAnswer(&answer, secret: "Plaintext")
        let wrapped = try wrappedKey(parsed.rest, key, name)
        guard let secret = parsed.take(), secret.count == byteCount else { throw Self.strange }
        return DataKey(plaintext: secret, wrapped: wrapped)
    }

    /// `plaintext` (1…4096 bytes) under `key`.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        guard (1...4096).contains(plaintext.count) else {
            throw KeyError(.invalidArgument, "what is wrapped has 1 to 4096 bytes")
        }
        let name = try AWSKeyName(key)
        let head = JSON.members(("KeyId", .string(name.id)), ("EncryptionContext", member(context))).bytes
        var body = [UInt8](byteCapacity: head.count + 16 + Base64.encodedCount(plaintext.count)) { output in
            for byte in head.dropLast() { output.append(byte) }
            for byte in ",\"Plaintext\":\"".utf8 { output.append(byte) }
            plaintext.withBytes { Base64.encode($0, into: &output) }
            for byte in "\"}".utf8 { output.append(byte) }
        }
        defer { body.wipe() }
        return try wrappedKey(JSON(parsing: try await call("Encrypt", key, name, body)), key, name)
    }

    /// The key inside `wrapped`.
    public func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        let name = try AWSKeyName(wrapped.key)
        let failure = KeyError(.notAuthentic, "the wrapped key does not open with \(wrapped.key) and this context")
        guard wrapped.version == 1, (1...Self.maximumCiphertext).contains(wrapped.bytes.count) else { throw failure }
        let answer = try await decrypt(wrapped, name, context)
        guard let secret = answer.take() else { throw Self.strange }
        return secret
    }

    /// HMAC-SHA-256 of `message` (at most 4096 bytes) under a MAC key.
    public func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        guard message.count <= 4096 else {
            throw KeyError(.invalidArgument, "the message of a MAC has at most 4096 bytes")
        }
        let name = try AWSKeyName(key)
        let body = JSON.members(
            ("KeyId", .string(name.id)), ("Message", .string(Base64.encode(message))), ("MacAlgorithm", "HMAC_SHA_256"))
        var answer = try await call("GenerateMac", key, name, body.bytes)
        let parsed = try SecretAnswer(&answer, secret: "Mac")
        guard let mac = parsed.take(), mac.count == 32 else { throw Self.strange }
        return mac
    }

    /// Whether `wrapped` is under the material that the key wraps with now. Where the service does not say which material
    /// that is, it counts as older: wrapping anew does no harm.
    public func isCurrent(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> Bool {
        guard let current = try await metadata(of: wrapped.key)["CurrentKeyMaterialId"]?.string else { return false }
        let answer = try await decrypt(wrapped, try AWSKeyName(wrapped.key), context)
        return answer.rest["KeyMaterialId"]?.string == current
    }

    private func decrypt(
        _ wrapped: WrappedKey, _ name: AWSKeyName, _ context: EncryptionContext
    ) async throws -> SecretAnswer {
        let body = JSON.members(
            ("CiphertextBlob", .string(Base64.encode(wrapped.bytes))), ("KeyId", .string(name.id)),
            ("EncryptionContext", member(context)))
        var answer = try await call("Decrypt", wrapped.key, name, body.bytes)
        let parsed = try SecretAnswer(&answer, secret: "Plaintext")
        let isPinned = name.region != nil && !wrapped.key.isAlias
        guard !isPinned || parsed.rest["KeyId"]?.string == name.id else { throw Self.strange }
        return parsed
    }

    private func member(_ context: EncryptionContext) -> JSON? { context.pairs.isEmpty ? nil : .texts(context.pairs) }

    /// The wrapped key in an answer. It names its KEK by ARN, and that must be the one that was asked for.
    private func wrappedKey(_ answer: JSON, _ key: KeyID, _ name: AWSKeyName) throws -> WrappedKey {
        guard let arn = answer["KeyId"]?.string, let text = answer["CiphertextBlob"]?.string,
            let bytes = try? Base64.decode(text), (1...Self.maximumCiphertext).contains(bytes.count),
            let found = try? KeyID("\(Self.scheme)://\(arn)"), !found.isAlias, (try? AWSKeyName(found))?.region != nil,
            name.region == nil || key.isAlias || arn == name.id
        else { throw Self.strange }
        return WrappedKey(key: found, version: 1, bytes: bytes)
    }

    static var strange: KeyError {
        KeyError(.unavailable, "AWS KMS answered with something else than was asked", hint: "check the endpoint")
    }
}

extension SecretAnswer {
    /// The secret, for a caller that keeps it.
    consuming func take() -> SecretBytes? { secret }
}
