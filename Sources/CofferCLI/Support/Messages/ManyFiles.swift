import Coffer
import CofferPipeline
import Synchronization

/// Many files at once: so many small ones that they share the syncs of the record of their keys, and few large ones, so that
/// memory does not grow.
enum ManyFiles {
    /// What the files that are worked on may weigh together.
    private static let room = 64

    /// What a file of this length weighs, by the memory it takes.
    private static func weight(_ byteCount: Int) -> Int {
        byteCount <= 64 << 10 ? 1 : byteCount <= 1 << 20 ? 4 : room / 2
    }

    /// Does `work` with every file and hands its result to `done`, one at a time, in the order in which they end.
    /// Begins with no more of them once `cancellation` says so.
    static func forEach<Result: Sendable>(
        _ files: [FolderWalk.File], _ cancellation: Cancellation,
        _ work: @escaping @Sendable (FolderWalk.File) async -> Result, done: (FolderWalk.File, Result) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var free = room
            func end() async throws {
                guard let (i, result) = try await group.next() else { return }
                free += weight(files[i].byteCount)
                try done(files[i], result)
            }
            for (i, file) in files.enumerated() where !cancellation.isCancelled {
                let weight = weight(file.byteCount)
                while free < weight { try await end() }
                free -= weight
                group.addTask { (i, await work(file)) }
            }
            while free < room { try await end() }
        }
    }
}

/// How many files are done: shown on a terminal, silent elsewhere.
final class FilesMeter: Sendable {
    private let done = Atomic(0)
    private let all: Int

    init(_ all: Int) { self.all = all }

    func count() { done.add(1, ordering: .relaxed) }

    /// The line that shows it.
    func start() -> ByteMeter {
        ByteMeter { seconds in
            let done = self.done.load(ordering: .relaxed)
            let rate = Double(done) / seconds
            let left = rate > 0 ? ", \(Figures.seconds(Double(self.all - done) / rate)) left" : ""
            return "\(Figures.grouped(done)) of \(Figures.count(self.all, "file"))\(left)"
        }
    }
}
