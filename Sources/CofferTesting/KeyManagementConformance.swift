public import Coffer
import CofferCrypto

/// What every ``KeyManagementService`` does. A test calls ``failures()`` and expects none:
///
///     let suite = KeyManagementConformance(kms, encrypting: a, another: b, mac: m)
///     #expect(await suite.failures() == [])
public struct KeyManagementConformance: Sendable {
    private let service: any KeyManagementService
    private let key: KeyID
    private let another: KeyID
    private let macKey: KeyID
    private let context: EncryptionContext = ["dataset": "customers", "purpose": "test"]

    /// A suite for `service`, which holds two encryption keys and a MAC key under these names.
    public init(_ service: any KeyManagementService, encrypting key: KeyID, another: KeyID, mac: KeyID) {
        self.service = service
        self.key = key
        self.another = another
        macKey = mac
    }

    /// What the service does not keep to, a sentence each.
    public func failures() async -> [String] {
        var failures: [String] = []
        let checks: [(String, () async throws -> Bool)] = [
            ("a data key unwraps to itself", dataKeyUnwraps),
            ("a wrapped key unwraps to itself, of any length from 1 to 4096", anyLengthUnwraps),
            ("two wraps of one key differ", wrapsDiffer),
            ("a wrapped key names a lasting key, not an alias", namesLastingKey),
            ("another context is not authentic", otherContextIsRefused),
            ("another key is not authentic", otherKeyIsRefused),
            ("another version is not authentic", otherVersionIsRefused),
            ("a flipped bit is not authentic", flippedBitIsRefused),
            ("a truncated or longer wrapped key is not authentic", otherLengthIsRefused),
            ("a MAC is HMAC-SHA-256: 32 bytes, the same for the same message, another for another", macIsStable),
            ("a MAC key does not wrap, an encryption key makes no MAC", usageIsKept),
            ("a key that is not there is not found", missingKeyIsNotFound),
            ("lengths out of range are invalid arguments", lengthsAreChecked),
            ("a description says what the key is", describes),
        ]
        for (name, check) in checks {
            do {
                if try await !check() { failures.append(name) }
            } catch {
                failures.append("\(name): \(error)")
            }
        }
        return failures
    }

    private func dataKeyUnwraps() async throws -> Bool {
        for count in [16, 32, 64] {
            let made = try await service.generateDataKey(under: key, byteCount: count, context: context)
            let again = try await service.unwrap(made.wrapped, context: context)
            guard again.count == count, again.isEqual(to: made.plaintext) else { return false }
        }
        return true
    }

    private func anyLengthUnwraps() async throws -> Bool {
        for count in [1, 15, 16, 33, 4096] {
            let plaintext = Randomness.fixed(seed: UInt64(count)).secret(count: count)
            let wrapped = try await service.wrap(plaintext, under: key, context: [:])
            guard try await service.unwrap(wrapped, context: [:]).isEqual(to: plaintext) else { return false }
        }
        return true
    }

    private func wrapsDiffer() async throws -> Bool {
        let plaintext = Randomness.fixed(seed: 1).secret(count: 32)
        let first = try await service.wrap(plaintext, under: key, context: context)
        return try await service.wrap(plaintext, under: key, context: context).bytes != first.bytes
    }

    private func namesLastingKey() async throws -> Bool {
        let wrapped = try await service.generateDataKey(under: key, byteCount: 32, context: context).wrapped
        let description = try await service.describe(key)
        return !wrapped.key.isAlias && wrapped.key == description.key && wrapped.version == description.versions.count
    }

    private func otherContextIsRefused() async throws -> Bool {
        let wrapped = try await wrapped()
        let others: [EncryptionContext] = [
            [:], ["dataset": "customers"], ["dataset": "customers", "purpose": "Test"],
            ["dataset": "customers", "purpose": "test", "more": ""], ["datasetcustomers": "", "purpose": "test"],
        ]
        for other in others { guard await isRefused(wrapped, other) else { return false } }
        return true
    }

