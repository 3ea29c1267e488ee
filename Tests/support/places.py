"""Every kind of source and destination, made, named and looked into in one way.

What is looked at is read by others than coffer: DuckDB and SQLite for Python, psycopg, pyarrow.
"""
from __future__ import annotations

import hashlib
import json
import pathlib
import sqlite3

import duckdb

from support.workspace import Workspace, read

SOURCES = ("duckdb", "parquet", "csv", "json", "jsonl", "sqlite", "postgres")
DESTINATIONS = ("duckdb", "sqlite", "postgres", "parquet", "csv", "jsonl")
DATABASES = ("duckdb", "sqlite", "postgres")
FILES = ("parquet", "csv", "jsonl")


def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


class Place:
    """A table in a file or database of one kind."""

    def __init__(self, kind: str, work: Workspace, postgres=None, name: str = "t", prefix: str = "out"):
        self.kind = kind
        self.work = work
        self.postgres = postgres
        self.name = name
        self.file = work.path / {
            "duckdb": f"{prefix}.duckdb", "sqlite": f"{prefix}.sqlite", "postgres": "none",
        }.get(kind, f"{prefix}.{kind}")

    # As a pipeline names it.

    def source(self, **more) -> dict:
        return self._named() | more

    def destination(self, **more) -> dict:
        return self._named() | more

    def _named(self) -> dict:
        if self.kind == "postgres":
            return {"postgres": self.postgres.uri, "table": self.name}
        if self.kind in DATABASES:
            return {self.kind: str(self.file), "table": self.name}
        return {"path": str(self.file)}

    # As a source: filled with the rows of a DuckDB query.

    def fill(self, query: str) -> "Place":
        with engine() as connection:
            if self.kind == "duckdb":
                connection.execute(f"ATTACH '{self.file}' AS target")
                connection.execute(f"CREATE TABLE target.{self.name} AS {query}")
            elif self.kind in ("parquet", "csv"):
                connection.execute(f"COPY ({query}) TO '{self.file}'")
            elif self.kind == "json":
                connection.execute(f"COPY ({query}) TO '{self.file}' (FORMAT json, ARRAY true)")
            elif self.kind == "jsonl":
                connection.execute(f"COPY ({query}) TO '{self.file}' (FORMAT json)")
            elif self.kind == "sqlite":
                self._fill_sqlite(connection.sql(query))
            else:
                self._fill_postgres(connection.sql(query))
        return self

    def _fill_sqlite(self, relation: duckdb.DuckDBPyRelation) -> None:
        columns = []
        for name, kind in zip(relation.columns, map(str, relation.types)):
            storage = "INTEGER" if "INT" in kind else "REAL" if kind in ("FLOAT", "DOUBLE") else \
                "BLOB" if kind == "BLOB" else "TEXT"
            columns.append((name, storage))
        with sqlite3.connect(self.file) as connection:
            connection.execute(f"CREATE TABLE {self.name} ({', '.join(f'{n} {s}' for n, s in columns)})")
            marks = ", ".join("?" * len(columns))
            rows = [
                [str(v).lower() if isinstance(v, bool) else v if v is None or isinstance(v, (int, float, bytes))
                 else str(v) for v in row]
                for row in relation.fetchall()
            ]
            connection.executemany(f"INSERT INTO {self.name} VALUES ({marks})", rows)
        connection.close()

    def _fill_postgres(self, relation: duckdb.DuckDBPyRelation) -> None:
        names = {
            "TINYINT": "smallint", "UTINYINT": "smallint", "USMALLINT": "integer", "UINTEGER": "bigint",
            "UBIGINT": "numeric(20,0)", "FLOAT": "real", "DOUBLE": "double precision", "VARCHAR": "text",
            "BLOB": "bytea", "TIMESTAMP WITH TIME ZONE": "timestamptz", "VARCHAR[]": "text[]",
        }
        columns = [f"{n} {names.get(str(t), str(t))}" for n, t in zip(relation.columns, relation.types)]
        with self.postgres.cluster.connect(self.postgres.name) as connection:
            connection.execute(f"CREATE TABLE {self.name} ({', '.join(columns)})")
            marks = ", ".join(["%s"] * len(columns))
            with connection.cursor() as cursor:
                cursor.executemany(f"INSERT INTO {self.name} VALUES ({marks})", relation.fetchall())

    # As a destination: what anybody sees who looks.

    def rows(self) -> list[dict]:
        """The rows as they lie there, by `id` where there is one."""
        rows = self._rows()
        return sorted(rows, key=lambda row: int(row["id"])) if rows and "id" in rows[0] else rows

    def _rows(self) -> list[dict]:
        if self.kind == "duckdb":
            with duckdb.connect(str(self.file), read_only=True) as connection:
                return dictionaries(connection.execute(f"SELECT * FROM {self.name}"))
        if self.kind == "sqlite":
            # Not read-only: what a killed process left in the journal is rolled back first, as any reader does.
            connection = sqlite3.connect(self.file)
            try:
                return dictionaries(connection.execute(f"SELECT * FROM {self.name}"))
            finally:
                connection.close()
        if self.kind == "postgres":
            with self.postgres.cluster.connect(self.postgres.name) as connection:
                return dictionaries(connection.execute(f"SELECT * FROM {self.name}"))
        if self.file.is_dir():
            return [row for part in sorted(self.file.glob("*.*")) if part.suffix == ".parquet" for row in read(part)]
        return read(self.file)

    def exists(self) -> bool:
        if self.kind == "postgres":
            return f"public.{self.name}" in self.postgres.tables()
        return self.file.exists()

    def state(self) -> str:
        """A digest of everything that lies there: rows, tables, the catalogue, and the files around."""
        facts: list = []
        if self.kind == "duckdb" and self.file.exists():
            with duckdb.connect(str(self.file), read_only=True) as connection:
                tables = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
                facts = [(name, connection.execute(f'SELECT * FROM "{name}" ORDER BY ALL').fetchall())
                         for name, in tables]
        elif self.kind == "sqlite" and self.file.exists():
            connection = sqlite3.connect(self.file)
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").fetchall()
            facts = [(name, sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))) for name, in tables]
            connection.close()
        elif self.kind == "postgres":
            facts = [(table, sorted(map(repr, self.postgres.rows(f"SELECT * FROM {table}"))))
                     for table in self.postgres.tables()]
        elif self.file.is_dir() or self.file.exists():
            paths = [self.file, *self.file.rglob("*"), *self.file.parent.glob("*.coffer.json")]
            facts = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
                     for path in sorted(set(paths)) if path.is_file()]
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def catalogue(self) -> dict:
        """The newest catalogue, as JSON."""
        if self.kind == "duckdb":
            with duckdb.connect(str(self.file), read_only=True) as connection:
                rows = dictionaries(connection.execute("SELECT * FROM _coffer_keys"))
        elif self.kind == "sqlite":
            connection = sqlite3.connect(self.file)
            rows = dictionaries(connection.execute("SELECT * FROM _coffer_keys"))
            connection.close()
        elif self.kind == "postgres":
            with self.postgres.cluster.connect(self.postgres.name) as connection:
                rows = dictionaries(connection.execute("SELECT * FROM _coffer_keys"))
        else:
            return json.loads(self.sidecar().read_bytes())
        document = rows[-1]["document"]
        return document if isinstance(document, dict) else json.loads(document)

    def sidecar(self) -> pathlib.Path:
        """The file beside a file that holds its catalogue."""
        found = sorted((self.file if self.file.is_dir() else self.file.parent).glob("*.coffer.json"))
        assert len(found) == 1, f"one sidecar expected, there are {[path.name for path in found]}"
        return found[0]


def read_table(path: pathlib.Path, table: str) -> list[dict]:
    """The rows of a table in a DuckDB file, as anybody sees them."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return dictionaries(connection.execute(f"SELECT * FROM {table}"))


def dictionaries(cursor) -> list[dict]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row)) for row in cursor.fetchall()]
