import FoundationEssentials

/// What lies beside a file destination (`NAME.coffer.json`, or `.coffer.json` in a folder): catalogues and the memory of loads.
///
/// It must change in one step with the data. For a file the new one waits as `….next`, with the size and time of the data
/// it belongs to, until that data is in place; whoever reads takes the one that fits the data. In a folder a load
/// counts only if its part is there.
struct Sidecar: Codable {
    var version = 1
    /// The data a waiting sidecar belongs to.
    var data: DataMark?
    var catalogues: [JSONValue] = []
    var loads: [Remembered] = []

    struct DataMark: Codable, Equatable {
        let size: Int
        let modified: Int
        /// The mark of an object, which has no time that is known beforehand.
        var mark: String?
    }

    /// A load, as `_coffer_runs` remembers it in a database.
    struct Remembered: Codable {
        let run: String
        let pipeline: String
        let finished: String
        let rows: Int
        let files: [File]
        let cursor: String?
        /// The file in the folder that it wrote.
        let part: String?

        struct File: Codable {
            let name: String
            let size: Int
            let modified: Int
        }
    }

    init() {}

    /// The sidecar at `path`; nil where there is none.
    static func read(_ path: String) throws(PipelineError) -> Sidecar? {
        guard let bytes = try FileSystem.read(path, limit: 64 << 20) else { return nil }
        return try Sidecar(decoding: bytes, path)
    }

    /// Reads what was found at `place`.
    init(decoding bytes: [UInt8], _ place: String) throws(PipelineError) {
        guard let sidecar = try? JSONDecoder().decode(Sidecar.self, from: Data(bytes)), sidecar.version == 1 else {
            throw PipelineError(.catalogue, "\(place) is not a catalogue that this version of coffer can read")
        }
        self = sidecar
    }

    /// Its bytes.
    func encoded() throws(PipelineError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(self) else {
            throw PipelineError(.catalogue, "the catalogue can't be written")
        }
        return [UInt8](bytes)
    }

    /// Writes it in the place of what is at `path`, whole and to the disk.
    func write(_ path: String) throws(PipelineError) {
        let bytes = try encoded()
        let waiting = Staging.path(for: path)
        defer { FileSystem.remove(waiting) }
        try FileSystem.write(bytes, to: waiting)
        try FileSystem.rename(waiting, to: path)
    }

    /// The catalogues as records.
    func records() throws(PipelineError) -> [CatalogueRecord] {
        var records: [CatalogueRecord] = []
        for value in catalogues {
            guard let record = CatalogueRecord(sidecar: value) else {
                throw PipelineError(.catalogue, "a catalogue in the sidecar is malformed")
            }
            records.append(record)
        }
        return records
    }

    /// Puts `record` in the place of the catalogue of the same dataset.
    mutating func put(_ record: CatalogueRecord) throws(PipelineError) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(record.document)) else {
            throw PipelineError(.catalogue, "the catalogue is malformed")
        }
        catalogues.removeAll { CatalogueRecord(sidecar: $0)?.dataset == record.dataset }
        catalogues.append(value)
    }
}

extension CatalogueRecord {
    /// A catalogue inside a sidecar; its bytes are the same however the sidecar was formatted.
    init?(sidecar value: JSONValue) {
        guard case .object(let members) = value, case .string(let dataset) = members["dataset"],
            case .string(let id) = members["id"]
        else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(value) else { return nil }
        self.init(dataset: dataset, id: id, document: [UInt8](bytes))
    }
}

extension Sidecar.Remembered {
    init(_ run: RunRecord, part: String?) {
        self.init(
            run: run.id, pipeline: run.pipeline, finished: run.finishedAt, rows: run.rows,
            files: run.files.map { File(name: $0.name, size: $0.size, modified: $0.modified) }, cursor: run.cursor,
            part: part)
    }

    var record: RunRecord {
        RunRecord(
            id: run, pipeline: pipeline, finishedAt: finished, rows: rows,
            files: files.map { LoadedFile(name: $0.name, size: $0.size, modified: $0.modified) }, cursor: cursor)
    }
}
