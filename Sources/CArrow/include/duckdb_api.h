// The part of DuckDB's C API that is used, as types of functions found by name at run time.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arrow.h"

typedef struct _coffer_duckdb_database *duckdb_database;
typedef struct _coffer_duckdb_connection *duckdb_connection;
typedef struct _coffer_duckdb_config *duckdb_config;
typedef struct _coffer_duckdb_prepared *duckdb_prepared_statement;
typedef struct _coffer_duckdb_arrow_options *duckdb_arrow_options;
typedef struct _coffer_duckdb_logical_type *duckdb_logical_type;
typedef struct _coffer_duckdb_chunk *duckdb_data_chunk;
typedef struct _coffer_duckdb_error *duckdb_error_data;

typedef struct {
  uint64_t deprecated_column_count;
  uint64_t deprecated_row_count;
  uint64_t deprecated_rows_changed;
  void *deprecated_columns;
  char *deprecated_error_message;
  void *internal_data;
} duckdb_result;

typedef struct {
  double percentage;
  uint64_t rows_processed;
  uint64_t total_rows_to_process;
} duckdb_query_progress_type;

// 0 is success everywhere.
typedef int duckdb_state_t;

typedef const char *(*duckdb_library_version_f)(void);
typedef duckdb_state_t (*duckdb_create_config_f)(duckdb_config *out);
typedef duckdb_state_t (*duckdb_set_config_f)(duckdb_config, const char *name, const char *option);
typedef void (*duckdb_destroy_config_f)(duckdb_config *);
typedef duckdb_state_t (*duckdb_open_ext_f)(const char *path, duckdb_database *out, duckdb_config, char **error);
typedef void (*duckdb_close_f)(duckdb_database *);
typedef duckdb_state_t (*duckdb_connect_f)(duckdb_database, duckdb_connection *out);
typedef void (*duckdb_disconnect_f)(duckdb_connection *);
typedef void (*duckdb_interrupt_f)(duckdb_connection);
typedef duckdb_query_progress_type (*duckdb_query_progress_f)(duckdb_connection);
typedef duckdb_state_t (*duckdb_query_f)(duckdb_connection, const char *sql, duckdb_result *out);
typedef void (*duckdb_destroy_result_f)(duckdb_result *);
typedef const char *(*duckdb_result_error_f)(duckdb_result *);
typedef int (*duckdb_result_error_type_f)(duckdb_result *);
typedef uint64_t (*duckdb_rows_changed_f)(duckdb_result *);
typedef duckdb_state_t (*duckdb_prepare_f)(duckdb_connection, const char *sql, duckdb_prepared_statement *out);
typedef const char *(*duckdb_prepare_error_f)(duckdb_prepared_statement);
typedef void (*duckdb_destroy_prepare_f)(duckdb_prepared_statement *);
typedef duckdb_state_t (*duckdb_execute_prepared_streaming_f)(duckdb_prepared_statement, duckdb_result *out);
typedef uint64_t (*duckdb_column_count_f)(duckdb_result *);
typedef const char *(*duckdb_column_name_f)(duckdb_result *, uint64_t);
typedef duckdb_logical_type (*duckdb_column_logical_type_f)(duckdb_result *, uint64_t);
typedef void (*duckdb_destroy_logical_type_f)(duckdb_logical_type *);
typedef duckdb_data_chunk (*duckdb_fetch_chunk_f)(duckdb_result);
typedef void (*duckdb_destroy_data_chunk_f)(duckdb_data_chunk *);
typedef duckdb_arrow_options (*duckdb_result_get_arrow_options_f)(duckdb_result *);
typedef void (*duckdb_destroy_arrow_options_f)(duckdb_arrow_options *);
typedef duckdb_error_data (*duckdb_to_arrow_schema_f)(duckdb_arrow_options, duckdb_logical_type *types,
                                                      const char **names, uint64_t count, struct ArrowSchema *out);
typedef duckdb_error_data (*duckdb_data_chunk_to_arrow_f)(duckdb_arrow_options, duckdb_data_chunk,
                                                          struct ArrowArray *out);
typedef bool (*duckdb_error_data_has_error_f)(duckdb_error_data);
typedef const char *(*duckdb_error_data_message_f)(duckdb_error_data);
typedef void (*duckdb_destroy_error_data_f)(duckdb_error_data *);
// The stream is passed as an opaque handle: a pointer to a struct ArrowArrayStream.
typedef duckdb_state_t (*duckdb_arrow_scan_f)(duckdb_connection, const char *name, struct ArrowArrayStream *);
typedef void (*duckdb_free_f)(void *);
