"""coffer classify: what it finds in tables and texts of which the truth is known, what it suggests, and what it holds against a pipeline."""
import collections
import csv
import json
import shutil

import dlt
import duckdb
import pytest
from dlt.common.schema.utils import new_table

from support import people
from support.places import SOURCES, Place
from support.workspace import ROOT


def classify(work, *arguments, code=0):
    return work.coffer("classify", *arguments, "--json", code=code).json["tables"]


def found(table) -> dict[str, str]:
    """The first finding of each column."""
    return {column["column"]: column["findings"][0]["entity"] for column in table["columns"] if column["findings"] and "json_path" not in column}


def write_csv(work, name, header, rows):
    path = work.path / name
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


# How well it finds, on values and texts that people.py makes.


@pytest.mark.parametrize("seed", [1, 2])
def test_places_in_texts_are_found(work, seed):
    texts = people.texts(seed, 1200)
    path = work.write("texts.jsonl", "".join(json.dumps({"text": one.text}) + "\n" for one in texts))
    spans = collections.defaultdict(list)
    for line in map(json.loads, work.coffer("classify", path, "--all", "--spans").out.splitlines()):
        assert line["column"] == "text"
        spans[line["row"] - 1] = line["spans"]
    right, missed, wrong = collections.Counter(), collections.Counter(), collections.Counter()
    for row, one in enumerate(texts):
        assert all(a["end"] <= b["start"] for a, b in zip(spans[row], spans[row][1:])), "no place overlaps another"
        exact = {(span["entity"], span["start"], span["end"]) for span in spans[row]}
        for place in one.places:
            (right if place in exact else missed)[place[0]] += 1
        for entity, start, end in exact - set(one.places):
            wrong[entity] += 1
    for entity in people.ENTITIES:
        recall = right[entity] / max(1, right[entity] + missed[entity])
        precision = right[entity] / max(1, right[entity] + wrong[entity])
        # A lexicon knows some names only; a date of birth is another date after the word that announces one.
        least = {"name": 0.6, "address": 0.9, "phone": 0.93, "birth_date": 0.93}.get(entity, 0.95)
        assert recall >= least, f"{entity}: recall {recall:.3f}"
        assert precision >= 0.9, f"{entity}: precision {precision:.3f}"


@pytest.mark.parametrize("named", [True, False])
def test_columns_are_told_and_others_are_not(work, named):
    header, rows, truth = people.table(5, 300, named)
    table, = classify(work, write_csv(work, "table.csv", header, rows), "--all")
    told = found(table)
    assert {column: told.get(column) for column in truth} == truth
    assert not set(told) - set(truth), "a column that holds nothing was called something"
    assert table["rows"] == 300 and table["complete"]
    for column in table["columns"]:
        assert (column["suggestion"] == "keep") == (column["column"] not in truth or truth[column["column"]] == "url")


# What is looked at.


PEOPLE = """SELECT i::INTEGER AS id, printf('ada.%d@example.org', i) AS mail, printf('+49 30 90%05d', i) AS number,
    ['4111111111111111', '378282246310005'][1 + i % 2] AS pan, printf('10.0.%d.%d', i, i) AS address_of_client FROM range(60) t(i)"""


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_is_looked_at(work, postgres, kind):
    place = Place(kind, work, postgres).fill(PEOPLE)
    where = work.pipeline({"source": place.source(), "destination": {"path": "out.parquet"}, "fields": {"id": "keep"}})
    table, = classify(work, where)
    assert found(table) == {"mail": "email", "number": "phone", "pan": "card", "address_of_client": "ip"}
    assert {column["values"] for column in table["columns"]} == {60}


def test_nested_leaves_and_paths_in_json_texts_are_looked_at(work):
    duckdb.execute("""COPY (SELECT i AS id, {'city': 'Lyon', 'contact': {'mail': 'a' || i || '@example.org'}} AS place,
        [{'card': '4111111111111111', 'n': 1}, NULL] AS kids, map {'k': '10.1.2.' || i} AS hosts,
        '{"user": {"mail": "b@example.org", "tags": ["x", "AKIAIOSFODNN7EXAMPLE"]}, "n": ' || i || '}' AS payload,
        'no json { at all' AS text FROM range(50) t(i)) TO '""" + str(work.path / "n.parquet") + "' (FORMAT parquet)")
    table, = classify(work, "n.parquet")
    told = {(column["column"], column.get("json_path")): column["findings"][0]["entity"] for column in table["columns"] if column["findings"]}
    assert told == {("place.contact.mail", None): "email", ("kids[].card", None): "card", ("hosts{value}", None): "ip",
                    ("payload", "user.mail"): "email", ("payload", "user.tags[]"): "secret"}
    kids, = (column for column in table["columns"] if column["column"] == "kids[].card")
    assert (kids["values"], kids["nulls"]) == (50, 50)


