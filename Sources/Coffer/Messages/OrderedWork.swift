import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Work on batches that are read and written in order, one at a time, and worked on in between by several cores.
enum OrderedWork {
    /// How many cores take part.
    static let workers = min(4, max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))

    /// Runs until `read` says that there is no batch, or something fails. Each worker has one batch of its own, made by
    /// `make` and used again and again. The first failure, in the order of the batches, is thrown.
    ///
    /// Blocks until all is done: call it from ``offloaded(_:)``.
    static func run<Batch: AnyObject>(
        workers: Int = workers, make: @escaping () -> Batch, read: @escaping (Batch) throws -> Bool,
        work: @escaping (Batch) throws -> Void, write: @escaping (Batch) throws -> Void
    ) throws {
        let stages = Stages(make: make, read: read, work: work, write: write)
        let reading = Mutex(Reading())
        let failure = Mutex<(any Error)?>(nil)
        // A batch is written when its turn comes; there are as many turns as there can be batches at once.
        let turns = (0..<workers).map { _ in DispatchSemaphore(value: 0) }
        turns[0].signal()
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            let batch = stages.make()
            while let number = reading.withLock({ $0.next { try stages.read(batch) } }) {
                let result = Result { try stages.work(batch) }
                turns[number % workers].wait()
                if failure.withLock({ $0 == nil }) {
                    do {
                        try result.get()
                        try stages.write(batch)
                    } catch {
                        failure.withLock { $0 = error }
                        reading.withLock { $0.hasEnded = true }
                    }
                }
                turns[(number + 1) % workers].signal()
            }
        }
        if let error = failure.withLock({ $0 }) ?? reading.withLock({ $0.failure }) { throw error }
    }

    /// Goes to other threads although its closures share state: `read` runs under a lock, `write` in turn, `work` and
    /// `make` touch one batch only, and the caller waits.
    private struct Stages<Batch>: @unchecked Sendable {
        let make: () -> Batch
        let read: (Batch) throws -> Bool
        let work: (Batch) throws -> Void
        let write: (Batch) throws -> Void
    }

    private struct Reading {
        var number = 0
        var hasEnded = false
        var failure: (any Error)?

        /// The number of the batch that `read` filled; nil where there is none.
        mutating func next(_ read: () throws -> Bool) -> Int? {
            guard !hasEnded else { return nil }
            do {
                guard try read() else {
                    hasEnded = true
                    return nil
                }
                defer { number += 1 }
                return number
            } catch {
                failure = error
                hasEnded = true
                return nil
            }
        }
    }
}

/// Runs `body`, which may block, where no task waits for a thread.
func offloaded<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
