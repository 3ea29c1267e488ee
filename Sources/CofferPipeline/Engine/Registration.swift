import CArrow

/// A stream that the engine reads, once, as a view of its in-memory database.
///
/// Keep it until the query over it has ended; then look at ``failure`` first. The view goes with it.
@safe final class Registration: Sendable {
    private let exported: ExportedStream
    private nonisolated(unsafe) let raw: UnsafeMutablePointer<ArrowArrayStream>
    private let connection: EngineConnection
    private let view: String

    init(_ stream: any BatchStream, in engine: Engine) throws {
        exported = ExportedStream(stream)
        view = "coffer_stream_\(engine.nextStream())"
        connection = try engine.connect()
        unsafe raw = .allocate(capacity: 1)
        unsafe exported.export(to: raw)
        // Thrown from here on, with every property set: `deinit` runs and frees what there is.
        guard unsafe connection.scan(raw, as: view) else {
            throw PipelineError(.engine, "the engine does not take the columns of the stream")
        }
    }

    /// The view's name, as any connection of the engine may write it.
    var name: String { "memory.main.\(view)" }

    /// What our side of the stream failed with.
    var failure: (any Error)? { exported.failure }

    deinit {
        _ = try? connection.execute("DROP VIEW IF EXISTS \(name)")
        unsafe raw.deallocate()
    }
}

extension Engine {
    /// Makes `stream` readable.
    func register(_ stream: any BatchStream) throws -> Registration { try Registration(stream, in: self) }
}
