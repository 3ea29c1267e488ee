"""Release control and `coffer risk`, from real sources into real destinations, checked by DuckDB alone."""
import collections
import contextlib
import csv
import json
import math
import os
import pathlib
import random
import shutil
import sqlite3

import pytest

from support.places import SOURCES, Place, engine
from support.workspace import ROOT, read

# A clinic: few people of each age, some alone; every column a text, so that all sources have the same values.
VISITS = """SELECT i AS id, (20 + i * 7 % 37)::VARCHAR AS age, printf('%05d', 94100 + i * 13 % 40) AS zip,
    DATE '1980-01-01' + (i * 37 % 3000)::INTEGER AS born, CASE WHEN i % 3 = 0 THEN 'f' ELSE 'm' END AS sex,
    ['flu', 'cold', 'gout', 'burn'][1 + i * 5 % 4] AS diagnosis, 'note ' || i AS note FROM range(400) t(i)"""
LADDERS = {"age": {"bucket": [5, 10, 20]}, "zip": "zip", "born": "date", "sex": "hide"}
QUASI = list(LADDERS)
FIELDS = {"id": "drop", "diagnosis": "keep", "note": "encrypt"}
RULE = {"k_anonymity": 5, "quasi_identifiers": LADDERS, "suppression_limit": "4%",
        "sensitive": {"diagnosis": {"l_diversity": 2}}}


def classes(rows: list[dict], columns=QUASI) -> collections.Counter:
    return collections.Counter(tuple(row[name] for name in columns) for row in rows)


@pytest.mark.parametrize("kind", SOURCES)
def test_what_is_released_is_k_anonymous_whatever_it_is_read_from(work, postgres, kind):
    source = Place(kind, work, postgres, name="visits", prefix="visits").fill(VISITS)
    target = Place("duckdb", work, postgres)
    types = {"types": {"zip": "varchar", "age": "varchar"}} if kind in ("csv", "json", "jsonl") else {}
    result = work.run(source.source(**types), target.destination(), FIELDS, "--json", release=RULE).json
    release = result["tables"][0]["release"]
    rows = target.rows()
    assert len(rows) == result["tables"][0]["rows"] == 400 - release["suppressed"]
    assert release["suppressed"] <= release["suppression_limit"] == 16
    with engine() as connection:
        connection.execute(f"ATTACH '{target.file}' AS target (READ_ONLY)")
        smallest, fewest, count = connection.execute(
            f"""SELECT min(n), min(l), count(*) FROM (SELECT count(*) AS n, count(DISTINCT diagnosis) AS l
                FROM target.t GROUP BY {", ".join(QUASI)})""").fetchone()
    assert smallest >= 5 and fewest >= 2
    assert (smallest, count) == (release["after"]["k"], release["after"]["classes"])
    assert {column["column"]: column["coarsest"] for column in release["columns"]} == \
        {"age": 4, "zip": 5, "born": 5, "sex": 1}
    # What is encrypted beside it comes back, in the rows that stayed.
    back = work.reveal(target.destination())
    assert len(back) == len(rows) and all(row["note"].startswith("note ") for row in back)


@pytest.mark.parametrize("kind", ["sqlite", "postgres", "parquet", "csv", "jsonl"])
def test_rows_that_are_left_out_are_in_no_destination(work, postgres, kind):
    rare = "SELECT * FROM (SELECT i % 4 AS age, 's' || i AS secret FROM range(80) t(i)) UNION ALL SELECT 99, 'alone'"
    source = Place("parquet", work, name="people", prefix="people").fill(rare)
    target = Place(kind, work, postgres)
    rule = {"k_anonymity": 5, "quasi_identifiers": {"age": "hide"}, "suppression_limit": "0.02"}
    work.run(source.source(), target.destination(), {"secret": "keep"}, release=rule)
    rows = target.rows()
    assert len(rows) == 80 and "alone" not in {row["secret"] for row in rows}
    assert {str(row["age"]) for row in rows} == {"0", "1", "2", "3"}