def test_what_is_rare_is_found_in_all_rows_and_a_sample_says_that_it_is_one(work):
    rows = [[i, "nothing to see"] for i in range(60_000)]
    rows[59_000][1] = "wrote to ada@example.org"
    path = write_csv(work, "rare.csv", ["id", "note"], rows)
    sample, = classify(work, path, "--rows", "1000")
    assert sample["rows"] == 1000 and not sample["complete"] and found(sample) == {}
    assert classify(work, path, "--rows", "1000") == [sample], "a sample is the same each time"
    whole, = classify(work, path, "--all")
    note, = (column for column in whole["columns"] if column["column"] == "note")
    assert [(one["entity"], one["values"], one["within"]) for one in note["findings"]] == [("email", 1, True)]
    assert whole["rows"] == 60_000 and whole["complete"] and note["suggestion"] == "encrypt"


def test_no_value_is_shown_unless_asked_for_and_then_hidden(work):
    header, rows, truth = people.table(6, 40, True)
    path = write_csv(work, "t.csv", header, rows)
    values = {value for row in rows for column, value in zip(header, row) if column in truth and len(value) > 5}
    for flags in ([], ["--json"], ["--json", "--examples"], ["-o", "p.yaml"]):
        result = work.coffer("classify", path, *flags)
        shown = result.out + result.err + ("" if "-o" not in flags else (work.path / "p.yaml").read_text())
        assert not [value for value in values if value in shown]
    table, = classify(work, path, "--examples")
    examples = next(column for column in table["columns"] if column["column"] == "mail_address")["findings"][0]["examples"]
    assert len(examples) == 3 and all("@" in one and "*" in one for one in examples)


# What comes of it.


@pytest.mark.parametrize("kind", ["csv", "parquet", "duckdb", "postgres"])
def test_the_pipeline_that_it_writes_runs_and_is_found_good(work, postgres, kind):
    header, rows, truth = people.table(8, 60, True)
    origin = write_csv(work, "origin.csv", header, rows)
    query = f"SELECT * REPLACE (try_strptime(dob, ['%Y-%m-%d', '%d.%m.%Y', '%d/%m/%Y'])::DATE AS dob) FROM read_csv('{origin}', all_varchar = true)"
    place = Place(kind, work, postgres).fill(query)
    source = place.source()
    where = [next(str(source[name]) for name in ("path", "duckdb", "postgres") if name in source)]
    table = ["--table", source["table"]] if "table" in source else []
    work.coffer("classify", *where, *table, "-o", "p.yaml")
    written = (work.path / "p.yaml").read_text()
    assert "lacks “destination”" in work.coffer("run", "p.yaml", "--dry-run", code=2).err
    (work.path / "p.yaml").write_text(written + "destination: { path: out.parquet }\n")
    work.coffer("run", "p.yaml", "--dry-run")
    assert classify(work, "--against", "p.yaml")[0]["gaps"] == []
    work.coffer("run", "p.yaml")
    out = duckdb.execute(f"SELECT * FROM '{work.path / 'out.parquet'}'").fetchall()
    shown = {str(value) for row in out for value in row}
    hidden = {row[header.index(name)] for row in rows for name in ("mail_address", "ssn", "pan", "iban", "phone_no") if row[header.index(name)]}
    assert len(out) == 60 and not hidden & shown
    assert "api_key" not in [column[0] for column in duckdb.execute(f"DESCRIBE SELECT * FROM '{work.path / 'out.parquet'}'").fetchall()]
    # It never writes over a file that is there.
    assert work.coffer("classify", *where, *table, "-o", "p.yaml", code=2).err


