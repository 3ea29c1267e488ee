/// One file, replaced whole, with its sidecar `NAME.coffer.json`.
package final class FileDestination: Destination {
    package var location: String { path }
    package let cells: CellForm
    private let path: String
    private let writer: FileWriter
    private var sidecar: String { path + ".coffer.json" }
    private var waiting: String { sidecar + ".next" }

    /// A file of `format`.
    package init(_ path: String, _ format: FileFormat, engine: Engine) throws {
        self.path = path
        writer = try FileWriter(format, location: path, engine: engine)
        cells = writer.cells
    }

    package var defaultDataset: String? {
        let stem = FileSystem.name(of: path).prefix { $0 != "." }
        return stem.isEmpty ? nil : String(stem)
    }

    package func existingSchema() throws -> Schema? {
        FileSystem.status(path) == nil ? nil : try writer.schema(of: path)
    }

    /// The sidecar of the data that is there: the waiting one where it fits, since a kill may have come between.
    private func current() throws -> Sidecar? {
        if let next = try Sidecar.read(waiting), let state = try? FileState(of: path),
            next.data == Sidecar.DataMark(size: state.size, modified: state.modified)
        {
            return next
        }
        return try Sidecar.read(sidecar)
    }

    package func catalogues() throws -> [CatalogueRecord] { try current()?.records() ?? [] }

    package func runs() throws -> [RunRecord] { try current()?.loads.map(\.record) ?? [] }

    package func replaceCatalogue(_ new: CatalogueRecord, old: [UInt8]) throws {
        try FileSystem.locking(FileSystem.folder(of: path)) {
            guard var sidecar = try current(), try sidecar.records().contains(where: { $0.document == old }) else {
                throw PipelineError(.catalogue, "the catalogue of \(path) has changed meanwhile", hint: "try again")
            }
            try sidecar.put(new)
            sidecar.data = nil
            try sidecar.write(self.sidecar)
            FileSystem.remove(waiting)
        }
    }

    package func write(_ stream: any BatchStream, _ load: Load) throws -> Int {
        guard case .replace = load.mode else {
            throw PipelineError(
                .destination, "\(path) is one file, which can only be replaced",
                hint: "write: replace, or give a folder (a path ending in /) for write: append")
        }
        if FileSystem.isFolder(path) {
            throw PipelineError(.destination, "\(path) is a folder", hint: "write \(path)/")
        }
        Staging.removeAbandoned(in: FileSystem.folder(of: path))
        let staged = try Staging.file(for: path)
        defer { FileSystem.remove(staged) }
        var run = load.run
        run.rows = try writer.write(stream, to: staged, catalogue: load.catalogueID)
        try FileSystem.sync(staged)
        let state = try FileState(of: staged)
        try FileSystem.locking(FileSystem.folder(of: path)) {
            var next = Sidecar()
            if let record = try load.catalogue(catalogues()) { try next.put(record) }
            next.loads = [Sidecar.Remembered(run, part: nil)]
            next.data = Sidecar.DataMark(size: state.size, modified: state.modified)
            try next.write(waiting)
            try FileSystem.rename(staged, to: path)
            try FileSystem.rename(waiting, to: sidecar)
        }
        return run.rows
    }

    package func cancel() { writer.cancel() }
}
