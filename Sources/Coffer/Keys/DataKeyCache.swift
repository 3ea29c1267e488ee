public import CofferCrypto
import Synchronization

/// How long messages that somebody is about to seal are: known to a ``DataKeyCache`` beneath.
public enum DataKeyUse {
    /// Bytes of plaintext that the data key asked for is to protect. Nil where that is not known, or where the data key must
    /// not protect anything else.
    @TaskLocal public static var byteCount: Int?
}

/// Uses one data key for several messages, so that a key service is asked less often.
///
/// A message whose cipher key is derived for it alone (``DataKeyUse``) may share its data key with others of the same key and
/// encryption context, as with the caching of the AWS Encryption SDK; who gets one of them opened, though, could open all.
/// Stands beneath the guard, so that every use is authorized and recorded. Keys that are disabled meanwhile work until
/// the age limit.
public final class DataKeyCache<Service: KeyManagementService>: KeyManagementService {
    private let service: Service
    private let limits: DataKeyLimits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// What a data key was made for: nothing else gets it.
    private struct Name: Hashable {
        let key: KeyID
        let byteCount: Int
        let context: EncryptionContext
    }

    private struct WrappedName: Hashable {
        let wrapped: WrappedKey
        let context: EncryptionContext
    }

    private final class Secret: Sendable {
        let bytes: SecretBytes
        init(_ bytes: consuming SecretBytes) { self.bytes = bytes }
    }

    private struct Made {
        let secret: Secret
        let wrapped: WrappedKey
        let ends: ContinuousClock.Instant
        var messages = 0
        var bytes = 0
    }

    private struct Opened {
        let secret: Secret
        let ends: ContinuousClock.Instant
    }

    private struct State {
        var made: [Name: Made] = [:]
        var making: [Name: Task<Void, any Error>] = [:]
        var opened: [WrappedName: Opened] = [:]
    }

    /// A cache in front of `service`.
    public init(
        _ service: Service, limits: DataKeyLimits, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.service = service
        self.limits = limits
        self.now = now
    }

    /// A data key that may be shared, where the caller says for how many bytes it is; else a fresh one.
    public func generateDataKey(
        under key: KeyID, byteCount: Int, context: EncryptionContext
    ) async throws -> DataKey {
        guard let size = DataKeyUse.byteCount, size <= limits.bytes else {
            return try await service.generateDataKey(under: key, byteCount: byteCount, context: context)
        }
        let name = Name(key: key, byteCount: byteCount, context: context)
        while true {
            let (made, task) = take(name, size)
            if let made { return DataKey(plaintext: made.secret.bytes.copy(), wrapped: made.wrapped) }
            try await task?.value
        }
    }

    /// A key with room for one more message, or the task to wait for that makes one.
    private func take(_ name: Name, _ size: Int) -> (Made?, Task<Void, any Error>?) {
        state.withLock { state in
            if var made = state.made[name] {
                if made.messages < limits.messages, made.bytes <= limits.bytes - size, now() < made.ends {
                    made.messages += 1
                    made.bytes += size
                    state.made[name] = made
                    return (made, nil)
                }
                state.made[name] = nil
            }
            if let task = state.making[name] { return (nil, task) }
            let task = Task { try await self.make(name) }
            state.making[name] = task
            return (nil, task)
        }
    }

    private func make(_ name: Name) async throws {
        defer { state.withLock { $0.making[name] = nil } }
        let ends = now() + limits.age
        let made = try await service.generateDataKey(
            under: name.key, byteCount: name.byteCount, context: name.context)
        let secret = Secret(made.plaintext.copy())
        let wrapped = made.wrapped
        state.withLock { state in
            if state.made.count >= limits.entries {
                state.made.min { $0.value.ends < $1.value.ends }.map { state.made[$0.key] = nil }
            }
            state.made[name] = Made(secret: secret, wrapped: wrapped, ends: ends)
        }
    }

    /// The key inside `wrapped`; asked for once, as long as it is young enough.
    public func unwrap(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> SecretBytes {
        let name = WrappedName(wrapped: wrapped, context: context)
        let known = state.withLock { state -> Secret? in
            guard let opened = state.opened[name] else { return nil }
            guard now() < opened.ends else {
                state.opened[name] = nil
                return nil
            }
            return opened.secret
        }
        if let known { return known.bytes.copy() }
        let ends = now() + limits.age
        let secret = Secret(try await service.unwrap(wrapped, context: context))
        state.withLock { state in
            if state.opened.count >= limits.entries {
                state.opened.min { $0.value.ends < $1.value.ends }.map { state.opened[$0.key] = nil }
            }
            state.opened[name] = Opened(secret: secret, ends: ends)
        }
        return secret.bytes.copy()
    }

    /// `plaintext` wrapped by the service.
    public func wrap(
        _ plaintext: borrowing SecretBytes, under key: KeyID, context: EncryptionContext
    ) async throws -> WrappedKey {
        try await service.wrap(plaintext, under: key, context: context)
    }

    /// A MAC by the service.
    public func mac(_ message: [UInt8], under key: KeyID) async throws -> SecretBytes {
        try await service.mac(message, under: key)
    }

    /// What the service says of `key`.
    public func describe(_ key: KeyID) async throws -> KeyDescription { try await service.describe(key) }

    /// What the service says of `wrapped`.
    public func isCurrent(_ wrapped: WrappedKey, context: EncryptionContext) async throws -> Bool {
        try await service.isCurrent(wrapped, context: context)
    }
}

/// For how much one data key may be used.
public struct DataKeyLimits: Sendable {
    /// Messages.
    public var messages: Int
    /// Bytes of plaintext, all messages together.
    public var bytes = 1 << 36
    /// How long after it was asked for.
    public var age = Duration.seconds(300)
    /// How many data keys are remembered at once.
    public var entries = 1000

    /// At most `messages` for one data key.
    public init(messages: Int) { self.messages = messages }
}

extension DataKeyCache: KeyUses where Service: KeyUses {
    /// Remembers a use.
    public func record(_ use: KeyUse) async throws { try await service.record(use) }

    /// The catalogues that need a version.
    public func uses(of key: KeyID, version: Int?) async throws -> [KeyUse] {
        try await service.uses(of: key, version: version)
    }
}
