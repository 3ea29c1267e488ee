"""Loads that are remembered: nothing twice, only what is new; targets whose columns grow; what replace keeps."""
import os
import sqlite3
import time

import duckdb
import pytest

from support.places import DATABASES, Place

FIELDS = {"id": "keep", "secret": "encrypt"}


def day(work, number: int, rows: str):
    path = work.write(f"raw/day-{number}.csv", "id,secret\n" + rows)
    os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    return path


def summary(result):
    return result.json


@pytest.mark.parametrize("kind", [*DATABASES, "folder"])
def test_new_only_loads_no_file_twice(work, postgres, kind):
    place = Place("parquet" if kind == "folder" else kind, work, postgres)
    destination = place.destination(write="append")
    if kind == "folder":
        place.file = work.path / "out"
        destination = {"path": f"{place.file}/", "format": "parquet", "write": "append"}
    source = {"path": str(work.path / "raw" / "day-*.csv"), "new_only": True}
    day(work, 1, "1,a\n2,b\n")
    for _ in range(3):
        work.run(source, destination, FIELDS)
        assert [int(row["id"]) for row in place.rows()] == [1, 2]
    day(work, 2, "3,c\n")
    work.run(source, destination, FIELDS)
    assert [int(row["id"]) for row in place.rows()] == [1, 2, 3]
    day(work, 2, "3,c\n4,d\n")
    os.utime(work.path / "raw/day-2.csv", (1_800_000_000, 1_800_000_000))
    work.run(source, destination, FIELDS)
    assert [int(row["id"]) for row in place.rows()] == [1, 2, 3, 3, 4], "a file that changed is new"


@pytest.mark.parametrize("year", [1600, 2300])
def test_a_file_dated_when_nanoseconds_can_not_be_counted_is_read(work, year):
    place = Place("duckdb", work)
    source = {"path": str(work.path / "raw" / "day-*.csv"), "new_only": True}
    time_then = (year - 1970) * 31_556_952
    os.utime(day(work, 1, "1,a\n"), (time_then, time_then))
    for _ in range(2):
        work.run(source, place.destination(write="append"), FIELDS)
        assert [int(row["id"]) for row in place.rows()] == [1]


@pytest.mark.parametrize("kind", DATABASES)
def test_a_failed_load_remembers_nothing(work, postgres, kind):
    place = Place(kind, work, postgres)
    source = {"path": str(work.path / "raw" / "day-*.csv"), "new_only": True, "types": {"id": "bigint"}}
    day(work, 1, "1,a\n")
    day(work, 2, "x,b\n")
    work.run(source, place.destination(write="append"), FIELDS, code=2)
    day(work, 2, "2,b\n")
    work.run(source, place.destination(write="append"), FIELDS)
    assert [int(row["id"]) for row in place.rows()] == [1, 2]


def test_without_new_only_everything_is_read_again(work):
    place = Place("duckdb", work)
    path = day(work, 1, "1,a\n")
    for _ in range(2):
        work.run({"path": str(path)}, place.destination(write="append"), FIELDS)
    assert len(place.rows()) == 2


@pytest.mark.parametrize("origin", ["postgres", "sqlite", "duckdb"])
@pytest.mark.parametrize("kind", DATABASES)
def test_incremental_reads_only_what_is_new(work, postgres, kind, origin):
    source = Place(origin, work, postgres, name="events", prefix="origin")
    source.fill("SELECT n AS id, TIMESTAMP '2024-01-01' + n * INTERVAL 1 DAY AS updated_at, 's' || n AS secret FROM range(1, 4) t(n)")
    place = Place(kind, work, postgres)
    fields = FIELDS | {"updated_at": "keep"}
    named = source.source(incremental={"cursor": "updated_at"})
    work.run(named, place.destination(write="append"), fields)
    assert [int(row["id"]) for row in place.rows()] == [1, 2, 3]
    work.run(named, place.destination(write="append"), fields)
    assert len(place.rows()) == 3
    insert(source, postgres, "(4, '2024-01-05 00:00:00', 's4'), (0, '2023-01-01 00:00:00', 'late')")
    work.run(named, place.destination(write="append"), fields)
    assert [int(row["id"]) for row in place.rows()] == [1, 2, 3, 4], "rows below the cursor are not read"


