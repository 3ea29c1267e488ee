import Coffer
import CofferCrypto
import Synchronization

/// The data keys of a group whose rows have keys of their own, and which row uses which.
///
/// Keys that were evicted are unwrapped again when their tenant comes back; that is asynchronous and happens before a
/// batch, never inside `protect`.
final class Tenants: Sendable {
    /// The keys of one batch: held here until it is protected, whatever the cache evicts meanwhile.
    struct Resolved: Sendable {
        /// For each row of the batch a position in `keys`.
        let rows: [Int32]
        let keys: [OpenDataKey]
    }

    let group: KeyGroup
    /// The column that names the tenants.
    let column: Int
    private let ledger: KeyLedger
    private let cache: BoundedCache<String, OpenDataKey>
    /// Tenants whose key was evicted: what it takes to open it again.
    private let evicted = Mutex<[String: (record: Catalogue.Key, counter: SegmentCounter)]>([:])

    init(group: KeyGroup, column: Int, ledger: KeyLedger, capacity: Int) {
        self.group = group
        self.column = column
        self.ledger = ledger
        cache = BoundedCache(capacity: capacity)
    }

    /// The distinct tenants of a batch and each row's position among them; refuses a row that names none.
    func names(in batch: RecordBatch, firstRow: Int) throws -> (names: [String], rows: [Int32]) {
        let source = batch.columns[column]
        let values = source.values
        guard let canonical = CanonicalText(source.field) else { throw Self.refused(source.field.name, firstRow) }
        var positions: [String: Int32] = [:]
        var names: [String] = []
        var rows = [Int32](repeating: 0, count: batch.rowCount)
        try unsafe withUnsafeTemporaryAllocation(byteCount: CanonicalText.scratchByteCount, alignment: 8) { scratch in
            for row in 0..<batch.rowCount {
                guard !source.isNull(row) else { throw Self.refused(source.field.name, firstRow + row) }
                let text = unsafe canonical.write(values.bytes(at: row), scratch.baseAddress!)
                guard unsafe KeyTemplate.isTenant(text) else { throw Self.refused(source.field.name, firstRow + row) }
                let name = unsafe String(decoding: text, as: UTF8.self)
                if let known = positions[name] {
                    rows[row] = known
                } else {
                    rows[row] = Int32(names.count)
                    positions[name] = Int32(names.count)
                    names.append(name)
                }
            }
        }
        return (names, rows)
    }

    /// The keys of `names`, where all are in the cache.
    func resolve(_ names: [String], rows: [Int32]) -> Resolved? {
        var keys: [OpenDataKey] = []
        for name in names {
            guard let key = cache.value(for: name) else { return nil }
            keys.append(key)
        }
        return Resolved(rows: rows, keys: keys)
    }

    /// The keys of `names`: from the cache, unwrapped again, or made.
    func open(_ names: [String], rows: [Int32], keys service: any KeyManagementService) async throws -> Resolved {
        var keys: [OpenDataKey] = []
        for name in names { keys.append(try await open(name, service)) }
        return Resolved(rows: rows, keys: keys)
    }

    private func open(_ name: String, _ service: any KeyManagementService) async throws -> OpenDataKey {
        if let key = cache.value(for: name) { return key }
        let key: OpenDataKey
        if let (record, counter) = evicted.withLock({ $0.removeValue(forKey: name) }) {
            let context = FieldFormat.context(dataset: group.dataset, key: record.id, suite: group.suite, tenant: name)
            let secret = SharedSecret(try await service.unwrap(record.wrapped, context: context))
            key = try OpenDataKey(record, secret: secret, group: group, counter: counter)
        } else {
            guard let kek = group.template.key(of: name) else { throw Self.refused(group.template.column ?? "", 0) }
            key = try await ledger.makeDataKey(group, tenant: name, under: kek, keys: service)
        }
        let gone = cache.insert(key, for: name)
        evicted.withLock { evicted in
            for (name, key) in gone { evicted[name] = (key.record, key.counter) }
        }
        return key
    }

    private static func refused(_ column: String, _ row: Int) -> PipelineError {
        PipelineError(
            .policy, "row \(row + 1), column \(column): this can't be part of a key's name",
            hint: "a tenant is named by 1 to 64 letters, digits, _ or -")
    }
}
