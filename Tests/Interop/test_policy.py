"""What a pipeline file must say, and what it must not."""
import pytest

from support.places import Place, engine

ROWS = "id,zip,name,amount\n1,10115,Ada,1.50\n2,20095,Bo,2.25\n"
FIELDS = {"id": "keep", "zip": "keep", "name": "encrypt", "amount": "keep"}


@pytest.fixture
def source(work) -> dict:
    return {"path": str(work.write("rows.csv", ROWS))}


def refuse(work, source, fields, *words, destination=None, **top):
    """Runs what must be refused: exit 2, the words said, a hint or a line, nothing written."""
    place = Place("duckdb", work)
    before = [path for path in work.files(record=False) if path.name != "pipeline.yaml"]
    result = work.run(source, destination or place.destination(), fields, code=2, **top)
    for word in words:
        assert word in result.err, result.err
    assert result.err.startswith("coffer: "), result.err
    assert result.out == ""
    after = [path for path in work.files(record=False) if path.name != "pipeline.yaml"]
    assert after == before
    return result


def test_an_unlisted_column_stops_the_run(work, source):
    fields = dict(FIELDS)
    del fields["amount"]
    refuse(work, source, fields, "amount")


def test_unlisted_keep_says_so_aloud(work, source):
    fields = dict(FIELDS)
    del fields["amount"]
    place = Place("duckdb", work)
    result = work.run(source, place.destination(), fields, unlisted="keep")
    assert "amount" in result.err
    assert [str(row["amount"]) for row in place.rows()] == ["1.5", "2.25"]


def test_a_missing_column_stops_the_run(work, source):
    refuse(work, source, FIELDS | {"phone": "encrypt"}, "phone")


def test_the_name_of_a_missing_column_is_suggested(work, source):
    fields = dict(FIELDS)
    fields["nmae"] = fields.pop("name")
    refuse(work, source, fields | {"name": "keep"}, "nmae", "name")


@pytest.mark.parametrize("text,line,word", [
    ("name: x\nsoruce: { path: rows.csv }\n", 2, "soruce"),
    ("source: { path: rows.csv, colour: red }\ndestination: { duckdb: d, table: t }\nfields: { a: keep }\n", 1, "colour"),
    ("source: { path: rows.csv }\ndestination:\n  duckdb: d\n  table: t\n  wirte: merge\nfields: { a: keep }\n", 5, "wirte"),
    ("source: { path: rows.csv }\ndestination: { duckdb: d, table: t }\nfields:\n  id: keep\n  zip: { msak: {} }\n", 5, "msak"),
    ("source: { path: rows.csv }\ndestination: { duckdb: d, table: t }\nfields:\n  id: keep\n  zip: { mask: { keep: 3 } }\n", 5, "keep"),
    ("source: { path: rows.csv }\ndestination: { duckdb: d, table: t }\nfields:\n  id: keep\n  id: drop\n", 5, "id"),
    ("source: { path: rows.csv }\ndestination: { duckdb: d, table: t, write: upsert }\nfields: { a: keep }\n", 2, "write"),
    ("source: { path: rows.csv }\ndestination: { duckdb: d, table: t }\nunlisted: maybe\nfields: { a: keep }\n", 3, "unlisted"),
    ("source: [\n", None, ""),
    ("", None, ""),
    ("just a text\n", None, ""),
    ("source: { path: rows.csv }\nfields: { a: keep }\n", None, "destination"),
    ("destination: { duckdb: d, table: t }\nfields: { a: keep }\n", None, "source"),
    ("source: { path: rows.csv }\ndestination: { duckdb: d, table: t }\n", None, "fields"),
    ("source: { path: rows.csv, duckdb: d }\ndestination: { duckdb: d, table: t }\nfields: { a: keep }\n", 1, ""),
    ("? [a, b]\n: c\n", 1, ""),
    ("a: &x [*x]\n", None, ""),
    ("source: !!binary aGVsbG8=\n", None, ""),
])
def test_an_error_in_the_file_names_its_line(work, text, line, word):
    work.write("rows.csv", ROWS)
    result = work.coffer("run", work.pipeline(text, "p.yaml"), code=2)
    assert result.err.startswith("coffer: ")
    assert word in result.err
    if line:
        assert f"line {line}" in result.err or f":{line}" in result.err, result.err


def test_a_bomb_of_aliases_is_refused(work):
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    result = work.coffer("run", work.pipeline(f"a0: &a0 [x]\n{levels}\n"), code=2)
    assert result.err.startswith("coffer: ")