def test_a_pipeline_that_keeps_something_is_told_column_by_column(work):
    work.write("c.csv", "id,mail,born,ssn,note\n" + "".join(f"{i},a{i}@example.org,1987-05-{i + 10},123-45-{6000 + i},call 415-555-01{i + 10}\n" for i in range(20)))
    good = {"id": "keep", "mail": "encrypt", "born": {"mask": {"keep_first": 4}}, "ssn": {"mask": {"keep_last": 4}}, "note": "drop"}
    gaps = {}
    for name, fields, unlisted in [
        ("good", good, "refuse"), ("keeps", good | {"mail": "keep"}, "refuse"), ("coarse", good | {"ssn": {"generalize": {"prefix": 3}}}, "refuse"),
        ("shows", good | {"ssn": {"mask": {"keep_last": 9}}}, "refuse"), ("text", good | {"note": "keep"}, "refuse"), ("unlisted", {"id": "keep"}, "keep"),
    ]:
        pipeline = work.pipeline({"source": {"path": "c.csv"}, "destination": {"path": "o.csv"}, "fields": fields, "unlisted": unlisted}, f"{name}.yaml")
        table, = classify(work, "--against", pipeline, code=None)
        gaps[name] = {gap["column"]: (gap["entity"], gap["problem"]) for gap in table["gaps"]}
        assert work.coffer("classify", "--against", pipeline, code=1 if gaps[name] else 0).out == "" or gaps[name]
    assert gaps["good"] == {}
    assert gaps["keeps"] == {"mail": ("email", "kept in the clear")}
    assert gaps["coarse"] == {"ssn": ("us_ssn", "only made coarser")}
    assert gaps["shows"]["ssn"][1].startswith("masked, but 9")
    assert gaps["text"] == {"note": ("phone", "kept in the clear")}
    assert set(gaps["unlisted"]) == {"mail", "born", "ssn", "note"}
    # Other rows than its own source's.
    work.write("other.csv", "id,mail\n1,nobody\n")
    assert work.coffer("classify", "other.csv", "--against", "keeps.yaml", code=None).code in (0, 1)


def test_the_example_keeps_first_names(work):
    shutil.copytree(ROOT / "Examples/customers", work.path / "customers")
    table, = classify(work, "customers/customers.csv")
    assert found(table) == {"first_name": "name", "last_name": "name", "ssn": "us_ssn", "email": "email"}
    table, = classify(work, "--against", "customers/pipeline.yaml", code=1)
    assert [gap["column"] for gap in table["gaps"]] == ["first_name"]


# What others have noted, and recognizers of one's own.


def test_annotations_of_a_dlt_schema_are_hints(work):
    work.write("people.jsonl", '{"ref": "A1", "home": {"flat": "x"}, "kids": [{"nick": "Zo"}], "note": "y", "fine": "z"}\n')
    schema = {"name": "s", "version": 2, "engine_version": 11, "previous_hashes": [], "settings": {}, "normalizers": {}, "tables": {
        "_dlt_loads": {"columns": {"load_id": {"data_type": "text"}}},
        "people": {"name": "people", "columns": {
            "ref": {"data_type": "text", "x-annotation-pii": True}, "home__flat": {"x-annotation-pii": "address"},
            "note": {"description": "free text, may hold PII"}, "fine": {"x-annotation-pii": False}}},
        "people__kids": {"parent": "people", "columns": {"nick": {"x-tags": ["pii", "name"]}, "_dlt_id": {"data_type": "text"}}}}}
    work.write("schema.json", json.dumps(schema))
    table, = classify(work, "people.jsonl", "--dlt-schema", "schema.json")
    assert found(table) == {"ref": "sensitive", "home.flat": "address", "kids[].nick": "name", "note": "sensitive"}
    assert all("dlt" in column["findings"][0]["origins"] for column in table["columns"] if column["findings"])
    # dlt itself writes the same as YAML.
    written = dlt.Schema("s")
    written.update_table(new_table("people", columns=[
        {"name": "ref", "data_type": "text", "x-annotation-pii": True}, {"name": "home__flat", "data_type": "text", "x-annotation-pii": "address"}]))
    work.write("schema.yaml", written.to_pretty_yaml())
    assert found(classify(work, "people.jsonl", "--dlt-schema", "schema.yaml")[0]) == {"ref": "sensitive", "home.flat": "address"}
    assert "no dlt schema" in work.coffer("classify", "people.jsonl", "--dlt-schema", work.write("x.yaml", "a: b\n"), code=2).err


COMMENTS = {"ref": "internal, PII", "nick": "pii:name", "mail": "sensitive", "fine": "not pii", "plain": "a number"}


