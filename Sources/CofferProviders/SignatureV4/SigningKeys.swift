import CofferCrypto
import Synchronization

/// The derived keys that sign, kept for as long as there is room: deriving one costs four HMACs.
///
/// One is good for an access key, a day, a region and a service. A kept key counts only for the secret it was derived
/// from.
public final class SigningKeys: Sendable {
    private struct Name: Hashable {
        let accessKeyID: String
        let date: String
        let scope: SignatureV4.Scope
    }

    private final class Entry: Sendable {
        let secret: SecretBytes
        let key: HMAC

        init(secret: consuming SecretBytes, key: HMAC) {
            self.secret = secret
            self.key = key
        }
    }

    /// Two halves: when the newer one is full it becomes the older one, and what nobody asked for since is dropped.
    private struct Halves {
        var newer: [Name: Entry] = [:]
        var older: [Name: Entry] = [:]
    }

    private let halves = Mutex(Halves())
    private let capacity: Int

    /// Room for `capacity` keys.
    public init(capacity: Int = 4096) { self.capacity = max(capacity, 2) }

    /// How many are kept.
    package var count: Int { halves.withLock { $0.newer.count + $0.older.count } }

    /// The key of `secret` for one day and scope.
    func key(
        of accessKeyID: String, _ secret: borrowing SecretBytes, date: String, scope: SignatureV4.Scope
    ) -> HMAC {
        let name = Name(accessKeyID: accessKeyID, date: date, scope: scope)
        let found = halves.withLock { halves -> Entry? in
            if let entry = halves.newer[name] { return entry }
            guard let entry = halves.older.removeValue(forKey: name) else { return nil }
            keep(entry, as: name, in: &halves)
            return entry
        }
        if let found, found.secret.isEqual(to: secret) { return found.key }
        let key = Self.derive(secret, date: date, scope: scope)
        let entry = Entry(secret: secret.copy(), key: key)
        halves.withLock { keep(entry, as: name, in: &$0) }
        return key
    }

    private func keep(_ entry: Entry, as name: Name, in halves: inout Halves) {
        if halves.newer.count >= capacity / 2 {
            halves.older = halves.newer
            halves.newer = [:]
        }
        halves.newer[name] = entry
    }

    /// HMACs of the date, region, service and terminator, each keyed by the one before.
    private static func derive(_ secret: borrowing SecretBytes, date: String, scope: SignatureV4.Scope) -> HMAC {
        let first = SecretBytes(count: secret.count + 4) { output in
            for byte in "AWS4".utf8 { output.append(byte) }
            secret.withBytes { output.append(copying: $0) }
        }
        var key = HMAC(.sha256, key: first)
        for part in [date, scope.region, scope.service, SignatureV4.terminator] {
            let message = Array(part.utf8)
            unsafe key = HMAC(.sha256, key: key.tag(message.span.bytes))
        }
        return key
    }
}
