import CofferPipeline
import Dispatch
import Glibc
import Synchronization

/// Ctrl-C and SIGTERM end a run in good order: the destination stays as it was. A second one, a second later or more, ends
/// the process at once; sooner it is the same one, which some senders give to a process and to its group.
enum Interruption {
    private static let first = Mutex<ContinuousClock.Instant?>(nil)

    static func handling<T>(_ cancellation: Cancellation, _ body: () async throws -> T) async throws -> T {
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                let isAnother = first.withLock { first in
                    defer { first = first ?? .now }
                    return first.map { .now - $0 > .seconds(1) } ?? false
                }
                if isAnother { _exit(130) }
                cancellation.cancel()
            }
            source.activate()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        }
        return try await body()
    }
}
