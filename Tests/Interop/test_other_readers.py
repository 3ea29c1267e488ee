"""What coffer writes is read by others than DuckDB."""
import sqlite3

import pyarrow
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet
import pytest

from support.places import Place

QUERY = "SELECT n AS id, 'text ' || n AS name, 's' || n AS secret FROM range(1, 4) t(n)"
FIELDS = {"id": "keep", "name": "keep", "secret": "encrypt"}


@pytest.fixture
def origin(work) -> Place:
    return Place("parquet", work, prefix="origin").fill(QUERY)


def test_pyarrow_reads_parquet(work, origin):
    place = Place("parquet", work)
    work.run(origin.source(), place.destination(), FIELDS)
    table = pyarrow.parquet.read_table(place.file)
    table.validate(full=True)
    assert table.schema.field("secret").type == pyarrow.binary()
    assert table["name"].to_pylist() == ["text 1", "text 2", "text 3"]


def test_pyarrow_reads_csv_and_json_lines(work, origin):
    for kind, reader in (("csv", pyarrow.csv.read_csv), ("jsonl", pyarrow.json.read_json)):
        place = Place(kind, work)
        work.run(origin.source(), place.destination(), FIELDS)
        assert reader(place.file)["name"].to_pylist() == ["text 1", "text 2", "text 3"]


def test_sqlite_finds_its_file_in_order(work, origin):
    place = Place("sqlite", work)
    work.run(origin.source(), place.destination(), FIELDS)
    connection = sqlite3.connect(place.file)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT typeof(id), typeof(name), typeof(secret) FROM t").fetchone() == (
        "integer", "text", "blob",
    )
    connection.close()


def test_what_coffer_revealed_is_what_pyarrow_reads(work, origin):
    place = Place("parquet", work)
    work.run(origin.source(), place.destination(), FIELDS)
    work.reveal(place.destination())
    table = pyarrow.parquet.read_table(work.path / "revealed.parquet")
    assert table.select(["id", "name", "secret"]).to_pylist() == [
        {"id": n, "name": f"text {n}", "secret": f"s{n}"} for n in (1, 2, 3)
    ]
