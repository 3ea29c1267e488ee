public import CofferKMS
import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import UnixSignals

extension Server {
    /// Has tasks run on the threads that read and write the connections, for the rest of the process. A request is then
    /// answered without a change of threads. To be called once, before the first task; where the runtime has no such place,
    /// tasks run on threads of their own as ever.
    public static func shareThreads() {
        NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
    }

    /// Serves until SIGTERM or SIGINT, then finishes what it has begun: connections that are idle are closed at once, those
    /// with a request when it is answered, whatever is left after half a minute.
    public func runUntilStopped(with services: [any Service] = []) async throws {
        var configuration = ServiceGroupConfiguration(
            services: (services + [self]).map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "coffer.server") { _ in SwiftLogNoOpLogHandler() })
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Does what is due in a key store while nobody asks for anything: rotations, the end of waiting periods.
public struct Upkeep: Service {
    private let store: KeyStore
    private let record: any DueRecord
    private let failed: @Sendable (any Error) -> Void

    /// The upkeep of `store`, once a minute. What came about by itself, also elsewhere, goes on `record`; where it can't,
    /// `failed` is told, and the next minute tries again.
    public init(of store: KeyStore, on record: any DueRecord, failed: @escaping @Sendable (any Error) -> Void) {
        (self.store, self.record, self.failed) = (store, record, failed)
    }

    /// Runs until the service is stopped.
    public func run() async throws {
        await look()
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(60))) != nil { await look() }
        }
        await look()
    }

    /// Any look at the keys does what is due first. A store that can't be written is tried again.
    @Sendable private func look() async {
        _ = try? await store.allKeys()
        do { try await store.recordDueEvents(on: record) } catch { failed(error) }
    }
}
