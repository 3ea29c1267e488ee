public import CofferKMS
import Logging
public import ServiceLifecycle
import UnixSignals

extension Server {
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

    /// The upkeep of `store`, once a minute.
    public init(of store: KeyStore) { self.store = store }

    /// Runs until the service is stopped.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            // Any look at the keys does what is due first. A store that can't be written is tried again.
            while (try? await Task.sleep(for: .seconds(60))) != nil { _ = try? await store.allKeys() }
        }
    }
}
