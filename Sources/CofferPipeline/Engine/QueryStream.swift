import CArrow

/// The batches of a running query.
@safe final class QueryStream: BatchStream, @unchecked Sendable {
    let schema: Schema
    /// As the engine writes it, with booleans in bytes.
    private let written: Schema
    private let isPlain: Bool
    private let connection: EngineConnection
    private var result: duckdb_result
    private var options: duckdb_arrow_options?

    /// Takes over `result`.
    init(_ connection: EngineConnection, taking result: duckdb_result) throws {
        self.connection = connection
        unsafe self.result = unsafe result
        let library = connection.library
        unsafe options = unsafe library.arrowOptions(&self.result)
        do {
            written = try unsafe Self.schema(library, &self.result, options)
            schema = written.withPlainBooleans
            isPlain = written == schema
        } catch {
            unsafe library.destroyArrowOptions(&options)
            unsafe library.destroyResult(&self.result)
            throw error
        }
    }

    private static func schema(
        _ library: DuckDBLibrary, _ result: inout duckdb_result, _ options: duckdb_arrow_options?
    ) throws -> Schema {
        let count = unsafe library.columnCount(&result)
        var types: [duckdb_logical_type?] = unsafe []
        var names: [UnsafePointer<CChar>?] = unsafe []
        for i in 0..<count {
            unsafe types.append(library.columnType(&result, i))
            unsafe names.append(library.columnName(&result, i))
        }
        defer { for i in unsafe types.indices { unsafe library.destroyType(&types[i]) } }
        var raw = unsafe ArrowSchema()
        var failed = unsafe library.toArrowSchema(options, &types, &names, count, &raw)
        if unsafe failed != nil {
            let isError = unsafe library.errorHasError(failed)
            unsafe library.destroyError(&failed)
            if isError { throw PipelineError(.engine, "the engine has a type that Arrow has not") }
        }
        defer { if let release = unsafe raw.release { unsafe release(&raw) } }
        return try unsafe Schema(importing: raw)
    }

    func next() throws -> RecordBatch? {
        let library = connection.library
        var chunk = unsafe library.fetchChunk(result)
        guard unsafe chunk != nil else {
            if let text = unsafe library.resultError(&result), unsafe text.pointee != 0 {
                throw unsafe connection.failure(&result)
            }
            return nil
        }
        defer { unsafe library.destroyChunk(&chunk) }
        var array = unsafe ArrowArray()
        var failed = unsafe library.chunkToArrow(options, chunk, &array)
        if unsafe failed != nil {
            let isError = unsafe library.errorHasError(failed)
            unsafe library.destroyError(&failed)
            if isError { throw EngineFailure(type: 0, text: "") }
        }
        let batch = try unsafe ImportedArray(taking: &array).batch(of: written)
        if isPlain { return batch }
        return RecordBatch(
            schema: schema, rowCount: batch.rowCount,
            columns: zip(batch.columns, schema.fields).map { $0.withPlainBooleans($1) })
    }

    deinit {
        unsafe connection.library.destroyArrowOptions(&options)
        unsafe connection.library.destroyResult(&result)
    }
}
