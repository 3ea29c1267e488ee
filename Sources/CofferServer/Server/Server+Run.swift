public import Coffer
public import CofferKMS
import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization
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
    private let destroyed: @Sendable (KeyID) async -> Void
    private let waiting = WaitingKeys()

    /// The upkeep of `store`, once a minute. `destroyed` is told of keys whose waiting period ended meanwhile, whatever
    /// ended it.
    public init(of store: KeyStore, destroyed: @escaping @Sendable (KeyID) async -> Void) {
        (self.store, self.destroyed) = (store, destroyed)
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
        guard let keys = try? await store.allKeys() else { return }
        for key in waiting.gone(from: keys) { await destroyed(key) }
    }
}

/// The keys that waited for their destruction when somebody last looked.
private final class WaitingKeys: Sendable {
    private let keys = Mutex<Set<KeyID>>([])

    /// Those that are no more; the others are remembered.
    func gone(from now: [KeyDescription]) -> [KeyID] {
        keys.withLock { keys in
            defer { keys = Set(now.filter { $0.deletionDate != nil }.map(\.key)) }
            return keys.subtracting(now.map(\.key)).sorted { $0.name < $1.name }
        }
    }
}