def test_of_rows_that_are_left_out_nothing_is_made(work, tmp_path):
    """No token in the vault, no data key for their tenant, and no complaint about a value that no protection takes."""
    rare = """SELECT * FROM (SELECT i % 4 AS age, 'card-' || i % 40 AS card, 'common' AS tenant, 'n' || i AS note, '12345678' AS code
        FROM range(9000) t(i)) UNION ALL SELECT 99, 'card-alone', 'lonely', 'mine', 'x' ORDER BY random()"""
    source = Place("parquet", work, name="people", prefix="people").fill(rare)
    rule = {"k_anonymity": 5, "quasi_identifiers": {"age": "hide"}, "suppression_limit": "0.02"}
    fields = {"card": {"tokenize": {}}, "tenant": "keep", "note": {"encrypt": {"key": "alias/tenant-{tenant}"}},
              "code": {"preserve_format": {"alphabet": "digits"}}}
    work.coffer("keys", "create", "alias/tenant-common")
    vault = tmp_path / "vault.db"
    target = {"path": str(work.path / "out.parquet")}
    result = work.run(source.source(), target, fields, "--json", release=rule, vault=str(vault)).json["tables"][0]
    assert (result["rows"], result["release"]["suppressed"]) == (9000, 1)
    with engine() as connection:
        written = {row[0] for row in connection.execute(f"SELECT DISTINCT card FROM '{work.path / 'out.parquet'}'").fetchall()}
    with contextlib.closing(sqlite3.connect(vault)) as connection:
        assert {row[0] for row in connection.execute("SELECT token FROM tokens")} == written
    assert len(written) == 40
    (catalogue,) = json.loads((work.path / "out.parquet.coffer.json").read_text())["catalogues"]
    assert {key.get("tenant") for key in catalogue["keys"]} == {"common"}
    back = work.reveal(target, "--vault", str(vault))
    assert {row["card"] for row in back} == {f"card-{i}" for i in range(40)} and len(back) == 9000


@pytest.mark.parametrize("kind, fields", [
    (kind, FIELDS | ({} if kind in ("parquet", "folder", "postgres") else {"note": "drop"}))
    for kind in ["parquet", "csv", "folder", "duckdb", "sqlite", "postgres"]])
def test_the_catalogue_says_under_which_release_a_table_was_written(work, postgres, kind, fields):
    source = Place("parquet", work, prefix="visits").fill(VISITS)
    if kind == "folder":
        target, where = {"path": str(work.path / "out") + "/", "format": "parquet"}, [work.path / "out"]
    else:
        place = Place(kind, work, postgres)
        target = place.destination()
        where = [target.get("path") or target[kind]] + (["--table", target["table"]] if "table" in target else [])
    done = work.run(source.source(), target, fields, "--json", release=RULE).json["tables"][0]
    (shown,) = work.coffer("inspect", *where, "--json").json
    (dataset,), (load,) = shown["table"]["datasets"], shown["table"]["loads"]
    release = dataset["release"]
    assert {name: release[name] for name in ("k", "rows", "suppressed", "suppression_limit")} == \
        {"k": 5, "rows": 400, "suppressed": done["release"]["suppressed"], "suppression_limit": 16}
    assert release["levels"] == [
        {name: column[name] for name in ("column", "level", "coarsest", "becomes")} for column in done["release"]["columns"]]
    assert release["sensitive"] == [{"column": "diagnosis", "distinct": 2}]
    assert load["rows"] == done["rows"] and bool(dataset["keys"]) == ("encrypt" in fields.values())
    lines = work.coffer("inspect", *where).out
    assert "at least 5 alike" in lines and "diagnosis: 2 different values" in lines
    # No value of a row, neither of those written nor of those left out.
    assert not any(word in lines for word in ("flu", "gout", "burn", "note 1", "1980-"))
    kept = {column: "keep" for column in QUASI} | fields
    if kind in ("duckdb", "sqlite", "postgres"):
        # What was made coarser is not joined by rows that are not.
        refused = work.run(source.source(), target | {"write": "append"}, kept, code=2)
        assert "would now be kept" in refused.err
        target = target | {"schema": "evolve"}
    # Written anew without a rule, it has no trace of this one.
    work.run(source.source(), target, kept)
    (shown,) = work.coffer("inspect", *where, "--json").json
    assert all("release" not in dataset for dataset in shown["table"]["datasets"])


def test_rows_that_come_without_a_rule_take_the_note_of_a_release_away(work):
    source = Place("parquet", work, prefix="people").fill("SELECT i % 4 AS age, i AS n FROM range(80) t(i)")
    rule = {"k_anonymity": 5, "quasi_identifiers": {"age": "hide"}}
    target = {"sqlite": str(work.path / "out.sqlite"), "table": "t"}
    where = ["inspect", target["sqlite"], "--table", "t", "--json"]
    work.run(source.source(), target, {"n": "keep"}, release=rule)
    (shown,) = work.coffer(*where).json
    assert shown["table"]["datasets"][0]["release"]["levels"][0]["level"] == 0
    work.run(source.source(), target | {"write": "append"}, {"age": "keep", "n": "keep"})
    (shown,) = work.coffer(*where).json
    assert "release" not in shown["table"]["datasets"][0] and len(shown["table"]["loads"]) == 2


