import CArrow

#if canImport(Glibc)
    import Glibc
#endif

/// DuckDB's C API, opened at run time. Never closed again.
@safe package final class DuckDBLibrary: Sendable {
    private nonisolated(unsafe) let handle: UnsafeMutableRawPointer
    /// Where it was found.
    package let path: String

    let createConfig: duckdb_create_config_f
    let setConfig: duckdb_set_config_f
    let destroyConfig: duckdb_destroy_config_f
    let open: duckdb_open_ext_f
    let close: duckdb_close_f
    let connect: duckdb_connect_f
    let disconnect: duckdb_disconnect_f
    let interrupt: duckdb_interrupt_f
    let progress: duckdb_query_progress_f
    let query: duckdb_query_f
    let destroyResult: duckdb_destroy_result_f
    let resultError: duckdb_result_error_f
    let resultErrorType: duckdb_result_error_type_f
    let rowsChanged: duckdb_rows_changed_f
    let prepare: duckdb_prepare_f
    let prepareError: duckdb_prepare_error_f
    let destroyPrepare: duckdb_destroy_prepare_f
    let executeStreaming: duckdb_execute_prepared_streaming_f
    let columnCount: duckdb_column_count_f
    let columnName: duckdb_column_name_f
    let columnType: duckdb_column_logical_type_f
    let destroyType: duckdb_destroy_logical_type_f
    let fetchChunk: duckdb_fetch_chunk_f
    let destroyChunk: duckdb_destroy_data_chunk_f
    let arrowOptions: duckdb_result_get_arrow_options_f
    let destroyArrowOptions: duckdb_destroy_arrow_options_f
    let toArrowSchema: duckdb_to_arrow_schema_f
    let chunkToArrow: duckdb_data_chunk_to_arrow_f
    let errorHasError: duckdb_error_data_has_error_f
    let destroyError: duckdb_destroy_error_data_f
    let arrowScan: duckdb_arrow_scan_f
    let free: duckdb_free_f

    /// The first library found: `$COFFER_DUCKDB`, the system's, a Python wheel's.
    package static func load(_ environment: [String: String]) throws(PipelineError) -> DuckDBLibrary {
        for candidate in LibrarySearch.duckDB(environment) {
            if let library = unsafe try candidate.open() { return try unsafe DuckDBLibrary(library, candidate.path) }
        }
        throw PipelineError(
            .engine, "the DuckDB library is not there",
            hint: "pip install duckdb (in .venv), or set COFFER_DUCKDB to libduckdb.so"
        )
    }

    private init(_ handle: UnsafeMutableRawPointer, _ path: String) throws(PipelineError) {
        unsafe self.handle = unsafe handle
        self.path = path
        func find<F>(_ name: String, as type: F.Type) throws(PipelineError) -> F {
            guard let symbol = unsafe dlsym(handle, name) else {
                throw PipelineError(
                    .engine, "\(path) is not a DuckDB library that Coffer can use: it lacks \(name)",
                    hint: "use DuckDB 1.4 or newer")
            }
            return unsafe unsafeBitCast(symbol, to: type)
        }
        unsafe createConfig = try unsafe find("duckdb_create_config", as: duckdb_create_config_f.self)
        unsafe setConfig = try unsafe find("duckdb_set_config", as: duckdb_set_config_f.self)
        unsafe destroyConfig = try unsafe find("duckdb_destroy_config", as: duckdb_destroy_config_f.self)
        unsafe open = try unsafe find("duckdb_open_ext", as: duckdb_open_ext_f.self)
        unsafe close = try unsafe find("duckdb_close", as: duckdb_close_f.self)
        unsafe connect = try unsafe find("duckdb_connect", as: duckdb_connect_f.self)
        unsafe disconnect = try unsafe find("duckdb_disconnect", as: duckdb_disconnect_f.self)
        unsafe interrupt = try unsafe find("duckdb_interrupt", as: duckdb_interrupt_f.self)
        unsafe progress = try unsafe find("duckdb_query_progress", as: duckdb_query_progress_f.self)
        unsafe query = try unsafe find("duckdb_query", as: duckdb_query_f.self)
        unsafe destroyResult = try unsafe find("duckdb_destroy_result", as: duckdb_destroy_result_f.self)
        unsafe resultError = try unsafe find("duckdb_result_error", as: duckdb_result_error_f.self)
        unsafe resultErrorType = try unsafe find("duckdb_result_error_type", as: duckdb_result_error_type_f.self)
        unsafe rowsChanged = try unsafe find("duckdb_rows_changed", as: duckdb_rows_changed_f.self)
        unsafe prepare = try unsafe find("duckdb_prepare", as: duckdb_prepare_f.self)
        unsafe prepareError = try unsafe find("duckdb_prepare_error", as: duckdb_prepare_error_f.self)
        unsafe destroyPrepare = try unsafe find("duckdb_destroy_prepare", as: duckdb_destroy_prepare_f.self)
        unsafe executeStreaming = try unsafe find(
            "duckdb_execute_prepared_streaming", as: duckdb_execute_prepared_streaming_f.self)
        unsafe columnCount = try unsafe find("duckdb_column_count", as: duckdb_column_count_f.self)
        unsafe columnName = try unsafe find("duckdb_column_name", as: duckdb_column_name_f.self)
        unsafe columnType = try unsafe find("duckdb_column_logical_type", as: duckdb_column_logical_type_f.self)
        unsafe destroyType = try unsafe find("duckdb_destroy_logical_type", as: duckdb_destroy_logical_type_f.self)
        unsafe fetchChunk = try unsafe find("duckdb_fetch_chunk", as: duckdb_fetch_chunk_f.self)
        unsafe destroyChunk = try unsafe find("duckdb_destroy_data_chunk", as: duckdb_destroy_data_chunk_f.self)
        unsafe arrowOptions = try unsafe find(
            "duckdb_result_get_arrow_options", as: duckdb_result_get_arrow_options_f.self)
        unsafe destroyArrowOptions = try unsafe find(
            "duckdb_destroy_arrow_options", as: duckdb_destroy_arrow_options_f.self)
        unsafe toArrowSchema = try unsafe find("duckdb_to_arrow_schema", as: duckdb_to_arrow_schema_f.self)
        unsafe chunkToArrow = try unsafe find("duckdb_data_chunk_to_arrow", as: duckdb_data_chunk_to_arrow_f.self)
        unsafe errorHasError = try unsafe find("duckdb_error_data_has_error", as: duckdb_error_data_has_error_f.self)
        unsafe destroyError = try unsafe find("duckdb_destroy_error_data", as: duckdb_destroy_error_data_f.self)
        unsafe arrowScan = try unsafe find("duckdb_arrow_scan", as: duckdb_arrow_scan_f.self)
        unsafe free = try unsafe find("duckdb_free", as: duckdb_free_f.self)
    }
}
