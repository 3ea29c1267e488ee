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
    /// What is one batch only, as most small files are, is done here without asking other cores. Blocks until all is done:
    /// call it from ``offloaded(_:)``.
    static func run<Batch: AnyObject>(
        workers: Int = workers, make: @escaping () -> Batch, read: @escaping (Batch) throws -> Bool,
        work: @escaping (Batch) throws -> Void, write: @escaping (Batch) throws -> Void
    ) throws {
        let first = make()
        guard try read(first) else { return }
        try work(first)
        try write(first)
        guard try read(first) else { return }
        let stages = Stages(first: first, make: make, read: read, work: work, write: write)
        let reading = Mutex(Reading())
        let failure = Mutex<(any Error)?>(nil)
        let turns = Turns(workers)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            // The first worker begins with what has been read.
            let batch = worker == 0 ? stages.first : stages.make()
            var next = worker == 0 ? 0 : reading.withLock { $0.next { try stages.read(batch) } }
            while let number = next {
                let result = Result { try stages.work(batch) }
                turns.wait(for: number)
                if failure.withLock({ $0 == nil }) {
                    do {
                        try result.get()
                        try stages.write(batch)
                    } catch {
                        failure.withLock { $0 = error }
                        reading.withLock { $0.hasEnded = true }
                    }
                }
                turns.give(to: number + 1)
                next = reading.withLock { $0.next { try stages.read(batch) } }
            }
        }
        if let error = failure.withLock({ $0 }) ?? reading.withLock({ $0.failure }) { throw error }
    }

    /// Whose batch is written next. There are as many turns as there can be batches at once.
    private final class Turns: Sendable {
        /// Looks before a thread sleeps, a tenth of a millisecond or two: a turn is seldom longer away, and on a virtual machine
        /// it costs nearly as much to sleep and be woken.
        private static let looks = 300_000

        private let semaphores: [DispatchSemaphore]
        private let next = Atomic(0)

        init(_ count: Int) {
            semaphores = (0..<count).map { _ in DispatchSemaphore(value: 0) }
            semaphores[0].signal()
        }

        func wait(for number: Int) {
            var looks = 0
            while next.load(ordering: .relaxed) != number, looks < Self.looks { looks += 1 }
            semaphores[number % semaphores.count].wait()
        }

        func give(to number: Int) {
            // Whoever sees the number finds the semaphore open.
            semaphores[number % semaphores.count].signal()
            next.store(number, ordering: .releasing)
        }
    }

    /// Goes to other threads although its closures share state: `read` runs under a lock, `write` in turn, `work` and
    /// `make` touch one batch only, and the caller waits.
    private struct Stages<Batch>: @unchecked Sendable {
        let first: Batch
        let make: () -> Batch
        let read: (Batch) throws -> Bool
        let work: (Batch) throws -> Void
        let write: (Batch) throws -> Void
    }

    private struct Reading {
        var number = 1
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

/// Where what may block is done.
enum Offloading {
    /// Whether each call has a thread of its own: two that wait for each other (``MessagePipe``) can't take turns on one.
    @TaskLocal static var hasOwnThread = false
}

/// Runs `body`, which may block, where no task waits for a thread.
func offloaded<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    let queue = Offloading.hasOwnThread ? DispatchQueue(label: "coffer.offloaded") : .global()
    return try await withCheckedThrowingContinuation { continuation in
        queue.async { continuation.resume(with: Result { try body() }) }
    }
}
