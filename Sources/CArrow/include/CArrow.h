// The public binary interfaces that CofferPipeline speaks: Arrow's C data and stream interface, ADBC 1.1, and the part
// of DuckDB's C API it uses. Declarations only; the libraries are opened at run time.
#pragma once
#include "arrow.h"
#include "adbc.h"
#include "duckdb_api.h"
#include "linux_calls.h"
