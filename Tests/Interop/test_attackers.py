"""What an attacker may try: database files with SQL of their own, catalogues made for harm, two writers at once."""
import base64
import json
import os

import duckdb
import pytest

from support.places import DATABASES, Place
from support.workspace import ROOT

FIELDS = {"id": "keep", "secret": "encrypt"}


def test_a_view_in_a_foreign_database_reads_no_file(work):
    """The view would carry the root key into a kept column."""
    with duckdb.connect(str(work.path / "foreign.duckdb")) as connection:
        connection.execute(
            f"CREATE VIEW t AS SELECT (SELECT content FROM read_text('{work.root_key}')) AS id, 's' AS secret")
    source = {"duckdb": str(work.path / "foreign.duckdb"), "table": "t"}
    for destination in Place("parquet", work), Place("duckdb", work):
        result = work.run(source, destination.destination(), FIELDS, code=2)
        assert "may not" in result.err and "coffer-root-1" not in result.out + result.err
        assert not destination.exists()


def test_a_query_on_a_database_file_reads_no_other_file(work):
    Place("duckdb", work, name="t").fill("SELECT 1 AS id, 's' AS secret")
    query = f"SELECT id, (SELECT content FROM read_text('{work.root_key}')) AS secret FROM t"
    source = {"duckdb": str(Place("duckdb", work, name="t").file), "query": query}
    work.run(source, Place("parquet", work, prefix="out").destination(), FIELDS, code=2, dataset="d")


@pytest.mark.parametrize("dataset", ["a\0b", "a\nb", "\x7f"])
def test_a_dataset_of_control_characters_does_not_reach_the_key_store(work, dataset):
    path = work.write("in.csv", "id,secret\n1,x\n")
    work.run({"path": str(path)}, Place("parquet", work).destination(), FIELDS, code=2, dataset=dataset)
    work.coffer("keys", "list")


def catalogue(work, place: Place) -> tuple[dict, dict]:
    """The sidecar of a file and the catalogue in it."""
    sidecar = json.loads(place.sidecar().read_bytes())
    return sidecar, sidecar["catalogues"][0]


def test_bytes_are_not_revealed_as_text_nor_a_far_year_as_a_date(work):
    """Deterministic cells are not bound to a type, so a catalogue may name another."""
    origin = Place("parquet", work, prefix="origin").fill(
        "SELECT 1 AS id, '\\xff\\xfe'::BLOB AS bytes, '900000000-01-01' AS text")
    place = Place("parquet", work)
    rule = {"encrypt": {"deterministic": True}}
    work.run(origin.source(), place.destination(), {"id": "keep", "bytes": rule, "text": rule})
    sidecar, document = catalogue(work, place)
    for column in document["columns"]:
        column["format"] = {"bytes": "u", "text": "tdm"}[column["path"]]
    place.sidecar().write_text(json.dumps(sidecar))
    assert "can't be revealed" in work.reveal(place.destination(), code=2).err
    rows = work.reveal(place.destination(), "--on-error", "null")
    assert rows == [{"id": 1, "bytes": None, "text": None}]


def test_cells_of_every_length_are_refused_alike(work):
    origin = Place("parquet", work, prefix="origin").fill("SELECT n AS id, 's' || n AS secret FROM range(61) t(n)")
    place = Place("parquet", work)
    work.run(origin.source(), place.destination(), FIELDS)
    with duckdb.connect() as connection:
        for start in "''::BLOB", "secret", "repeat('\\x01'::BLOB, 61)":
            connection.execute(
                f"CREATE OR REPLACE TABLE t AS SELECT id, ({start} || repeat('\\x02'::BLOB, 61))[1:id]::BLOB AS secret "
                f"FROM '{place.file}'")
            connection.execute(f"COPY t TO '{place.file}.new' (FORMAT parquet)")
            os.replace(f"{place.file}.new", place.file)
            assert "row 1, column secret: the value can't be revealed" in work.reveal(place.destination(), code=2).err
            rows = work.reveal(place.destination(), "--on-error", "null")
            assert all(row["secret"] is None for row in rows)


