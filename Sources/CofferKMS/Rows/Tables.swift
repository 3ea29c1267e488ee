import Coffer
import CofferCrypto

/// All rows of the store, verified, and the sorted list of their MACs, which stands for the whole.
struct Tables: Sendable {
    var keys = Sheet<KeyRecord>()
    var versions = Sheet<VersionRecord>()
    var aliases = Sheet<AliasRecord>()
    var uses = Sheet<UseRecord>()
    var deletions = Sheet<DeletionRecord>()
    var destructions = Sheet<DestructionRecord>()
    var rotations = Sheet<RotationRecord>()
    var descriptions = Sheet<DescriptionRecord>()
    var tags = Sheet<TagRecord>()
    var lastUses = Sheet<LastUseRecord>()
    var policies = Sheet<PolicyRecord>()
    var grants = Sheet<GrantRecord>()
    var accessKeys = Sheet<AccessKeyRecord>()
    var accessKeyUses = Sheet<AccessKeyUseRecord>()
    var kinds = Sheet<KeyKindRecord>()
    var imports = Sheet<ImportRecord>()
    var rotated = Sheet<RotatedRecord>()
    var aliasUpdates = Sheet<AliasUpdateRecord>()
    var dueEvents = Sheet<DueEventRecord>()
    var tokenKeys = Sheet<TokenKeyRecord>()
    private var macs: [RowMAC] = []

    /// Every kind of row.
    static var all: [any Record.Type] {
        [
            KeyRecord.self, VersionRecord.self, AliasRecord.self, UseRecord.self, DeletionRecord.self,
            DestructionRecord.self, RotationRecord.self, DescriptionRecord.self, TagRecord.self, LastUseRecord.self,
            PolicyRecord.self, GrantRecord.self, AccessKeyRecord.self, AccessKeyUseRecord.self,
            KeyKindRecord.self, ImportRecord.self, RotatedRecord.self, AliasUpdateRecord.self,
            DueEventRecord.self, TokenKeyRecord.self,
        ]
    }

    /// How many rows there are.
    var count: Int { macs.count }

    /// SHA-256 of all row MACs in ascending order. A MAC covers table and primary key, so the list says which rows there
    /// are and what is in them: one that is older, gone or too many makes another digest.
    var digest: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(macs.count * 32)
        for mac in macs { mac.append(to: &bytes) }
        return Digest.sha256(bytes)
    }

    /// Verifies and takes over a row as it was read: the columns and the MAC.
    mutating func load<R: Record>(_: R.Type, _ columns: [Cell]?, _ seal: StoreSeal) throws(KeyError) {
        guard var values = columns, case .blob(let stored) = values.popLast(), let mac = RowMAC(stored),
            mac == RowMAC(values, of: R.table, key: seal.rows), let record = R(values)
        else { throw .altered("a row of “\(R.table.name)” does not carry the root key's seal") }
        try load(record, mac)
    }

    /// Takes over a row that was verified.
    mutating func load<R: Record>(_ record: R, _ mac: RowMAC) throws(KeyError) {
        guard self[keyPath: R.sheet].insert(record, mac) == nil else {
            throw .altered("a row of “\(R.table.name)” is there twice")
        }
        macs.append(mac)
    }

    /// To be called once when all rows are loaded.
    mutating func sortAfterLoading() { macs.sort() }

    /// Adds or replaces a row; returns its MAC.
    mutating func put<R: Record>(_ record: R, key: HMAC) -> RowMAC {
        let mac = RowMAC(record.values, of: R.table, key: key)
        if let old = self[keyPath: R.sheet].insert(record, mac) { macs.remove(at: position(of: old)) }
        macs.insert(mac, at: position(of: mac))
        return mac
    }

    /// Removes a row; false if there is none.
    mutating func remove<R: Record>(_: R.Type, _ id: R.ID) -> R? {
        guard let old = self[keyPath: R.sheet].remove(id) else { return nil }
        macs.remove(at: position(of: old.mac))
        return old.record
    }

    /// Where `mac` is or belongs.
    private func position(of mac: RowMAC) -> Int {
        var (low, high) = (0, macs.count)
        while low < high {
            let middle = (low + high) / 2
            if macs[middle] < mac { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension KeyError {
    /// The store was changed by something that does not hold the root key.
    static func altered(_ what: String) -> KeyError {
        KeyError(
            .storeRefused, "the key store was altered: \(what)",
            hint: "restore keys.db from a backup, and find out who could write to it")
    }
}
