import CofferPipeline

/// Starts engines.
enum Engines {
    /// An engine with the limits of the file, or of `COFFER_MEMORY` and `COFFER_THREADS`.
    static func make(_ limits: Engine.Limits = Engine.Limits(), writing files: [String] = []) throws -> Engine {
        let environment = Environment.current
        var limits = limits
        if let memory = environment["COFFER_MEMORY"], !memory.isEmpty { limits.memory = memory }
        if let threads = environment["COFFER_THREADS"].flatMap({ Int($0) }), threads > 0 { limits.threads = threads }
        return try Engine(DuckDBLibrary.load(environment), limits: limits, written: files)
    }
}
