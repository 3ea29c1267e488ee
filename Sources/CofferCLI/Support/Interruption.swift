import CofferPipeline
import Dispatch
import Glibc

/// Ctrl-C and SIGTERM end a run in good order: the destination stays as it was. A second one ends the process at once.
enum Interruption {
    static func handling<T>(_ cancellation: Cancellation, _ body: () async throws -> T) async throws -> T {
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if cancellation.isCancelled { _exit(130) }
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
