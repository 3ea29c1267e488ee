import Coffer

/// What a pruning did.
public struct Pruning: Sendable {
    /// How many events were deleted.
    public let events: Int
    /// The first event that is kept.
    public let minimum: Int
}

extension AuditLog {
    /// Deletes the texts of events from before `time` (milliseconds since 1970), in whole bundles from the oldest on; with
    /// `archive`, each bundle is copied into that folder first. Their hashes stay, so every proof and the tree stay
    /// verifiable. The record says so before anything is deleted.
    public func prune(before time: Int64, archive: String? = nil) async throws -> Pruning {
        let numbers = try prunable(before: time)
        guard let last = numbers.last else { return Pruning(events: 0, minimum: 0) }
        let minimum = (last + 1) * Tile.width
        try await record(
            event(
                "AuditLogPruned",
                .members(
                    ("minimum", .integer(minimum)), ("before", .string(EventTime.text(time))),
                    ("archive", archive.map { .string($0) }))))
        do {
            for number in numbers {
                let path = Tile.path(nil, number)
                if let archive, let bytes = try Files.read("\(folder)/\(path)") {
                    try Files.replace("\(archive)/\(path)", bytes, isSynced: true)
                }
                Files.remove("\(folder)/\(path)")
                for name in Files.names(in: "\(folder)/\(path).p") { Files.remove("\(folder)/\(path).p/\(name)") }
            }
        } catch {
            throw Self.sentence(error)
        }
        return Pruning(events: numbers.count * Tile.width, minimum: minimum)
    }

    /// The full bundles, from the oldest on, all of whose events are older.
    private func prunable(before time: Int64) throws -> [Int] {
        do {
            try fold()
            let size = try currentCheckpoint()?.size ?? 0
            let reader = try LogReader(folder, nil)
            var numbers: [Int] = []
            for number in 0..<size / Tile.width {
                guard let entries = try reader.bundle(number, width: Tile.width) else { continue }
                let isOld = entries.allSatisfy { entry in
                    AuditEvent(decoding: Array(entry)).map { $0.time < time } ?? false
                }
                guard isOld else { break }
                numbers.append(number)
            }
            return numbers
        } catch {
            throw Self.sentence(error)
        }
    }
}
