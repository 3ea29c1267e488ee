import Coffer
import Dispatch
import Glibc
import Synchronization

extension AuditLog {
    /// What is known of the disk.
    struct Space: Sendable {
        var isFull = false
        var isLow = false
    }

    private var reservePath: String { "\(folder)/reserve" }

    /// Lays a file of blocks aside, to be given up when the disk is full.
    func layReserve() {
        guard options.reserve > 0, !Files.exists(reservePath) else { return }
        Files.reserve(reservePath, options.reserve)
    }

    /// Nothing is written to a full disk until there is room again for more than the reserve.
    func refuseIfFull() throws {
        guard space.withLock({ $0.isFull }) else { return }
        guard Files.freeBytes(at: folder) ?? 0 > 2 * options.reserve else {
            throw FileFailure(number: ENOSPC, path: folder)
        }
        space.withLock { $0.isFull = false }
        layReserve()
        options.notice("the audit log has room again")
    }

    /// Says on the record, in the reserved space, that the disk is full.
    func closeFull() {
        let isFirst = space.withLock { space in
            defer { space.isFull = true }
            return !space.isFull
        }
        guard isFirst else { return }
        Files.remove(reservePath)
        options.notice("the disk of the audit log is full: keys are not used until there is room")
        let event = event("AuditLogFull", error: ("DiskFull", "the disk is full, so keys are not used"))
        let entry = Entries(event)
        try? journal.withLock { journal in
            try journal.locked { journal in try journal.append([entry], at: options.clock()) }
        }
        tending.async { _ = try? self.fold() }
    }

    /// An early word when there is little room; returns what to record.
    func lookAtSpace() -> AuditEvent? {
        guard let free = Files.freeBytes(at: folder) else { return nil }
        let isLow = free < options.lowSpace
        let isNews = space.withLock { space in
            defer { space.isLow = isLow }
            return isLow && !space.isLow && !space.isFull
        }
        guard isNews else { return nil }
        options.notice("the disk of the audit log has little room: \(free >> 20) MiB")
        return event("AuditLogSpaceLow", .members(("freeBytes", .integer(free))))
    }
}
