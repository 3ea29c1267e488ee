"""Names that need care: quotes, dots, spaces, keywords, other scripts, in columns, tables, files and domains."""
import json

import duckdb
import pytest

from support.places import DESTINATIONS, Place, engine

COLUMNS = ["select", "with space", 'double"quote', "single'quote", "a.b", "Größe", "日本", "semi;colon", "back`tick", "UPPER",
           "percent%s", "line\nbreak", "{brace}", "x" * 60]


def path_of(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_columns_of_any_name(work, postgres, destination):
    quoted = ", ".join(f"""'{column.replace("'", "''")}' AS "{column.replace('"', '""')}\"""" for column in COLUMNS)
    origin = Place("parquet", work, prefix="origin").fill(f"SELECT 1 AS id, {quoted}")
    place = Place(destination, work, postgres)
    fields = {"id": "keep"} | {path_of(column): "encrypt" for column in COLUMNS}
    work.run(origin.source(), place.destination(), fields)
    row, = work.reveal(place.destination())
    assert {column: row[column] for column in COLUMNS} == {column: column for column in COLUMNS}


@pytest.mark.parametrize("name", ["select", "with space", '"double""quote"', '"a.b"', "Größe", "a; DROP TABLE t", "x'y",
                                  "UPPER"])
@pytest.mark.parametrize("destination", ["duckdb", "sqlite", "postgres"])
def test_tables_of_any_name(work, postgres, destination, name):
    origin = Place("parquet", work, prefix="origin").fill("SELECT 1 AS id, 's1' AS secret")
    place = Place(destination, work, postgres, name=name)
    for mode, more in (("replace", {}), ("append", {}), ("merge", {"primary_key": ["id"]})):
        if mode == "merge":
            work.run(origin.source(), place.destination(), {"id": "keep", "secret": "encrypt"})
        work.run(origin.source(), place.destination(write=mode, **more), {"id": "keep", "secret": "encrypt"})
    row, = work.reveal(place.destination())
    assert row["secret"] == "s1"
    assert work.coffer("reveal", *address_of(place)).out


def address_of(place):
    from support.workspace import address

    return address(place.destination())


@pytest.mark.parametrize("name", ["with space.csv", "quote's.csv", "Größe.csv", "semi;colon.csv", "-dash.csv", "a'b\"c.csv"])
def test_files_of_any_name(work, name):
    source = work.write(name, "id,secret\n1,s1\n")
    target = work.path / f"out {name.removesuffix('.csv')}.parquet"
    work.run({"path": str(source)}, {"path": str(target)}, {"id": "keep", "secret": "encrypt"})
    row, = work.reveal({"path": str(target)})
    assert row["secret"] == "s1"


def test_a_schema_in_postgres(work, postgres):
    postgres.execute("CREATE SCHEMA analytics")
    origin = Place("parquet", work, prefix="origin").fill("SELECT 1 AS id, 's1' AS secret")
    named = {"postgres": postgres.uri, "table": "analytics.customers"}
    work.run(origin.source(), named, {"id": "keep", "secret": "encrypt"})
    assert postgres.rows("SELECT count(*) FROM analytics.customers") == [(1,)]
    row, = work.reveal(named)
    assert row["secret"] == "s1"


def test_names_that_differ_in_case_only(work):
    path = work.write("rows.jsonl", json.dumps({"id": 1, "Email": "a", "email": "b"}) + "\n")
    result = work.run({"path": str(path)}, Place("duckdb", work).destination(),
                      {"id": "keep", "Email": "encrypt", "email": "drop"}, code=None)
    if result.code == 2:
        assert "mail" in result.err


def test_two_columns_of_one_name_are_refused(work):
    path = work.write("rows.csv", "id,secret,secret\n1,a,b\n")
    result = work.run({"path": str(path)}, Place("duckdb", work).destination(), {"id": "keep", "secret": "encrypt"}, code=2)
    assert "secret" in result.err


def test_a_value_never_becomes_part_of_a_statement(work, postgres):
    evil = ["'); DROP TABLE t; --", '"; DROP TABLE t; --', "${COFFER_HOME}", "%s%n", "\\", "\\N", "NULL", ""]
    rows = "\n".join(json.dumps({"id": n, "tag": value, "secret": value}) for n, value in enumerate(evil))
    path = work.write("rows.jsonl", rows + "\n")
    for kind in DESTINATIONS:
        place = Place(kind, work, postgres)
        work.run({"path": str(path)}, place.destination(), {"id": "keep", "tag": "keep", "secret": "encrypt"})
        revealed = work.reveal(place.destination())
        assert [row["secret"] for row in sorted(revealed, key=lambda row: int(row["id"]))] == evil, kind
        if kind != "csv":
            assert [row["tag"] for row in place.rows()] == evil, kind