    private func otherKeyIsRefused() async throws -> Bool {
        let wrapped = try await wrapped()
        let other = try await service.describe(another).key
        return await isRefused(WrappedKey(key: other, version: wrapped.version, bytes: wrapped.bytes))
    }

    private func otherVersionIsRefused() async throws -> Bool {
        let wrapped = try await wrapped()
        for version in [wrapped.version + 1, 0, -1, .max, .min] {
            guard await isRefused(WrappedKey(key: wrapped.key, version: version, bytes: wrapped.bytes)) else {
                return false
            }
        }
        return true
    }

    private func flippedBitIsRefused() async throws -> Bool {
        let wrapped = try await wrapped()
        for bit in 0..<wrapped.bytes.count * 8 {
            var bytes = wrapped.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            guard await isRefused(WrappedKey(key: wrapped.key, version: wrapped.version, bytes: bytes)) else {
                return false
            }
        }
        return true
    }

    private func otherLengthIsRefused() async throws -> Bool {
        let wrapped = try await wrapped()
        for bytes in (0..<wrapped.bytes.count).map({ Array(wrapped.bytes[..<$0]) }) + [wrapped.bytes + [0]] {
            guard await isRefused(WrappedKey(key: wrapped.key, version: wrapped.version, bytes: bytes)) else {
                return false
            }
        }
        return true
    }

    private func macIsStable() async throws -> Bool {
        let first = try await service.mac([1, 2, 3], under: macKey)
        let again = try await service.mac([1, 2, 3], under: macKey)
        let other = try await service.mac([1, 2, 4], under: macKey)
        return first.count == 32 && first.isEqual(to: again) && !first.isEqual(to: other)
    }

    private func usageIsKept() async throws -> Bool {
        let wraps = await code { _ = try await service.generateDataKey(under: macKey, byteCount: 32, context: [:]) }
        let macs = await code { _ = try await service.mac([1], under: key) }
        return wraps == .wrongUsage && macs == .wrongUsage
    }

    private func missingKeyIsNotFound() async throws -> Bool {
        let missing = try KeyID(key.scheme == "coffer" ? "alias/not-there" : "\(key.scheme)://alias/not-there")
        let wraps = await code { _ = try await service.generateDataKey(under: missing, byteCount: 32, context: [:]) }
        let describes = await code { _ = try await service.describe(missing) }
        return wraps == .notFound && describes == .notFound
    }

    private func lengthsAreChecked() async throws -> Bool {
        for count in [0, 15, 65] {
            let code = await code { _ = try await service.generateDataKey(under: key, byteCount: count, context: [:]) }
            guard code == .invalidArgument else { return false }
        }
        for count in [0, 4097] {
            let plaintext = SecretBytes(count: count) { _ in }
            do {
                _ = try await service.wrap(plaintext, under: key, context: [:])
                return false
            } catch let error as KeyError where error.code == .invalidArgument {}
        }
        return await code { _ = try await service.mac([UInt8](repeating: 0, count: 4097), under: macKey) }
            == .invalidArgument
    }

    private func describes() async throws -> Bool {
        let (key, mac) = (try await service.describe(key), try await service.describe(macKey))
        return key.usage == .encryptDecrypt && mac.usage == .generateVerifyMAC && key.isEnabled
            && key.versions.map(\.number) == Array(1...key.versions.count) && !key.key.isAlias
    }

    private func wrapped() async throws -> WrappedKey {
        try await service.generateDataKey(under: key, byteCount: 16, context: context).wrapped
    }

    private func isRefused(_ wrapped: WrappedKey, _ context: EncryptionContext? = nil) async -> Bool {
        await code { _ = try await service.unwrap(wrapped, context: context ?? self.context) } == .notAuthentic
    }

    private func code(_ body: () async throws -> Void) async -> KeyError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? KeyError)?.code
        }
    }
}