def insert(place: Place, postgres, values: str) -> None:
    statement = f"INSERT INTO events (id, updated_at, secret) VALUES {values}"
    if place.kind == "postgres":
        postgres.execute(statement)
    elif place.kind == "sqlite":
        with sqlite3.connect(place.file) as connection:
            connection.execute(statement)
        connection.close()
    else:
        with duckdb.connect(str(place.file)) as connection:
            connection.execute(statement)


def test_the_cursor_must_be_kept(work):
    place = Place("duckdb", work, name="events", prefix="origin").fill("SELECT 1 AS id, 2 AS updated_at, 's' AS secret")
    result = work.run(
        place.source(incremental={"cursor": "updated_at"}), Place("duckdb", work).destination(write="append"),
        FIELDS | {"updated_at": "drop"}, code=2,
    )
    assert "updated_at" in result.err


def test_a_null_in_the_cursor_is_refused(work):
    place = Place("duckdb", work, name="events", prefix="origin").fill(
        "SELECT * FROM (VALUES (1, 2, 's'), (2, NULL, 't')) t(id, updated_at, secret)"
    )
    result = work.run(
        place.source(incremental={"cursor": "updated_at"}), Place("duckdb", work).destination(write="append"),
        FIELDS | {"updated_at": "keep"}, code=2,
    )
    assert "updated_at" in result.err


# Columns that come and go.


@pytest.mark.parametrize("mode", ["append", "merge"])
@pytest.mark.parametrize("kind", DATABASES)
def test_a_new_column_is_refused_unless_the_schema_may_evolve(work, postgres, kind, mode):
    place = Place(kind, work, postgres)
    more = {"primary_key": ["id"]} if mode == "merge" else {}
    one = work.write("one.csv", "id,secret\n1,a\n")
    two = work.write("two.csv", "id,secret,phone\n2,b,555\n")
    types = {"id": "bigint"}
    work.run({"path": str(one), "types": types}, place.destination(write=mode, **more), FIELDS)
    state = place.state()
    fields = FIELDS | {"phone": "encrypt"}
    result = work.run({"path": str(two), "types": types}, place.destination(write=mode, **more), fields, code=2)
    assert "phone" in result.err and "evolve" in result.err
    assert place.state() == state
    work.run({"path": str(two), "types": types}, place.destination(write=mode, schema="evolve", **more), fields)
    assert [row["phone"] is None for row in place.rows()] == [True, False]
    assert sorted(str(row["phone"]) for row in work.reveal(place.destination())) == ["555", "None"]


@pytest.mark.parametrize("kind", DATABASES)
def test_a_column_that_is_no_longer_delivered_stays_empty(work, postgres, kind):
    place = Place(kind, work, postgres)
    one = work.write("one.csv", "id,secret,extra\n1,a,x\n")
    two = work.write("two.csv", "id,secret\n2,b\n")
    types = {"id": "bigint"}
    work.run({"path": str(one), "types": types}, place.destination(write="append"), FIELDS | {"extra": "keep"})
    result = work.run({"path": str(two), "types": types}, place.destination(write="append"), FIELDS, code=None)
    if result.code == 0:
        assert [row["extra"] for row in place.rows()] == ["x", None]
    else:
        assert "extra" in result.err


# Replace keeps what hangs on the table.


