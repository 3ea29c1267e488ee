import Coffer
import Synchronization

/// Makes sources and destinations from what a pipeline says.
package struct Connectors: Sendable {
    /// The engine that reads and writes files and changes streams. No database file is ever attached to it.
    package let engine: Engine
    private let databases: Databases
    private let defaultVault: String?
    private let objects: ObjectStoreOpener

    /// Connectors around an engine, for these DuckDB files and no others. `vault` is the SQLite file of the token vault
    /// where no other one is named; `objects` opens buckets.
    package init(
        _ engine: Engine, databases: [String], vault: String? = nil,
        objects: @escaping ObjectStoreOpener = { bucket in
            throw PipelineError(.source, "\(ObjectAddress.scheme)\(bucket) can't be reached from here")
        }
    ) {
        self.objects = objects
        self.engine = engine
        defaultVault = vault
        self.databases = Databases(engine, databases)
    }

    /// The engine that DuckDB files are attached to, started when it is needed: one, since a run may read and write one file.
    private final class Databases: Sendable {
        private let base: Engine
        private let files: [String]
        private let made = Mutex<Engine?>(nil)

        init(_ base: Engine, _ files: [String]) { (self.base, self.files) = (base, files) }

        func engine() throws -> Engine {
            try made.withLock { made in
                if let made { return made }
                let engine = try base.confined(to: files)
                made = engine
                return engine
            }
        }
    }

    /// The token vault at `place`, or the default one; made where there is none and `creates` says so.
    package func vault(_ place: VaultPlace?, creates: Bool = false) throws -> any TokenVault {
        guard let place = place ?? defaultVault.map({ .sqlite($0) }) else {
            throw PipelineError(.vault, "no token vault is named", hint: "write vault: tokens.db in the pipeline")
        }
        return try place.open(creates: creates)
    }

    /// The source, found but not yet read.
    package func source(_ place: SourceSpecification.Place) throws -> any Source {
        switch place {
        case .files(let files) where files.paths.contains(where: ObjectAddress.isOne):
            try ObjectSource(files, engine: engine, open: objects)
        case .files(let files): try FileSource(files, engine: engine)
        case .database(.duckdb(let path), let relation): try DuckDBSource(path, relation, engine: databases.engine())
        case .database(.sqlite(let path), let relation):
            try SQLiteSource(path, relation, driver: ADBCDriver.open(.sqlite))
        case .database(.postgres(let address), let relation):
            PostgresSource(address, relation, driver: try ADBCDriver.open(.postgresql))
        }
    }

    /// The destination, opened; a database file is made where there is none.
    package func destination(_ place: DestinationSpecification.Place) throws -> any Destination {
        switch place {
        case .file(let path, let format) where ObjectAddress.isOne(path):
            try ObjectDestination(ObjectAddress(path), format, engine: engine, open: objects)
        case .file(let path, let format): try FileDestination(path, format, engine: engine)
        case .folder(let path, let format): try FolderDestination(path, format, engine: engine)
        case .database(.duckdb(let path), let table): try DuckDBDestination(path, table, engine: databases.engine())
        case .database(.sqlite(let path), let table):
            try SQLiteDestination(path, table, driver: ADBCDriver.open(.sqlite)) { [engine] in
                try engine.transform($0, $1)
            }
        case .database(.postgres(let address), let table):
            PostgresDestination(address, table, driver: try ADBCDriver.open(.postgresql)) { [engine] in
                try engine.transform($0, $1)
            }
        }
    }
}
