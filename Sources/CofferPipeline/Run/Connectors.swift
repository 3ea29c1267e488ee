/// Makes sources and destinations from what a pipeline says.
package struct Connectors: Sendable {
    /// The engine they share.
    package let engine: Engine

    /// Connectors around an engine.
    package init(_ engine: Engine) { self.engine = engine }

    /// The source, found but not yet read.
    package func source(_ place: SourceSpecification.Place) throws -> any Source {
        switch place {
        case .files(let files): try FileSource(files, engine: engine)
        case .database(.duckdb(let path), let relation): try DuckDBSource(path, relation, engine: engine)
        case .database(.sqlite(let path), let relation):
            try SQLiteSource(path, relation, driver: ADBCDriver.open(.sqlite))
        case .database(.postgres(let address), let relation):
            PostgresSource(address, relation, driver: try ADBCDriver.open(.postgresql))
        }
    }

    /// The destination, opened; a database file is made where there is none.
    package func destination(_ place: DestinationSpecification.Place) throws -> any Destination {
        switch place {
        case .file(let path, let format): try FileDestination(path, format, engine: engine)
        case .folder(let path, let format): try FolderDestination(path, format, engine: engine)
        case .database(.duckdb(let path), let table): try DuckDBDestination(path, table, engine: engine)
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