def test_two_rules_for_one_column_are_refused(work, source):
    refuse(work, source, FIELDS | {"`id`": "drop"}, "id")


def test_a_struct_as_a_whole_is_not_encrypted(work):
    place = Place("parquet", work, prefix="origin").fill("SELECT 1 AS id, {'city': 'x', 'zip': '1'} AS person")
    refuse(work, place.source(), {"id": "keep", "person": "encrypt"}, "person")
    refuse(work, place.source(), {"id": "keep", "person.city": "encrypt"}, "person.zip")


@pytest.mark.parametrize("rule,word", [
    ({"mask": {"keep_first": 1}}, "amount"),
    ({"mask": {"keep_first": -1}}, "keep_first"),
    ({"mask": {"char": "ab"}}, "char"),
    ({"encrypt": {"bind": ["nothing"]}}, "nothing"),
    ({"encrypt": {"bind": ["amount"]}}, "amount"),
    ({"encrypt": {"deterministic": True, "bind": ["id"]}}, "bind"),
    ({"encrypt": {"key": "alias/none"}}, "alias/none"),
    ({"encrypt": {"key": "alias/default-mac"}}, "alias/default-mac"),
    ({"encrypt": {"key": "gcp-kms://projects/p"}}, "gcp-kms"),
    ({"keep": {}, "drop": {}}, ""),
    ({"tokenize": {}}, "tokenize"),
    ("scramble", "scramble"),
    (None, "amount"),
])
def test_a_rule_that_cannot_be_is_refused(work, rule, word):
    place = Place("parquet", work, prefix="origin").fill("SELECT 1 AS id, 1.5::DOUBLE AS amount")
    refuse(work, place.source(), {"id": "keep", "amount": rule}, word)


def test_a_bound_column_must_be_kept_not_null_and_not_floating(work):
    place = Place("parquet", work, prefix="origin").fill(
        "SELECT 1 AS id, 1.5::DOUBLE AS amount, NULL::INTEGER AS nothing, 'x' AS secret"
    )
    base = {"id": "keep", "amount": "keep", "nothing": "keep", "secret": "encrypt"}
    refuse(work, place.source(), base | {"secret": {"encrypt": {"bind": ["amount"]}}}, "amount")
    refuse(work, place.source(), base | {"secret": {"encrypt": {"bind": ["nothing"]}}}, "secret", "bound", "null")
    refuse(work, place.source(), base | {"id": "drop", "secret": {"encrypt": {"bind": ["id"]}}}, "id")


def test_a_bound_column_belongs_to_the_primary_key_under_merge(work, source):
    place = Place("duckdb", work)
    refuse(
        work, source, FIELDS | {"name": {"encrypt": {"bind": ["zip"]}}}, "zip",
        destination=place.destination(write="merge", primary_key=["id"]),
    )


def test_a_randomized_column_is_no_primary_key(work, source):
    place = Place("duckdb", work)
    refuse(
        work, source, FIELDS, "name", destination=place.destination(write="merge", primary_key=["name"]),
    )


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("mode", ["append", "merge"])
def test_a_single_file_takes_replace_only(work, source, kind, mode):
    place = Place(kind, work)
    refuse(work, source, FIELDS, mode, destination=place.destination(write=mode, **(
        {"primary_key": ["id"]} if mode == "merge" else {})))


def test_merge_needs_a_primary_key(work, source):
    refuse(work, source, FIELDS, "primary_key", destination=Place("duckdb", work).destination(write="merge"))


def test_a_kept_column_that_would_lose_leading_zeros_is_refused(work):
    zips = "".join(f"{n},{10000 + n}\n" for n in range(30_000)) + "30000,01234\n"
    source = {"path": str(work.write("zips.csv", "id,zip\n" + zips))}
    result = refuse(work, source, {"id": "keep", "zip": "keep"}, "zip", "hint")
    assert "01234" not in result.err
    place = Place("duckdb", work)
    work.run(source | {"types": {"zip": "varchar"}}, place.destination(), {"id": "keep", "zip": "keep"})
    assert place.rows()[-1]["zip"] == "01234"


def test_a_protected_column_keeps_its_leading_zeros(work):
    source = {"path": str(work.write("zips.csv", "id,zip\n1,01234\n2,00700\n"))}
    place = Place("duckdb", work)
    work.run(source, place.destination(), {"id": "keep", "zip": "encrypt"})
    assert sorted(row["zip"] for row in work.reveal(place.destination())) == ["00700", "01234"]