def test_comments_on_columns_are_hints(work, postgres):
    places = []
    with duckdb.connect(str(work.path / "w.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 'A1' AS ref, 'Zo' AS nick, 'a@example.org' AS mail, 'z' AS fine, '1' AS plain")
        for column, text in COMMENTS.items():
            connection.execute(f"COMMENT ON COLUMN t.{column} IS '{text}'")
    places.append(["w.duckdb", "--table", "t"])
    postgres.execute("CREATE TABLE t AS SELECT 'A1' AS ref, 'Zo' AS nick, 'a@example.org' AS mail, 'z' AS fine, '1' AS plain")
    postgres.execute(*[f"COMMENT ON COLUMN t.{column} IS '{text}'" for column, text in COMMENTS.items()])
    places.append([postgres.uri, "--table", "t"])
    for place in places:
        table, = classify(work, *place)
        assert found(table) == {"ref": "sensitive", "nick": "name", "mail": "email"}, place[0]
        mail = next(column for column in table["columns"] if column["column"] == "mail")
        assert set(mail["findings"][0]["origins"]) >= {"content", "comment"}


def test_recognizers_of_ones_own(work):
    work.write("r.yaml", """recognizers:
  - { name: badge, pattern: 'B-\\d{4}-[A-F]', confidence: 0.9 }
  - { name: meter, pattern: '\\d{8}', checksum: luhn }
  - { name: shoe_size, column_names: [shoe_size] }
""")
    rows = [[f"B-{1000 + i}-A", f"2024000{i % 10}" + "", "see B-1234-C", i] for i in range(20)]
    for i, row in enumerate(rows):
        body = f"20240{i:02d}"
        row[1] = body + people.luhn(body)
    path = write_csv(work, "t.csv", ["a", "b", "c", "shoe_size"], rows)
    table, = classify(work, path, "--recognizers", "r.yaml")
    assert found(table) == {"a": "badge", "b": "meter", "c": "badge", "shoe_size": "shoe_size"}
    assert found(classify(work, path)[0]) == {}
    # coffer.yaml may hold them as well.
    work.write("coffer.yaml", (work.path / "r.yaml").read_text())
    assert found(work.coffer("classify", path, "--json", env={"COFFER_CONFIG": str(work.path / "coffer.yaml")}).json["tables"][0]) == found(table)


@pytest.mark.parametrize("entry, sentence", [
    ("{ name: x, pattern: '(a' }", "not one that is understood"), ("{ name: x, pattern: 'a*' }", "matches an empty text"),
    ("{ name: x, pattern: '[a-z]{200}' }", "too long"), ("{ name: email, pattern: 'a' }", "none of the built-in"), ("{ name: x }", "neither a pattern"),
    ("{ name: x, pattern: 'a', checksum: crc }", "checksum must be"), ("{ name: x, pattern: 'a', confidence: 2 }", "above 0, up to 1"),
])
def test_recognizers_that_are_none_are_refused_with_their_line(work, entry, sentence):
    work.write("r.yaml", f"recognizers:\n  - {entry}\n")
    path = work.write("t.csv", "a\nb\n")
    result = work.coffer("classify", path, "--recognizers", "r.yaml", code=2)
    assert sentence in result.err and "line 2" in result.err


def test_a_pattern_that_others_would_not_come_back_from(work):
    work.write("r.yaml", "recognizers:\n  - { name: x, pattern: '(a+)+b' }\n")
    path = work.write("t.csv", "t\n" + "".join("a" * 5000 + "\n" for _ in range(50)))
    assert found(classify(work, path, "--recognizers", "r.yaml")[0]) == {}


def test_hostile_values_are_only_values(work):
    values = ["", "\x00" * 10, "{" * 5000, "[" * 5000, '{"a":' * 200 + "1" + "}" * 200, '{"a": "\\ud800"}', "@" * 3000, ":" * 3000, "+" * 3000, "(" * 3000,
              "1 " * 3000, "1-" * 3000, "a." * 3000, "-----BEGIN PRIVATE KEY-----" * 50, "é" * 3000, "99999999999999999999999999", "::" * 999, "%" * 99]
    path = work.write("t.jsonl", "".join(json.dumps({"v": value}) + "\n" for value in values))
    work.coffer("classify", path, "--all", "--json")
    work.coffer("classify", path, "--all", "--spans")


def test_what_it_can_not_do_it_says(work):
    path = work.write("t.csv", "a\nb\n")
    for arguments, sentence in [
        ([], "name a source"), (["none.csv"], "there is no none.csv"), ([path, "--threshold", "2"], "from 0 to 1"),
        ([path, "--spans", "-o", "x.yaml"], "--spans goes with"), ([path, "--examples"], "for --json"),
    ]:
        result = work.coffer("classify", *arguments, code=2)
        assert sentence in result.err and not result.out