def test_replace_in_postgres_keeps_grants_indexes_and_views(work, postgres):
    place = Place("postgres", work, postgres)
    source = {"path": str(work.write("one.csv", "id,secret\n1,a\n2,b\n")), "types": {"id": "bigint"}}
    work.run(source, place.destination(), FIELDS)
    role = f"reader_{postgres.name}"
    postgres.execute(
        "CREATE INDEX by_id ON t (id)", "CREATE VIEW ids AS SELECT id FROM t", f"CREATE ROLE {role}",
        f"GRANT SELECT ON t TO {role}", "COMMENT ON TABLE t IS 'kept'",
    )
    try:
        work.run(source, place.destination(), FIELDS)
        assert postgres.rows("SELECT count(*) FROM ids") == [(2,)]
        assert postgres.rows("SELECT 1 FROM pg_indexes WHERE indexname = 'by_id'") == [(1,)]
        assert postgres.rows(f"SELECT has_table_privilege('{role}', 't', 'SELECT')") == [(True,)]
        assert postgres.rows("SELECT obj_description('t'::regclass)") == [("kept",)]
    finally:
        postgres.execute(f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_replace_in_sqlite_keeps_indexes_and_views(work):
    place = Place("sqlite", work)
    source = {"path": str(work.write("one.csv", "id,secret\n1,a\n2,b\n")), "types": {"id": "bigint"}}
    work.run(source, place.destination(), FIELDS)
    with sqlite3.connect(place.file) as connection:
        connection.execute("CREATE INDEX by_id ON t (id)")
        connection.execute("CREATE VIEW ids AS SELECT id FROM t")
    connection.close()
    work.run(source, place.destination(), FIELDS)
    with sqlite3.connect(place.file) as connection:
        assert connection.execute("SELECT count(*) FROM ids").fetchone() == (2,)
        assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'by_id'").fetchone() == (1,)
    connection.close()


def test_replace_in_duckdb_keeps_indexes_and_views(work):
    place = Place("duckdb", work)
    source = {"path": str(work.write("one.csv", "id,secret\n1,a\n2,b\n")), "types": {"id": "bigint"}}
    work.run(source, place.destination(), FIELDS)
    with duckdb.connect(str(place.file)) as connection:
        connection.execute("CREATE INDEX by_id ON t (id)")
        connection.execute("CREATE VIEW ids AS SELECT id FROM t")
    work.run(source, place.destination(), FIELDS)
    with duckdb.connect(str(place.file), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM ids").fetchone() == (2,)
        assert connection.execute("SELECT 1 FROM duckdb_indexes() WHERE index_name = 'by_id'").fetchone() == (1,)


def test_other_tables_in_the_database_are_not_touched(work, postgres):
    for kind in DATABASES:
        other = Place(kind, work, postgres, name="other", prefix=f"db-{kind}").fill("SELECT 1 AS id, 'x' AS note")
        place = Place(kind, work, postgres, prefix=f"db-{kind}")
        before = other.rows()
        source = {"path": str(work.write("one.csv", "id,secret\n1,a\n"))}
        work.run(source, place.destination(), FIELDS)
        assert other.rows() == before


def test_several_tables_share_their_defaults(work):
    Place("duckdb", work, name="customers", prefix="app").fill("SELECT 1 AS id, 'a@example.com' AS email")
    Place("duckdb", work, name="orders", prefix="app").fill("SELECT 7 AS id, 1 AS customer, 9.5 AS total")
    work.coffer("run", work.pipeline({
        "key": "alias/default",
        "source": {"duckdb": str(work.path / "app.duckdb")},
        "destination": {"duckdb": str(work.path / "out.duckdb"), "write": "replace"},
        "tables": {
            "customers": {"fields": {"id": "keep", "email": "encrypt"}},
            "orders": {"fields": {"id": "keep", "customer": "keep", "total": {"encrypt": {"bind": ["id"]}}}},
        },
    }))
    customers = work.reveal({"duckdb": str(work.path / "out.duckdb"), "table": "customers"})
    orders = work.reveal({"duckdb": str(work.path / "out.duckdb"), "table": "orders"})
    assert customers[0]["email"] == "a@example.com"
    assert float(orders[0]["total"]) == 9.5
