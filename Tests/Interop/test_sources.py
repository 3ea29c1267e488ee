"""Where rows come from: patterns, compression, standard input, queries, forms of CSV."""
import gzip
import json

import pytest

from support.places import Place, engine

FIELDS = {"id": "keep", "secret": "encrypt"}


def secrets(work, place) -> list[str]:
    return sorted(row["secret"] for row in work.reveal(place.destination()))


def test_a_pattern_reads_all_its_files(work):
    for number in (1, 2, 3):
        work.write(f"raw/part-{number}.csv", f"id,secret\n{number},s{number}\n")
    place = Place("duckdb", work)
    work.run({"path": str(work.path / "raw/part-*.csv")}, place.destination(), FIELDS)
    assert secrets(work, place) == ["s1", "s2", "s3"]


def test_a_list_of_files(work):
    files = [str(work.write(f"{name}.csv", f"id,secret\n1,{name}\n")) for name in ("a", "b")]
    place = Place("duckdb", work)
    work.run({"path": files}, place.destination(), FIELDS)
    assert secrets(work, place) == ["a", "b"]


@pytest.mark.parametrize("name,form", [("rows.csv.gz", "csv"), ("rows.jsonl.gz", "jsonl"), ("rows.json.gz", "json")])
def test_gzip(work, name, form):
    text = {
        "csv": "id,secret\n1,s1\n", "jsonl": '{"id": 1, "secret": "s1"}\n', "json": '[{"id": 1, "secret": "s1"}]',
    }[form]
    path = work.write(name, gzip.compress(text.encode()))
    place = Place("duckdb", work)
    work.run({"path": str(path)}, place.destination(), FIELDS)
    assert secrets(work, place) == ["s1"]


def test_zstd(work):
    path = work.path / "rows.csv.zst"
    with engine() as connection:
        connection.execute(f"COPY (SELECT 1 AS id, 's1' AS secret) TO '{path}' (FORMAT csv, COMPRESSION zstd)")
    place = Place("duckdb", work)
    work.run({"path": str(path)}, place.destination(), FIELDS)
    assert secrets(work, place) == ["s1"]


@pytest.mark.parametrize("form,text", [
    ("csv", "id,secret\n1,s1\n2,s2\n"), ("jsonl", '{"id": 1, "secret": "s1"}\n{"id": 2, "secret": "s2"}\n'),
    ("json", json.dumps([{"id": 1, "secret": "s1"}, {"id": 2, "secret": "s2"}])),
])
def test_standard_input(work, form, text):
    place = Place("duckdb", work)
    pipeline = work.pipeline({
        "source": {"path": "-", "format": form}, "destination": place.destination(), "fields": FIELDS,
    })
    work.coffer("run", pipeline, stdin=text.encode())
    assert secrets(work, place) == ["s1", "s2"]


def test_paths_are_taken_from_the_folder_of_the_pipeline_file(work):
    work.write("project/rows.csv", "id,secret\n1,s1\n")
    pipeline = work.pipeline({
        "source": {"path": "rows.csv"}, "destination": {"duckdb": "out.duckdb", "table": "t"}, "fields": FIELDS,
    }, "project/pipeline.yaml")
    work.coffer("run", pipeline)
    assert (work.path / "project/out.duckdb").exists()


@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "postgres"])
def test_a_query_instead_of_a_table(work, postgres, kind):
    origin = Place(kind, work, postgres, name="origin", prefix="origin").fill(
        "SELECT n AS id, 's' || n AS secret FROM range(1, 6) t(n)"
    )
    source = origin.source(query="SELECT id, secret FROM origin WHERE id > 3")
    del source["table"]
    place = Place("duckdb", work)
    work.run(source, place.destination(), FIELDS)
    assert secrets(work, place) == ["s4", "s5"]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "postgres"])
def test_a_query_that_writes_changes_nothing(work, postgres, kind):
    origin = Place(kind, work, postgres, name="origin", prefix="origin").fill("SELECT 1 AS id, 's' AS secret")
    source = origin.source()
    del source["table"]
    for query in ("DELETE FROM origin", "DROP TABLE origin", "SELECT 1 AS id, 's' AS secret; DELETE FROM origin",
                  "DELETE FROM origin RETURNING id, secret"):
        work.run(source | {"query": query}, Place("duckdb", work).destination(), FIELDS, code=2)
        assert len(origin.rows()) == 1, query


@pytest.mark.parametrize("options,text", [
    ({"delimiter": ";"}, "id;secret\n1;a,b\n"),
    ({"delimiter": "\t"}, "id\tsecret\n1\ta,b\n"),
    ({"delimiter": "|", "quote": "'"}, "id|secret\n1|'a,b'\n"),
])
def test_forms_of_csv(work, options, text):
    path = work.write("rows.csv", text)
    place = Place("duckdb", work)
    work.run({"path": str(path), "csv": options}, place.destination(), FIELDS)
    assert secrets(work, place) == ["a,b"]


def test_csv_without_a_header(work):
    path = work.write("rows.csv", "1,s1\n2,s2\n")
    place = Place("duckdb", work)
    work.run(
        {"path": str(path), "csv": {"header": False}}, place.destination(), {"column0": "keep", "column1": "encrypt"}
    )
    assert sorted(row["column1"] for row in work.reveal(place.destination())) == ["s1", "s2"]


@pytest.mark.parametrize("destination", ["duckdb", "parquet", "sqlite", "postgres"])
def test_an_empty_source_makes_an_empty_table(work, postgres, destination):
    path = work.write("rows.csv", "id,secret\n")
    place = Place(destination, work, postgres)
    work.run({"path": str(path)}, place.destination(), FIELDS)
    assert place.rows() == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"\x00" * 100, b'"', b"id,secret", b"\xef\xbb\xbfid,secret\n1,x\n"])
def test_odd_files_are_read_or_refused(work, content):
    path = work.write("odd.csv", content)
    place = Place("duckdb", work)
    result = work.run({"path": str(path)}, place.destination(), FIELDS, code=None)
    if result.code:
        assert result.code == 2 and "odd.csv" in result.err or "id" in result.err
        assert not place.file.exists()


@pytest.mark.parametrize("name,content", [
    ("rows.parquet", b"PAR1 this is none PAR1"), ("rows.json", b'{"id": 1, "secret": '), ("rows.jsonl", b"{\n[\n"),
    ("rows.csv.gz", b"\x1f\x8b broken"),
])
def test_broken_files_are_refused_by_name(work, name, content):
    path = work.write(name, content)
    place = Place("duckdb", work)
    result = work.run({"path": str(path)}, place.destination(), FIELDS, code=2)
    assert name in result.err
    assert not place.file.exists()


def test_a_file_that_is_not_there(work):
    result = work.run({"path": str(work.path / "none.csv")}, Place("duckdb", work).destination(), FIELDS, code=2)
    assert "none.csv" in result.err
    result = work.run({"path": str(work.path / "none-*.csv")}, Place("duckdb", work).destination(), FIELDS, code=2)
    assert "none-*.csv" in result.err


def test_wide_values_and_many_rows_come_back(work):
    origin = Place("parquet", work, prefix="origin").fill(
        "SELECT n AS id, repeat(chr((97 + n % 26)::INTEGER), (n * 37 % 3000)::INTEGER) AS secret FROM range(20000) t(n)"
    )
    place = Place("parquet", work)
    work.run(origin.source(), place.destination(), {"id": "keep", "secret": {"encrypt": {"bind": ["id"]}}})
    revealed = work.reveal(place.destination())
    assert {row["id"]: row["secret"] for row in revealed} == {row["id"]: row["secret"] for row in origin.rows()}
