/// Where rows go: a file, a folder, a database table, with the catalogue of wrapped keys beside them.
///
/// Calls block the thread they are made on; `cancel` may come from any other thread.
package protocol Destination: AnyObject, Sendable {
    /// Where it is, for people: a path or an address, never with a password.
    var location: String { get }

    /// The dataset's name unless the pipeline gives one: the table or the file.
    var defaultDataset: String? { get }

    /// How protected cells are written here.
    var cells: CellForm { get }

    /// The columns that are there now; nil when there is no table or file.
    func existingSchema() throws -> Schema?

    /// The catalogues that lie beside the data, untrusted.
    func catalogues() throws -> [CatalogueRecord]

    /// Those of a dataset, whichever table of the database they were written for: a table derived from another has none.
    func catalogues(of dataset: String) throws -> [CatalogueRecord]

    /// Puts a rewrapped catalogue in place of the one with the same dataset; refused unless that one still
    /// reads `old`, so that a load in between is not lost. Touches no row of data.
    func replaceCatalogue(_ new: CatalogueRecord, old: [UInt8]) throws

    /// The loads this table or folder remembers, oldest first.
    func runs() throws -> [RunRecord]

    /// Writes the stream to its end and returns the number of rows. When it throws, for whatever reason, and when
    /// the process dies, the destination is as it was.
    func write(_ stream: any BatchStream, _ load: Load) throws -> Int

    /// Makes a blocked call fail soon, with nothing changed.
    func cancel()
}

extension Destination {
    package func catalogues(of dataset: String) throws -> [CatalogueRecord] {
        try catalogues().filter { $0.dataset == dataset }
    }
}

/// How rows meet those that are there.
package enum WriteMode: Sendable, Hashable {
    /// The new rows instead of the old. In a database the table itself stays, with grants, indexes and views.
    case replace
    /// The new rows after the old.
    case append
    /// A row with the same key takes the place of the old one.
    case merge(primaryKey: [String])
}

/// One load into a destination.
package struct Load: Sendable {
    /// How rows meet those that are there.
    package var mode: WriteMode
    /// Whether new columns are added to an existing table; otherwise they are refused by name.
    package var evolve: Bool
    /// Called once after the last batch, inside the transaction or lock, with the catalogues that are there at that moment: the
    /// last one to refuse (a source that changed), and the first at which the catalogue is complete. Another load may
    /// have added to it since this one began. Nil when nothing is encrypted.
    package var catalogue: @Sendable (_ current: [CatalogueRecord]) throws -> CatalogueRecord?
    /// What is remembered of this run; the destination fills in `rows`.
    package var run: RunRecord
    /// The id that the catalogue will have, for formats that note it before the first row.
    package var catalogueID: String?
    /// The runs that told what is new, where only that is read.
    package var seenRuns: [String]?

    /// A load.
    package init(
        mode: WriteMode, evolve: Bool = false, run: RunRecord, catalogueID: String? = nil,
        catalogue: @escaping @Sendable (_ current: [CatalogueRecord]) throws -> CatalogueRecord?
    ) {
        self.mode = mode
        self.evolve = evolve
        self.run = run
        self.catalogueID = catalogueID
        self.catalogue = catalogue
    }
}

/// A catalogue as it is stored: a row of `_coffer_keys` or a sidecar file.
package struct CatalogueRecord: Sendable, Hashable {
    /// The logical name of what it protects.
    package let dataset: String
    /// Its own identifier.
    package let id: String
    /// The document, JSON.
    package let document: [UInt8]

    /// A record.
    package init(dataset: String, id: String, document: [UInt8]) {
        self.dataset = dataset
        self.id = id
        self.document = document
    }
}

/// A finished load: a row of `_coffer_runs`.
package struct RunRecord: Sendable, Hashable {
    /// Its identifier.
    package var id: String
    /// The pipeline's name.
    package var pipeline: String
    /// When it ended, ISO 8601 in UTC.
    package var finishedAt: String
    /// Rows written.
    package var rows: Int
    /// The files it read.
    package var files: [LoadedFile]
    /// The upper bound of its incremental read.
    package var cursor: String?

    /// A record.
    package init(
        id: String, pipeline: String, finishedAt: String, rows: Int = 0, files: [LoadedFile] = [], cursor: String? = nil
    ) {
        self.id = id
        self.pipeline = pipeline
        self.finishedAt = finishedAt
        self.rows = rows
        self.files = files
        self.cursor = cursor
    }
}

extension Load {
    /// Refuses to load what another run has loaded since this one looked at what is new. Called when no other run can
    /// come between any more.
    func refuseOthers(_ runs: @autoclosure () throws -> [RunRecord], _ location: String) throws {
        guard let seenRuns, try runs().map(\.id) != seenRuns else { return }
        throw PipelineError(
            .destination, "\(location): another run has loaded rows meanwhile; nothing was changed", hint: "run again")
    }
}
