import Coffer
import CofferCrypto
import Synchronization

extension KeyStore {
    /// How many access keys that are good there may be.
    public static let accessKeyLimit = 10_000

    /// Makes an access key. Its secret is in the answer and, sealed, in the store; nobody is shown it again.
    public func createAccessKey(_ new: NewAccessKey) async throws -> CreatedAccessKey {
        let (now, randomness) = (clock(), randomness)
        let id = "AKIA" + Self.text(of: randomness.bytes(16), "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        let secret = Self.secret(randomness)
        let shared = SharedSecret(secret.copy())
        try await change { edit in
            guard edit.tables.accessKeys.records.count(where: { $0.revoked == 0 }) < Self.accessKeyLimit else {
                throw KeyError(
                    .limitExceeded, "there are \(Self.accessKeyLimit) access keys already",
                    hint: "coffer access-keys revoke those that nobody uses")
            }
            edit.put(
                AccessKeyRecord(
                    id: id, name: new.name, roles: new.roles, policy: new.policy,
                    tags: Dictionary(uniqueKeysWithValues: new.tags.map { ($0.name, $0.value) }), created: now,
                    revoked: 0, sealed: edit.seal.seal(shared.secret, ofAccessKey: id, randomness)))
        }
        return CreatedAccessKey(id: id, secret: secret)
    }

    /// All access keys, also those that were revoked; by name, then by age.
    public func accessKeys() async throws -> [AccessKeyDescription] {
        let tables = try tables()
        return tables.accessKeys.records
            .map { AccessKeyDescription($0, tables.accessKeyUses[$0.id]) }
            .sorted { ($0.name, $0.created, $0.id) < ($1.name, $1.created, $1.id) }
    }

    /// The access key with this id; nil where there is none or it was revoked, by whatever process. Costs a microsecond or
    /// two: its secret is opened once.
    public func accessKey(_ id: String) throws -> AccessKey? {
        let state = try state()
        guard let record = state.tables.accessKeys[id], record.revoked == 0 else { return nil }
        if let known = accessKeySecrets.withLock({ $0[id] }) { return known }
        let key = AccessKey(record, secret: try state.seal.open(record))
        accessKeySecrets.withLock { $0[id] = key }
        return key
    }

    /// Takes an access key out of use, for good and in every process. Its secret is overwritten.
    @discardableResult
    public func revokeAccessKey(_ id: String) async throws -> AccessKeyDescription {
        let now = clock()
        return try await change { edit in
            guard var record = edit.tables.accessKeys[id] else {
                throw KeyError(
                    .notFound, "there is no such access key", hint: "coffer access-keys list shows what there is")
            }
            if record.revoked == 0 {
                (record.revoked, record.sealed) = (max(now, 1), [])
                edit.put(record)
            }
            return AccessKeyDescription(record, edit.tables.accessKeyUses[id])
        }
    }

    /// Remembers that an access key was used; written at most every quarter of an hour for each.
    public func noteUse(ofAccessKey id: String) {
        let now = clock()
        guard let tables = try? tables(), tables.accessKeys[id] != nil,
            now - (tables.accessKeyUses[id]?.used ?? 0) >= 900,
            accessKeyWrites.withLock({ $0.insert(id).inserted })
        else { return }
        Task.detached(priority: .background) {
            try? await self.change { edit in
                guard edit.tables.accessKeys[id] != nil, edit.tables.accessKeyUses[id]?.used ?? 0 < now else { return }
                edit.put(AccessKeyUseRecord(id: id, used: now))
            }
            self.accessKeyWrites.withLock { _ = $0.remove(id) }
        }
    }

    /// Forgets the secrets of access keys that are not, or no longer, good.
    func forgetAccessKeys(notIn state: StoredState) {
        accessKeySecrets.withLock { keys in
            guard !keys.isEmpty else { return }
            keys = keys.filter { state.tables.accessKeys[$0.key]?.revoked == 0 }
        }
    }

    /// 40 characters of base64, 240 bits of chance.
    private static func secret(_ randomness: Randomness) -> SecretBytes {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return randomness.secret(count: 40).withBytes { bytes in
            SecretBytes(count: 40) { output in
                for i in 0..<40 { output.append(alphabet[Int(bytes.byte(at: i) & 63)]) }
            }
        }
    }

    private static func text(of bytes: [UInt8], _ alphabet: String) -> String {
        let alphabet = Array(alphabet.utf8)
        return String(decoding: bytes.map { alphabet[Int($0 & 31)] }, as: UTF8.self)
    }
}

/// A secret that a closure may look at.
private final class SharedSecret: Sendable {
    let secret: SecretBytes
    init(_ secret: consuming SecretBytes) { self.secret = secret }
}