def test_inspect_says_where_no_table_of_coffer_is(work, postgres):
    Place("sqlite", work, name="t").fill("SELECT 1 AS a")
    plain = Place("csv", work, prefix="plain").fill("SELECT 1 AS a")
    assert "table" not in work.coffer("inspect", plain.file, "--json").json[0]
    for where in ([work.path / "out.sqlite", "--table", "t"], [postgres.uri, "--table", "nothing"], [work.path]):
        assert len(work.coffer("inspect", *where, code=2).err.splitlines()) <= 2
    work.run(plain.source(), {"path": "made.csv"}, {"a": "keep"})
    (work.path / "made.csv.coffer.json").write_text("{}")
    assert "made.csv.coffer.json" in work.coffer("inspect", "made.csv", code=2).err


def test_the_order_of_rows_changes_nothing(work):
    found = []
    for order in ("id", "hash(id)", "id DESC"):
        source = Place("parquet", work, prefix="visits").fill(f"SELECT * FROM ({VISITS}) ORDER BY {order}")
        result = work.run(source.source(), {"path": "out.parquet"}, FIELDS, "--dry-run", "--json", release=RULE)
        found.append(result.json["tables"][0]["release"])
        assert not (work.path / "out.parquet").exists()
    assert found[0] == found[1] == found[2]


def test_a_dry_run_shows_the_levels_that_a_run_takes(work):
    source = Place("parquet", work, prefix="visits").fill(VISITS)
    parts = [source.source(), {"path": "out.parquet"}, FIELDS]
    plan = work.run(*parts, "--dry-run", "--json", release=RULE).json["tables"][0]
    written = work.run(*parts, "--json", release=RULE).json["tables"][0]
    assert plan["release"] == written["release"] and plan["fields"] == written["fields"]
    shown = work.run(*parts, "--dry-run", release=RULE)
    for column in plan["release"]["columns"]:
        assert column["becomes"] in shown.out
    fields = {field["column"]: field["protection"] for field in plan["fields"]}
    for column in plan["release"]["columns"]:
        expected = f"generalize {column['becomes']}" if column["level"] else "keep"
        assert fields[column["column"]] == expected
    kept = work.run(*parts[:2], FIELDS | {"id": "keep"}, "--dry-run", release=RULE)
    assert "not counted: id" in kept.err


@pytest.mark.parametrize("change, says", [
    ({"write": "append"}, "write: replace"),
    ({"write": "merge", "primary_key": ["id"]}, "write: replace"),
    ({"fields": FIELDS | {"age": "encrypt"}}, "age is a quasi-identifier"),
    ({"source": {"path": "-", "format": "csv"}}, "standard input"),
    ({"release": RULE | {"quasi_identifiers": LADDERS | {"shoe": "hide"}}}, "shoe"),
    ({"release": RULE | {"quasi_identifiers": LADDERS | {"id": {"to": ["month"]}}}, "fields": FIELDS | {"id": "keep"}}, "dates"),
    ({"release": RULE | {"sensitive": {"diagnosis": {"l_diversity": 5}}}}, "too few values"),
    ({"release": RULE | {"k_anonymity": 401}}, "fewer than k_anonymity"),
    ({"release": RULE | {"quasi_identifiers": {"sex": {"groups": {"woman": ["f"]}}}},
      "fields": FIELDS | {"age": "drop", "zip": "drop", "born": "drop"}}, "does not fit level 1"),
    ({"fields": {"id": "drop", "diagnosis": "keep"}}, "note"),
])
def test_what_can_not_be_released_is_not_written(work, change, says):
    source = Place("parquet", work, prefix="visits").fill(VISITS)
    target = {"duckdb": "out.duckdb", "table": "t"} | {key: change[key] for key in ("write", "primary_key") if key in change}
    result = work.run(change.get("source", source.source()), target, change.get("fields", FIELDS),
                      release=change.get("release", RULE), code=2)
    assert says in result.err, result.err
    path = work.path / "out.duckdb"
    if path.exists():
        with engine() as connection:
            connection.execute(f"ATTACH '{path}' AS target (READ_ONLY)")
            assert connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 't'").fetchone() == (0,)


