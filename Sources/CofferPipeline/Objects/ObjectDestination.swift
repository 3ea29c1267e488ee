package import Coffer
import FoundationEssentials

/// One object, replaced whole, with its sidecar `NAME.coffer.json`.
///
/// Nothing is renamed in a store. A new sidecar waits under a name that only the new object leads to, by the mark that
/// it carries; then the object takes its name; then the sidecar its own.
package final class ObjectDestination: Destination {
    package let location: String
    package let cells: CellForm
    private let address: ObjectAddress
    private let writer: FileWriter
    private let store: any ObjectStore
    private var sidecar: String { address.name + ".coffer.json" }

    /// An object of `format`.
    package init(
        _ address: ObjectAddress, _ format: FileFormat, engine: Engine, open: ObjectStoreOpener
    ) throws {
        self.address = address
        location = address.description
        store = try open(address.bucket)
        writer = try FileWriter(format, location: location, engine: engine)
        cells = writer.cells
    }

    package var defaultDataset: String? {
        let stem = FileSystem.name(of: address.name).prefix { $0 != "." }
        return stem.isEmpty ? nil : String(stem)
    }

    /// An object is replaced whole: what it had makes no difference.
    package func existingSchema() throws -> Schema? { nil }

    /// The sidecar of the object that is there: the one that its mark leads to where that still waits, since a kill may have
    /// come between.
    private func found() throws -> (sidecar: Sidecar?, etag: String?) {
        let mark = try nilIfMissing { try store.head(address.name) }?.mark
        let own = try read(sidecar)
        if let mark, own?.sidecar.data?.mark != mark, let waiting = try read(waiting(mark)) {
            return (waiting.sidecar, own?.etag)
        }
        return (own?.sidecar, own?.etag)
    }

    private func waiting(_ mark: String) -> String { "\(sidecar).\(mark)" }

    private func read(_ name: String) throws -> (sidecar: Sidecar, etag: String)? {
        let place = "\(store.location)/\(name)"
        guard let info = try nilIfMissing({ try store.head(name) }),
            let bytes = try nilIfMissing({ try store.bytes(of: name, limit: 64 << 20) })
        else { return nil }
        return (try Sidecar(decoding: bytes, place), info.etag)
    }

    private func nilIfMissing<T>(_ body: () throws -> T) throws -> T? {
        do { return try body() } catch ObjectError.Code.notFound { return nil }
    }

    package func catalogues() throws -> [CatalogueRecord] {
        try translating { try found().sidecar?.records() ?? [] }
    }

    package func runs() throws -> [RunRecord] {
        try translating { try found().sidecar?.loads.map(\.record) ?? [] }
    }

    package func replaceCatalogue(_ new: CatalogueRecord, old: [UInt8]) throws {
        try translating {
            let (there, etag) = try found()
            guard var next = there, try next.records().contains(where: { $0.document == old }) else {
                throw PipelineError(.catalogue, "the catalogue of \(location) has changed meanwhile", hint: "try again")
            }
            try next.put(new)
            try store.put(try next.encoded(), as: sidecar, if: etag.map { .ifMatches(etag: $0) } ?? .ifAbsent)
        }
    }

    package func write(_ stream: any BatchStream, _ load: Load) throws -> Int {
        guard case .replace = load.mode else {
            throw PipelineError(
                .destination, "\(location) is one object, which can only be replaced", hint: "write: replace")
        }
        return try translating { try replace(stream, load) }
    }

    private func replace(_ stream: any BatchStream, _ load: Load) throws -> Int {
        let sink = try store.put(address.name, if: .always)
        defer { sink.abandon() }
        guard let mark = sink.mark else {
            throw PipelineError(.destination, "\(store.location) keeps no marks of objects, which a pipeline needs")
        }
        try sink.begin(.whenFinished)
        let pipe = try OutputPipe { try sink.write($0) }
        var run = load.run
        run.rows = try pipe.ending { try writer.write(stream, to: $0, catalogue: load.catalogueID) }
        let before = try found()
        var next = Sidecar()
        if let record = try load.catalogue(before.sidecar?.records() ?? []) { try next.put(record) }
        next.loads = [Sidecar.Remembered(run, part: nil)]
        next.data = Sidecar.DataMark(size: 0, modified: 0, mark: mark)
        let bytes = try next.encoded()
        try store.put(bytes, as: waiting(mark))
        do {
            _ = try sink.commit()
        } catch {
            // Where the answer was lost the object may be there, and needs it.
            if (try? store.head(address.name))?.mark != mark { try? store.delete(waiting(mark)) }
            throw error
        }
        try settle(bytes, mark, before.etag)
        return run.rows
    }

    /// The sidecar takes its own name, unless another run's object has taken the place of this one.
    private func settle(_ bytes: [UInt8], _ mark: String, _ etag: String?) throws {
        do {
            try store.put(bytes, as: sidecar, if: etag.map { .ifMatches(etag: $0) } ?? .ifAbsent)
        } catch ObjectError.Code.conditionFailed {
            guard try store.head(address.name).mark == mark else { return try store.delete(waiting(mark)) }
            try store.put(bytes, as: sidecar)
        }
        try store.delete(waiting(mark))
    }

    private func translating<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as ObjectError { throw PipelineError(error, .destination) }
    }

    package func cancel() { writer.cancel() }
}