@pytest.mark.parametrize("change", [
    {"kek": "coffer:alias/other"}, {"version": 2}, {"commitment": base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")},
    {"suite": "chacha20-poly1305"}, {"tenant": "a"}, {"wrapped": ""}, {"wrapped": "AAAA"},
])
def test_a_data_key_described_otherwise_opens_nothing(work, change):
    work.coffer("keys", "create", "alias/other")
    work.coffer("keys", "rotate", "alias/default")
    origin = Place("parquet", work, prefix="origin").fill("SELECT 1 AS id, 's' AS secret")
    place = Place("parquet", work)
    work.run(origin.source(), place.destination(), FIELDS)
    sidecar, document = catalogue(work, place)
    document["keys"][0] |= {"version": 1} if change == {"version": 2} else change
    place.sidecar().write_text(json.dumps(sidecar))
    assert "can't be revealed" in work.reveal(place.destination(), code=2).err


@pytest.mark.parametrize("kind", [*DATABASES, "folder"])
def test_two_writers_at_once_lose_no_keys(work, postgres, kind):
    place = Place("parquet" if kind == "folder" else kind, work, postgres)
    destination = place.destination(write="append")
    if kind == "folder":
        place.file = work.path / "out"
        destination = {"path": f"{place.file}/", "format": "parquet", "write": "append"}
    path = work.write("in.csv", "id,secret\n" + "".join(f"{n},s{n}\n" for n in range(50)))
    document = {"source": {"path": str(path)}, "destination": destination, "fields": FIELDS}
    runs = [work.start("run", work.pipeline(document)) for _ in range(4)]
    codes = []
    for run in runs:
        run.communicate(timeout=120)
        codes.append(run.returncode)
    assert set(codes) <= {0, 2} and 0 in codes
    rows = work.reveal({"path": str(place.file)} if kind == "folder" else destination)
    assert len(rows) == 50 * codes.count(0)
    assert all(row["secret"] == f"s{row['id']}" for row in rows)


def test_a_damaged_catalogue_does_not_stop_a_replacement(work):
    path = work.write("in.csv", "id,secret\n1,x\n")
    place = Place("duckdb", work)
    work.run({"path": str(path)}, place.destination(), FIELDS)
    with duckdb.connect(str(place.file)) as connection:
        connection.execute("UPDATE _coffer_keys SET document = '{}'")
    work.run({"path": str(path)}, place.destination(write="append"), FIELDS, code=2)
    work.run({"path": str(path)}, place.destination(), FIELDS)
    assert work.reveal(place.destination())[0]["secret"] == "x"


def test_a_table_of_another_key_store_can_be_replaced(work):
    path = work.write("in.csv", "id,secret\n1,x\n")
    place = Place("parquet", work)
    work.run({"path": str(path)}, place.destination(), FIELDS)
    os.rename(work.home, f"{work.home}.old")
    work.coffer("init")
    work.run({"path": str(path)}, place.destination(), FIELDS)
    assert work.reveal(place.destination())[0]["secret"] == "x"


def test_an_environment_that_others_have_laid_is_not_loaded(work):
    """What lies in a `.venv` above the current folder is run as code."""
    if os.geteuid() != 0:
        pytest.skip("another user's folder can be made by root only")
    foreign = work.path / ".venv/lib/python3.13/site-packages"
    foreign.mkdir(parents=True)
    (foreign / "_duckdb.evil.so").write_bytes(b"not a library")
    os.chown(work.path / ".venv", 12345, 12345)
    path = work.write("in.csv", "id,secret\n1,x\n")
    place = Place("parquet", work)
    work.run({"path": str(path)}, place.destination(), FIELDS, env={"VIRTUAL_ENV": str(ROOT / ".venv")})
