import Coffer
import Synchronization

extension AuditLog {
    /// How many events there are, whoever appended them.
    public var count: Int {
        get throws {
            do { return try journal.withLock { try $0.locked { $0.next } } } catch { throw Self.sentence(error) }
        }
    }

    /// Those of `ids` that an event from `index` on has as its request. Costs a read of all of those events; what was pruned is
    /// passed over.
    public func requests(among ids: Set<String>, from index: Int) throws -> Set<String> {
        var found: Set<String> = []
        do {
            try LogReader(folder, key.journal).read(from: index) { _, entry in
                if let id = AuditEvent(decoding: Array(entry))?.requestID, ids.contains(id) { found.insert(id) }
                return found.count < ids.count
            }
        } catch {
            throw Self.sentence(error)
        }
        return found
    }
}