def test_a_refused_release_leaves_the_old_table(work):
    source = Place("parquet", work, prefix="visits").fill(VISITS)
    work.run(source.source(), {"path": "out.csv"}, FIELDS, release=RULE)
    before = (work.path / "out.csv").read_bytes()
    work.run(source.source(), {"path": "out.csv"}, FIELDS, release=RULE | {"k_anonymity": 1000}, code=2)
    assert (work.path / "out.csv").read_bytes() == before


def test_nulls_are_a_value_and_a_star_hides_them(work):
    query = "SELECT CASE WHEN i % 10 < 3 THEN NULL ELSE 'x' || i % 2 END AS city, i AS n FROM range(60) t(i)"
    source = Place("parquet", work, prefix="cities").fill(query)
    for k, cities in ((10, {None, "x0", "x1"}), (19, {"*"})):
        rule = {"k_anonymity": k, "quasi_identifiers": {"city": "hide"}}
        work.run(source.source(), {"path": "out.parquet"}, {"n": "keep"}, release=rule)
        assert {row["city"] for row in read(work.path / "out.parquet")} == cities


def adult() -> pathlib.Path:
    places = [os.environ.get("COFFER_EXAMPLE_DATA"), ROOT / "Examples/release", ROOT.parent / "shared/data"]
    found = next((pathlib.Path(place) / "adult.csv" for place in places
                  if place and (pathlib.Path(place) / "adult.csv").is_file()), None)
    if found is None:
        pytest.skip("adult.csv is not here; COFFER_EXAMPLE_DATA names its folder")
    return found


def test_adult_with_nine_quasi_identifiers(work):
    data = adult()
    folder = work.path / "release"
    shutil.copytree(ROOT / "Examples/release", folder, dirs_exist_ok=True)
    lines = data.read_text().splitlines(keepends=True)
    random.Random(7).shuffle(body := lines[1:])
    plans = []
    for rows in (lines[1:], body):
        (folder / "adult.csv").unlink(missing_ok=True)
        (folder / "adult.csv").write_text(lines[0] + "".join(rows))
        plans.append(work.coffer("run", "pipeline.yaml", "--dry-run", "--json", cwd=folder).json["tables"][0]["release"])
    assert plans[0] == plans[1], "another order of rows gives another answer"
    release = work.coffer("run", "pipeline.yaml", "--json", cwd=folder).json["tables"][0]["release"]
    assert release == plans[0]
    names = lines[0].strip().split(";")
    with engine() as connection:
        columns = ", ".join(f'"{name}"' for name in names)
        smallest, count, rows = connection.execute(
            f"""SELECT min(n), count(*), sum(n) FROM (SELECT count(*) AS n
                FROM read_csv('{folder}/released.csv', all_varchar = true) GROUP BY {columns})""").fetchone()
    assert smallest >= 5 and (smallest, count) == (release["after"]["k"], release["after"]["classes"])
    assert 30162 - rows == release["suppressed"] <= math.floor(30162 * 0.04)
    assert release["loss"] < 0.5 and release["looked"] < release["combinations"] // 4
    checked = work.coffer("risk", "pipeline.yaml", "--quasi", ",".join(names), "--k", 5, "--json", cwd=folder).json
    assert checked["risk"]["k"] == smallest and checked["failed"] == []
    work.coffer("risk", "adult.csv", "--quasi", ",".join(names), "--k", 2, code=1, cwd=folder)


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl", "duckdb", "sqlite", "postgres"])
def test_risk_is_what_sql_says(work, postgres, kind):
    place = Place(kind, work, postgres, name="visits", prefix="visits").fill(VISITS)
    where = [place._named().get("path") or place._named().get(kind)] + (["--table", "visits"] if "table" in place._named() else [])
    risk = work.coffer("risk", *where, "--quasi", "age,sex", "--sensitive", "diagnosis", "--population", 4000, "--json").json["risk"]
    with engine() as connection:
        rows = connection.execute(f"SELECT age, sex, diagnosis FROM ({VISITS})").fetchall()
    groups = collections.defaultdict(collections.Counter)
    for age, sex, diagnosis in rows:
        groups[age, sex][diagnosis] += 1
    sizes = [sum(group.values()) for group in groups.values()]
    assert (risk["rows"], risk["classes"], risk["k"]) == (400, len(groups), min(sizes))
    assert risk["unique_rows"] == sizes.count(1)
    assert risk["prosecutor"]["highest"] == pytest.approx(1 / min(sizes))
    assert risk["prosecutor"]["average"] == pytest.approx(len(groups) / 400)
    assert risk["journalist"]["highest"] == pytest.approx(0.1 / min(sizes))
    assert risk["marketer"] == pytest.approx(0.1 * len(groups) / 400)
    overall = collections.Counter(row[2] for row in rows)
    (sensitive,) = risk["sensitive"]
    assert sensitive["distinct"] == min(map(len, groups.values()))
    entropies = [-sum(n / s * math.log(n / s) for n in g.values()) for g, s in zip(groups.values(), sizes)]
    assert sensitive["entropy"] == pytest.approx(math.exp(min(entropies)))
    assert sensitive["distance"] == pytest.approx(max(
        sum(abs(g[v] / s - overall[v] / 400) for v in overall) / 2 for g, s in zip(groups.values(), sizes)))
    # Without sensitive columns the engine counts alone, and finds the same.
    alone = work.coffer("risk", *where, "--quasi", "age,sex", "--json").json["risk"]
    assert {key: alone[key] for key in ("rows", "classes", "k", "unique_rows")} == \
        {key: risk[key] for key in ("rows", "classes", "k", "unique_rows")}


