"""The examples run as their pages say."""
import os
import pathlib
import shutil

import pytest

from support.places import Place, read_table
from support.workspace import ROOT, read


def example(work, name: str) -> pathlib.Path:
    folder = work.path / name
    shutil.copytree(ROOT / "Examples" / name, folder)
    return folder


def test_customers_are_masked_and_the_address_comes_back(work):
    folder = example(work, "customers")
    work.coffer("run", "pipeline.yaml", cwd=folder)
    rows = read_table(folder / "warehouse.duckdb", "customers")
    assert len(rows) == 5
    assert rows[0]["first_name"] == "Ada"
    assert rows[0]["last_name"] == "L********"
    assert rows[0]["ssn"] == "*******1120"
    assert b"example.com" not in bytes(rows[0]["email"])
    revealed = work.coffer("reveal", "warehouse.duckdb", "--table", "customers", cwd=folder).out
    assert "ada.lindqvist@example.com" in revealed and "078-05" not in revealed


def test_security_keys_of_children_are_encrypted_where_they_stand(work):
    folder = example(work, "parents")
    for _ in range(2):
        work.coffer("run", "pipeline.yaml", cwd=folder)
    rows = read_table(folder / "warehouse.duckdb", "parents")
    assert [len(row["children"]) for row in rows] == [2, 1, 0, 2]
    assert bytes(rows[0]["children"][0]["security_key"])[0] == 1
    assert rows[3]["children"][0]["security_key"] is None
    assert rows[0]["children"][0]["name"] == "N***"
    target = work.path / "back.parquet"
    work.coffer("reveal", "warehouse.duckdb", "--table", "parents", "-o", target, cwd=folder)
    keys = [child["security_key"] for row in sorted(read(target), key=lambda row: row["id"]) for child in row["children"]]
    assert keys == ["k-7d1f-0a", "k-22c8-91", "k-c0de-13", None, "k-5e55-77"]


def test_adult(work):
    places = [os.environ.get("COFFER_EXAMPLE_DATA"), ROOT / "Examples/adult", ROOT.parent / "shared/data"]
    data = next((pathlib.Path(place) / "adult.csv" for place in places
                 if place and (pathlib.Path(place) / "adult.csv").is_file()), None)
    if data is None:
        pytest.skip("adult.csv is not here; COFFER_EXAMPLE_DATA names its folder")
    folder = example(work, "adult")
    shutil.copy(data, folder / "adult.csv")
    work.coffer("run", "pipeline.yaml", cwd=folder)
    work.coffer("reveal", "adult.parquet", "-o", "back.parquet", cwd=folder)
    protected, revealed = read(folder / "adult.parquet"), read(folder / "back.parquet")
    assert len(protected) == len(revealed) == 30162
    assert len({bytes(row["native-country"]) for row in protected}) == len({row["native-country"] for row in revealed})
    assert {row["salary-class"] for row in revealed} == {"<=50K", ">50K"}
    assert all(17 <= int(row["age"]) <= 90 for row in revealed)


@pytest.mark.parametrize("page", ["README.md", "docs/start.md", "docs/pipeline-file.md", "docs/guides/protections.md", "docs/guides/release.md"])
def test_every_whole_pipeline_in_the_documentation_parses(work, page):
    """A whole pipeline gets as far as its source, which is not there; a mistake in it would be said with its line."""
    blocks = [block.split("```")[0] for block in (ROOT / page).read_text().split("```yaml\n")[1:]]
    whole = [block for block in blocks if "destination:" in block and ("fields:" in block or "tables:" in block)]
    assert whole
    for text in whole:
        result = work.coffer("run", work.pipeline(text), "--dry-run", code=2, env={"SOURCE_URL": "postgresql://127.0.0.1:1/x"})
        assert "line " not in result.err, result.err


def test_visits_keep_their_formats_and_become_coarser(work):
    folder = example(work, "visits")
    work.coffer("run", "pipeline.yaml", cwd=folder)
    rows = read_table(folder / "warehouse.duckdb", "visits")
    plain = read(folder / "visits.csv")
    assert [row["age"] for row in rows] == ["[30,40)", "[30,40)", "[70,80)", ">=90", "[20,30)"]
    assert [str(row["born"]) for row in rows[:3]] == ["1987-01-01", "1987-01-01", "1950-01-01"]
    assert {row["zip"] for row in rows} == {"941", "100", "021"}
    assert [row["ip"] for row in rows[1:3]] == ["203.0.113.0/24", "2001:db8:1::/48"]
    assert [row["job"] for row in rows[2:]] == ["blue-collar", "white-collar", "white-collar"]
    assert [row["state"] for row in rows] == ["west", "west", "east", "east", "west"]
    assert (rows[1]["visit"] - rows[0]["visit"]).days == 7, "what lies between a patient's visits stays"
    assert rows[0]["ssn"] == rows[1]["ssn"] != plain[0]["ssn"] and rows[4]["card"].startswith("~")
    for name in ("ssn", "card", "phone", "patient"):
        assert not {row[name] for row in rows} & {row[name] for row in plain}, name
    work.coffer("reveal", "warehouse.duckdb", "--table", "visits", "-o", "back.csv", cwd=folder)
    for was, now in zip(plain, read(folder / "back.csv")):
        for name in ("ssn", "card", "phone", "email", "notes"):
            assert now[name] == was[name], name
