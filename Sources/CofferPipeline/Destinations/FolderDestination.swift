/// A folder of files, one part a load, with one sidecar `.coffer.json`.
package final class FolderDestination: Destination {
    package var location: String { path + "/" }
    package let cells: CellForm
    private let path: String
    private let writer: FileWriter
    private var sidecar: String { path + "/.coffer.json" }

    /// A folder of files of `format`. It is made by the first load.
    package init(_ path: String, _ format: FileFormat, engine: Engine) throws {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        writer = try FileWriter(format, location: path, engine: engine)
        cells = writer.cells
    }

    package var defaultDataset: String? { FileSystem.name(of: path) }

    private var parts: [String] {
        LibrarySearch.entries(of: path).filter { !$0.hasPrefix(".") && $0.hasSuffix("." + writer.format.rawValue) }
    }

    package func existingSchema() throws -> Schema? {
        try parts.first.map { try writer.schema(of: "\(path)/\($0)") }
    }

    package func catalogues() throws -> [CatalogueRecord] { try Sidecar.read(sidecar)?.records() ?? [] }

    /// Loads whose part is there: a kill may have come between the sidecar and the part.
    package func runs() throws -> [RunRecord] {
        let present = Set(parts)
        return try Sidecar.read(sidecar)?.loads.filter { $0.part.map(present.contains) ?? true }.map(\.record) ?? []
    }

    package func replaceCatalogue(_ new: CatalogueRecord, old: [UInt8]) throws {
        try FileSystem.locking(FileSystem.folder(of: path)) {
            guard var sidecar = try Sidecar.read(sidecar), try sidecar.records().contains(where: { $0.document == old })
            else {
                throw PipelineError(.catalogue, "the catalogue of \(path) has changed meanwhile", hint: "try again")
            }
            try sidecar.put(new)
            try sidecar.write(self.sidecar)
        }
    }

    package func write(_ stream: any BatchStream, _ load: Load) throws -> Int {
        if FileSystem.status(path) != nil, !FileSystem.isFolder(path) {
            throw PipelineError(.destination, "\(path) is a file, not a folder")
        }
        Staging.removeAbandoned(in: FileSystem.folder(of: path))
        switch load.mode {
        case .replace: return try replace(stream, load)
        case .append: return try append(stream, load)
        case .merge:
            throw PipelineError(
                .destination, "files can't be merged into", hint: "merge into a database, or use write: append")
        }
    }

    package func cancel() { writer.cancel() }

    private func part(_ load: Load) -> String { "part-\(load.run.id).\(writer.format.rawValue)" }

    /// A whole new folder, swapped with the old one in one step.
    private func replace(_ stream: any BatchStream, _ load: Load) throws -> Int {
        try refuseStrangers()
        let staged = Staging.path(for: path)
        try FileSystem.makeFolder(staged)
        defer { FileSystem.remove(staged) }
        var run = load.run
        run.rows = try writer.write(stream, to: "\(staged)/\(part(load))", catalogue: load.catalogueID)
        try FileSystem.sync("\(staged)/\(part(load))")
        try FileSystem.locking(FileSystem.folder(of: path)) {
            var next = Sidecar()
            if let record = try load.catalogue(catalogues()) { try next.put(record) }
            next.loads = [Sidecar.Remembered(run, part: part(load))]
            try next.write(staged + "/.coffer.json")
            if FileSystem.isFolder(path) {
                try FileSystem.exchange(staged, path)
            } else {
                try FileSystem.rename(staged, to: path)
            }
        }
        return run.rows
    }

    /// What Coffer has not written is not Coffer's to remove.
    private func refuseStrangers() throws(PipelineError) {
        let own = { (name: String) in name == ".coffer.json" || name.hasPrefix("part-") || name.hasSuffix(".coffer-tmp")
        }
        guard let stranger = LibrarySearch.entries(of: path).first(where: { !own($0) }) else { return }
        throw PipelineError(
            .destination, "\(path) holds \(stranger), which replacing the folder would remove",
            hint: "move it away, or write to another folder")
    }

    /// A further part. The sidecar comes first: it holds the old keys as well, and the load counts once the part is there.
    private func append(_ stream: any BatchStream, _ load: Load) throws -> Int {
        let isNew = FileSystem.status(path) == nil
        try FileSystem.makeFolder(path)
        defer { if isNew { FileSystem.removeIfEmpty(path) } }
        try refuseOtherColumns(stream.schema, load)
        let final = "\(path)/\(part(load))"
        Staging.removeAbandoned(in: path)
        let staged = try Staging.file(for: final)
        defer { FileSystem.remove(staged) }
        var run = load.run
        run.rows = try writer.write(stream, to: staged, catalogue: load.catalogueID)
        try FileSystem.sync(staged)
        try FileSystem.locking(FileSystem.folder(of: path)) {
            try load.refuseOthers(runs(), location)
            var next = try Sidecar.read(sidecar) ?? Sidecar()
            if let record = try load.catalogue(next.records()) { try next.put(record) }
            next.loads.append(Sidecar.Remembered(run, part: part(load)))
            try next.write(sidecar)
            try FileSystem.rename(staged, to: final)
        }
        return run.rows
    }

    private func refuseOtherColumns(_ schema: Schema, _ load: Load) throws {
        let ending = "." + writer.format.rawValue
        if let other = LibrarySearch.entries(of: path).first(where: { $0.hasPrefix("part-") && !$0.hasSuffix(ending) })
        {
            throw PipelineError(
                .destination, "\(path) holds \(other): parts of two forms would not be read together",
                hint: "set format: to that one, or write to another folder")
        }
        guard !load.evolve, let there = try existingSchema() else { return }
        let known = Set(there.fields.map(\.name))
        guard let new = schema.fields.first(where: { !known.contains($0.name) }) else { return }
        throw PipelineError(
            .destination, "\(path) has no column \(new.name)", hint: "add schema: evolve to the destination to add it")
    }
}
