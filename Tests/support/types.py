"""Columns of every type, as SQL literals of DuckDB: an ordinary value, an extreme one, and NULL."""

# name: (type, ordinary, extreme). Every value is exact as text, so it can be compared after any journey.
SCALARS = {
    "flag": ("BOOLEAN", "true", "false"),
    "i8": ("TINYINT", "42", "-128"),
    "i16": ("SMALLINT", "42", "-32768"),
    "i32": ("INTEGER", "42", "-2147483648"),
    "i64": ("BIGINT", "42", "-9223372036854775808"),
    "u8": ("UTINYINT", "42", "255"),
    "u16": ("USMALLINT", "42", "65535"),
    "u32": ("UINTEGER", "42", "4294967295"),
    "u64": ("UBIGINT", "42", "18446744073709551615"),
    "f32": ("FLOAT", "1.5", "-0.25"),
    "f64": ("DOUBLE", "3.141592653589793", "-1.7976931348623157e308"),
    "dec9": ("DECIMAL(9, 2)", "1234567.89", "-0.01"),
    "dec38": ("DECIMAL(38, 10)", "1234567890123456789012345678.0123456789", "-0.0000000001"),
    "txt": ("VARCHAR", "'plain text'", "'Ünï ☃ \"quoted\", comma; 007'"),
    "raw": ("BLOB", "'\\x00\\xFF\\x10'::BLOB", "''::BLOB"),
    "day": ("DATE", "'2024-02-29'", "'1583-10-15'"),
    "clock": ("TIME", "'23:59:58.123456'", "'00:00:00'"),
    "stamp": ("TIMESTAMP", "'2024-02-29 23:59:58.123456'", "'1583-10-15 00:00:00'"),
    "zoned": ("TIMESTAMPTZ", "'2024-02-29 23:59:58.123456+00'", "'1900-01-01 00:00:00+00'"),
    "uid": ("UUID", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "'00000000-0000-0000-0000-000000000000'"),
}
# Types that only DuckDB itself (and in part Parquet) has.
ENGINE_ONLY = {
    "stamp_s": ("TIMESTAMP_S", "'2024-02-29 23:59:58'", "'1583-10-15 00:00:00'"),
    "stamp_ms": ("TIMESTAMP_MS", "'2024-02-29 23:59:58.123'", "'1583-10-15 00:00:00'"),
    "stamp_ns": ("TIMESTAMP_NS", "'2024-02-29 23:59:58.123456789'", "'1900-01-01 00:00:00'"),
    "mood": ("ENUM('sad', 'ok', 'happy')", "'happy'", "'sad'"),
}
# path of the leaf: (column, type, ordinary, extreme)
NESTED = {
    "person.city": ("person", "STRUCT(city VARCHAR, age INTEGER)",
                    "{'city': 'Turku', 'age': 7}", "{'city': NULL, 'age': NULL}"),
    "tags[]": ("tags", "VARCHAR[]", "['a', 'b', NULL]", "[]::VARCHAR[]"),
    "kids[].code": ("kids", "STRUCT(name VARCHAR, code INTEGER)[]",
                    "[{'name': 'x', 'code': 1}, {'name': 'y', 'code': NULL}]",
                    "[]::STRUCT(name VARCHAR, code INTEGER)[]"),
}


def table_of(columns: dict[str, tuple[str, str, str]]) -> str:
    """A query of three rows: ordinary, extreme, and NULL in every column; `id` counts them."""
    rows = []
    for number, pick in enumerate(("ordinary", "extreme", "null"), start=1):
        cells = [f"{number}::INTEGER AS id"]
        for name, (kind, ordinary, extreme) in columns.items():
            value = {"ordinary": ordinary, "extreme": extreme, "null": "NULL"}[pick]
            cells.append(f"({value})::{kind} AS {name}")
        rows.append("SELECT " + ", ".join(cells))
    return " UNION ALL ".join(rows)
