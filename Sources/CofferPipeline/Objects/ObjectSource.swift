import Coffer

/// CSV, JSON, JSONL and Parquet in a store of objects.
///
/// CSV and JSONL are streamed, in as many passes as files are read; Parquet, JSON, what is compressed in several objects
/// and what is small are held in memory. Nothing reaches a disk.
package final class ObjectSource: Source, @unchecked Sendable {
    /// What may be held in memory.
    static let maximumHeld = 1 << 30

    package let location: String
    private let selected: FileSelection
    private let engine: Engine
    private let open: ObjectStoreOpener
    /// Found once: a run reads one state of the store.
    private var found: [FoundObject]?
    private var opened: [FoundObject] = []
    private var reader: Reader?

    /// The objects as the engine reads them.
    private struct Reader {
        let objects: [FoundObject]
        let source: FileSource
        let held: [MemoryFile]
        let feed: ObjectFeed?
        let names: [(path: String, name: String)]
    }

    /// Objects that are looked for when they are needed.
    package init(_ selected: FileSelection, engine: Engine, open: @escaping ObjectStoreOpener) throws {
        guard selected.paths.allSatisfy(ObjectAddress.isOne) else {
            throw PipelineError(
                .source, "files and objects can't be read together", hint: "give each a table of its own")
        }
        self.selected = selected
        self.engine = engine
        self.open = open
        location = selected.paths.joined(separator: ", ")
    }

    package var defaultDataset: String? { FileSource.dataset(selected.paths[0]) }

    package func describe(_ selection: Selection) throws -> Schema {
        let objects = try objects(but: selection.except)
        return objects.isEmpty ? Schema([]) : try reading(objects) { try $0.describe(selection.withoutFiles) }
    }

    package func maximum(of column: String) throws -> String? {
        let objects = try objects(but: [])
        return objects.isEmpty ? nil : try reading(objects) { try $0.maximum(of: column) }
    }

    package func open(_ selection: Selection) throws -> any BatchStream {
        let objects = try objects(but: selection.except)
        guard !objects.isEmpty else { return EmptyStream(schema: Schema([])) }
        opened = objects
        let stream = try reading(objects) { try $0.open(selection.withoutFiles) }
        return FedStream(stream, reader?.feed) { [self] in translated($0) }
    }

    package func verifyUnchanged() throws {
        for object in opened {
            guard try translating({ try object.store.head(object.info.name).etag }) != object.info.etag else {
                continue
            }
            throw PipelineError(
                .sourceChanged, "\(object.address) changed while it was read", hint: "run again; nothing was written")
        }
    }

    package var files: [LoadedFile] { opened.map(\.loaded) }

    package var expectedRows: Int? {
        guard selected.format == .parquet, let objects = try? objects(but: []) else { return nil }
        return try? reading(objects) { $0.expectedRows }
    }

    package func cancel() { reader?.source.cancel() }

    private func objects(but loaded: Set<LoadedFile>) throws -> [FoundObject] {
        let all = try found ?? translating { try FoundObject.all(selected.paths, open) }
        found = all
        return loaded.isEmpty ? all : all.filter { !loaded.contains($0.loaded) }
    }

    private func reading<T>(_ objects: [FoundObject], _ body: (FileSource) throws -> T) throws -> T {
        try translating {
            if reader?.objects.map(\.address) != objects.map(\.address) { reader = try makeReader(objects) }
            return try body(reader!.source)
        }
    }

    private func makeReader(_ objects: [FoundObject]) throws -> Reader {
        reader = nil
        let total = objects.reduce(0) { $0 + $1.info.byteCount }
        let compressions = objects.map { Compression.of($0.info.name) }
        let isText = selected.format == .csv || selected.format == .jsonl
        let isOneStream = objects.count == 1 || compressions.allSatisfy { $0 == nil }
        var files = selected
        files.compression = compressions[0]
        if isText, isOneStream, total >= ObjectFeed.leastByteCount {
            let hasHeader = selected.format == .csv && selected.header != false && objects.count > 1
            let feed = try ObjectFeed(
                objects, skippingHeaders: hasHeader ? selected.quote?.utf8.first ?? UInt8(ascii: "\"") : nil)
            files.paths = [feed.path]
            files.isStreamed = true
            let source = try FileSource(files, engine: engine) { try feed.renew() }
            return Reader(
                objects: objects, source: source, held: [], feed: feed,
                names: [(feed.path, objects.count == 1 ? objects[0].address.description : location)])
        }
        guard total <= Self.maximumHeld else {
            throw PipelineError(
                .tooLarge,
                "\(location) has \(total >> 20) MiB, and \(selected.format.rawValue) is held in memory up to \(Self.maximumHeld >> 20) MiB",
                hint: isText
                    ? "read fewer objects at once, or uncompressed ones" : "read fewer objects at once, or JSONL")
        }
        guard Set(compressions).count == 1 else {
            throw PipelineError(
                .source, "\(location): some objects are compressed and some are not", hint: "read them apart")
        }
        let held = try objects.map { try $0.held() }
        files.paths = held.map(\.path)
        return Reader(
            objects: objects, source: try FileSource(files, engine: engine), held: held, feed: nil,
            names: zip(held, objects).map { ($0.path, $1.address.description) })
    }

    private func translating<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch { throw translated(error) }
    }

    /// Errors name objects, and not what the engine reads them by.
    private func translated(_ error: any Error) -> any Error {
        if let error = error as? ObjectError { return PipelineError(error, .source) }
        guard let error = error as? PipelineError else { return error }
        // The engine met an end that was none.
        if let failure = reader?.feed?.failure {
            return (failure as? ObjectError).map { PipelineError($0, .source) } ?? failure
        }
        func named(_ text: String) -> String {
            // Longer numbers first: fd/1 begins fd/12.
            (reader?.names ?? []).sorted { $0.path.count > $1.path.count }.reduce(text) { text, name in
                var (result, rest) = ("", text[...])
                while let at = rest.firstRange(of: name.path) {
                    result += rest[..<at.lowerBound] + name.name
                    rest = rest[at.upperBound...]
                }
                return result + rest
            }
        }
        return PipelineError(error.code, named(error.message), hint: error.hint.map(named))
    }

    /// Batches whose end is one only where all objects have been read to theirs.
    private final class FedStream: BatchStream {
        private let base: any BatchStream
        private let feed: ObjectFeed?
        private let translated: @Sendable (any Error) -> any Error
        var schema: Schema { base.schema }

        init(
            _ base: any BatchStream, _ feed: ObjectFeed?, _ translated: @escaping @Sendable (any Error) -> any Error
        ) {
            (self.base, self.feed, self.translated) = (base, feed, translated)
        }

        func next() throws -> RecordBatch? {
            do {
                if let batch = try base.next() { return batch }
                try feed?.finish()
                return nil
            } catch {
                throw translated(error)
            }
        }
    }
}

extension Selection {
    /// The files have been chosen already.
    fileprivate var withoutFiles: Selection {
        var selection = self
        selection.except = []
        return selection
    }
}

/// How a file is compressed, by its name: what the engine reads by another name it can't tell.
enum Compression {
    static func of(_ name: String) -> String? {
        name.hasSuffix(".gz") ? "gzip" : name.hasSuffix(".zst") ? "zstd" : nil
    }
}