def test_risk_is_a_check(work):
    path = Place("csv", work, prefix="visits").fill(VISITS).file
    assert "not met" in work.coffer("risk", path, "--quasi", "age,zip", "--k", 2, code=1).err
    assert work.coffer("risk", path, "--quasi", "sex", "--k", 100).err == ""
    parts = ["risk", path, "--quasi", "sex", "--sensitive", "diagnosis"]
    work.coffer(*parts, "--l", 4, "--t", 0.9)
    assert "5 values" in work.coffer(*parts, "--l", 5, code=1).err
    failed = work.coffer("risk", path, "--quasi", "age,zip", "--k", 2, "--json", code=1)
    assert json.loads(failed.out)["failed"]


@pytest.mark.parametrize("arguments, says", [
    (["nothing.csv", "--quasi", "a"], "there is no"),
    (["visits.csv", "--quasi", "shoe"], "shoe"),
    (["visits.csv", "--quasi", "age,age"], "once"),
    (["visits.csv", "--quasi", "age", "--sensitive", "age"], "one or the other"),
    (["visits.csv", "--quasi", "age", "--l", "2"], "--sensitive"),
    (["visits.csv"], "--quasi"),
])
def test_risk_refuses(work, arguments, says):
    Place("csv", work, prefix="visits").fill(VISITS)
    assert says in work.coffer("risk", *arguments, code=2).err


def test_risk_of_a_strange_csv(work):
    with open(work.path / "odd.csv", "w", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerows([["zip", "sex"]] + [["01234", "f"]] * 3 + [["1234", "f"]] * 2)
    risk = work.coffer("risk", "odd.csv", "--quasi", "zip,sex", "--json").json["risk"]
    assert (risk["classes"], risk["k"]) == (2, 2), "leading zeros tell people apart"


def test_a_table_is_released_beside_itself_in_one_database(work):
    place = Place("duckdb", work, name="visits").fill(VISITS)
    for _ in range(2):
        work.run(place.source(), {"duckdb": str(place.file), "table": "released"}, FIELDS, release=RULE)
    work.coffer("risk", place.file, "--table", "released", "--quasi", ",".join(QUASI), "--k", 5)
    assert len(place.rows()) == 400


def test_several_tables_share_a_rule(work):
    Place("duckdb", work, name="a").fill(VISITS)
    Place("duckdb", work, name="b", prefix="other").fill(f"SELECT * FROM ({VISITS}) WHERE id < 200")
    document = {
        "destination": {"duckdb": str(work.path / "released.duckdb")}, "fields": FIELDS, "release": RULE,
        "tables": {"a": {"source": {"duckdb": str(work.path / "out.duckdb"), "table": "a"}},
                   "b": {"source": {"duckdb": str(work.path / "other.duckdb"), "table": "b"}}},
    }
    found = work.coffer("run", work.pipeline(document), "--json").json["tables"]
    assert [table["release"]["rows"] for table in found] == [400, 200]
    assert all(table["release"]["after"]["k"] >= 5 for table in found)
