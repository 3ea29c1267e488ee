"""preserve_format and generalize, from real sources into real destinations, and what reveal gives back."""
import collections
import datetime
import ipaddress
import json
import re

import coffer_field as field
import coffer_format
import pytest
from fastfpe import ff1
from test_key_store_format import Store, root_key_of

from support.places import DESTINATIONS, SOURCES, Place, engine

PEOPLE = """SELECT i::INTEGER AS id, printf('4155550%03d', i) AS account,
    ['4111-1111-1111-1111', '378282246310005', NULL][1 + i % 3] AS card,
    printf('%03d-%02d-%04d', 100 + i, 1 + i, 1 + i) AS ssn, printf('+49 30 90%05d', i) AS phone,
    printf('Ada.%d@example.co.uk', i) AS email, (1000 + i)::INTEGER AS number,
    ['N/A', '123456'][1 + i % 2] AS mixed FROM range(7) t(i)"""
FORMATS = {
    "account": {"alphabet": "digits"}, "card": {"kind": "card"}, "ssn": {"kind": "ssn"}, "phone": {"kind": "phone"},
    "email": {"kind": "email", "domain": "mail"}, "number": {"kind": "integer", "min": 0, "max": 9999999},
    "mixed": {"alphabet": "digits", "on_misfit": "encrypt"},
}
FIELDS = {"id": "keep"} | {name: {"preserve_format": options} for name, options in FORMATS.items()}
TEXTS = {"csv", "json", "jsonl"}


def rows_of(query: str) -> list[dict]:
    with engine() as connection:
        cursor = connection.execute(f"SELECT * FROM ({query}) ORDER BY id")
        return [dict(zip([column[0] for column in cursor.description], row)) for row in cursor.fetchall()]


def layout(text: str) -> str:
    return re.sub("[0-9A-Za-z]", "x", text)


@pytest.mark.parametrize("source, destination", [(one, "duckdb") for one in SOURCES] + [("parquet", one) for one in DESTINATIONS])
def test_values_keep_their_format_and_come_back(work, postgres, source, destination):
    origin = Place(source, work, postgres, name="origin", prefix="origin").fill(PEOPLE)
    target = Place(destination, work, postgres)
    types = {"types": {"id": "integer"}} if source in TEXTS else {}
    work.run(origin.source(**types), target.destination(), FIELDS)
    plain = rows_of(PEOPLE)
    protected = sorted(target.rows(), key=lambda row: int(row["id"]))
    for was, now in zip(plain, protected):
        for name in FORMATS:
            if was[name] is None:
                assert now[name] in (None, ""), name
            elif name == "number":
                assert 0 <= int(now[name]) <= 9999999
            elif was[name] == "N/A":
                assert now[name].startswith("~"), "what does not fit says so"
            else:
                assert layout(now[name]) == layout(was[name]) and now[name] != was[name], name
        assert now["phone"].startswith("+49 ") and now["email"].endswith(".uk")
    # Whoever reads the table without the key learns nothing of the account but how it looks.
    assert not {row["account"] for row in plain} & {row["account"] for row in protected}

    revealed = sorted(work.reveal(target.destination()), key=lambda row: int(row["id"]))
    for was, now in zip(plain, revealed):
        for name in FORMATS:
            assert (str(now[name]) if now[name] is not None else None) == (str(was[name]) if was[name] is not None else None), name


@pytest.mark.parametrize("destination", ["duckdb", "jsonl", "sqlite", "postgres"])
def test_nested_values_keep_their_format_and_come_back(work, postgres, destination):
    query = """SELECT 1 AS id, [{'card': '4111111111111111', 'n': 7::BIGINT, 't': 'a"b\\c/d', 'seen': DATE '2024-01-10'},
        {'card': NULL, 'n': NULL, 't': NULL, 'seen': DATE '2024-01-17'}] AS kids, {'zip': '94110', 'day': DATE '1987-05-17'} AS home"""
    origin = Place("parquet", work, prefix="origin").fill(query)
    target = Place(destination, work, postgres)
    fields = {
        "id": "keep", "kids[].card": {"preserve_format": {"kind": "card"}},
        "kids[].n": {"preserve_format": {"kind": "integer", "min": 0, "max": 1000000}},
        "kids[].t": {"preserve_format": {"alphabet": "abcdefghijklmnopqrstuvwxyz", "on_misfit": "encrypt"}},
        "kids[].seen": {"generalize": {"shift": {"days": 30, "by": "id"}}}, "home.zip": {"generalize": {"prefix": 3}},
        "home.day": {"generalize": {"to": "decade"}},
    }
    work.run(origin.source(), target.destination(), fields)
    row = target.rows()[0]
    kids, home = (json.loads(one) if isinstance(one, str) else one for one in (row["kids"], row["home"]))
    assert kids[0]["card"] != "4111111111111111" and len(kids[0]["card"]) == 16 and kids[1]["card"] is None
    seen = [datetime.date.fromisoformat(str(kid["seen"])[:10]) for kid in kids]
    assert (seen[1] - seen[0]).days == 7 and seen[0] != datetime.date(2024, 1, 10)
    assert home["zip"] == "941" and str(home["day"])[:10] == "1980-01-01"
    revealed = work.reveal(target.destination())[0]
    kids = json.loads(revealed["kids"]) if isinstance(revealed["kids"], str) else revealed["kids"]
    assert [(kid["card"], kid["n"], kid["t"]) for kid in kids] == [("4111111111111111", 7, 'a"b\\c/d'), (None, None, None)]


def test_values_join_across_tables_and_kinds_of_destination(work, postgres):
    found = []
    for kind in ("duckdb", "csv", "postgres"):
        origin = Place("csv", work, name="o", prefix=f"origin-{kind}").fill(PEOPLE)
        target = Place(kind, work, postgres)
        work.run(origin.source(types={"id": "integer"}), target.destination(), FIELDS, dataset=kind)
        found.append(sorted((row["account"], row["email"], row["mixed"]) for row in target.rows()))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "csv"])
def test_a_second_implementation_opens_what_a_run_wrote(work, kind):
    place = Place(kind, work)
    work.run(Place("parquet", work, prefix="origin").fill(PEOPLE).source(), place.destination(), FIELDS)
    store = Store(work.home / "keys.db", root_key_of(work.root_key.read_text()))
    document = place.catalogue()
    document = document["catalogues"][0] if "catalogues" in document else document
    assert not document["keys"] and not document["segments"], "there is no data key"
    aliases = {key: name for name, key in store.db.execute("SELECT name, key FROM aliases")}
    domains = {one["name"]: one for one in document["domains"]}
    formats = {}
    for column in document["columns"]:
        domain = domains[column["domain"]]
        mac = field.hmac.digest(
            store.material(aliases[domain["mac_key"].removeprefix("coffer:")], 1),
            field.domain_message("preserve_format", domain["name"]), "sha256")
        key, check = field.domain_key(mac, "preserve_format")
        assert field.unbase64(domain["check"]) == check
        formats[column["path"]] = coffer_format.Format(column["preserves"], domain["name"], key, check)
    for was, now in zip(rows_of(PEOPLE), sorted(place.rows(), key=lambda row: int(row["id"]))):
        for name, format_ in formats.items():
            if was[name] is not None:
                assert format_.decrypt(str(now[name])) == str(was[name]), name
        # An FF1 that neither of us wrote.
        account = formats["account"]
        assert ff1.decrypt(account.key[:32].hex(), account.tweak.hex(), "0123456789", now["account"]) == was["account"]


def test_rewrapping_touches_neither_values_nor_what_reveals_them(work):
    origin = Place("parquet", work, prefix="origin").fill(PEOPLE)
    target = Place("parquet", work)
    work.run(origin.source(), target.destination(), FIELDS)
    before = target.file.read_bytes()
    work.coffer("keys", "rotate", "alias/default")
    work.coffer("rewrap", target.file)
    assert target.file.read_bytes() == before
    assert [row["account"] for row in work.reveal(target.destination())] == [row["account"] for row in rows_of(PEOPLE)]


@pytest.mark.parametrize("misfit", [None, "refuse", "null"])
def test_a_value_of_another_format_is_named_by_row_and_column_and_not_quoted(work, misfit):
    source = work.write("t.csv", "id,pan\n1,4111111111111111\n2,secret-value\n")
    place = Place("duckdb", work)
    options = {"kind": "card"} | ({"on_misfit": misfit} if misfit else {})
    result = work.run(
        {"path": str(source)}, place.destination(), {"id": "keep", "pan": {"preserve_format": options}},
        code=0 if misfit == "null" else 2)
    if misfit == "null":
        assert [row["pan"] is None for row in place.rows()] == [False, True]
    else:
        assert "row 2, column pan" in result.err and "on_misfit" in result.err and "secret" not in result.err
        assert not place.file.exists()


def test_a_dry_run_names_the_format_and_whether_it_can_be_undone(work):
    source = work.write("t.csv", "id,pan,born\n1,4111111111111111,1987-05-17\n")
    fields = {
        "id": "keep", "pan": {"preserve_format": {"kind": "card", "domain": "pan"}},
        "born": {"generalize": {"shift": {"days": 30, "by": "id"}}},
    }
    result = work.run({"path": str(source)}, Place("duckdb", work).destination(), fields, "--dry-run")
    assert "preserve_format card, domain pan" in result.out + result.err
    assert "generalize shifted by up to 30 days, by id" in result.out + result.err


@pytest.mark.parametrize("change", ["format", "key"])
def test_rows_of_another_format_or_key_are_not_added(work, change):
    work.coffer("keys", "create", "alias/other-mac", "--usage", "mac", code=None)
    source = work.write("t.csv", "id,pan\n1,4111111111111111\n")
    place = Place("duckdb", work)
    fields = {"id": "keep", "pan": {"preserve_format": {"kind": "card"}}}
    work.run({"path": str(source)}, place.destination(write="append"), fields)
    work.run({"path": str(source)}, place.destination(write="append"), fields)
    other = {"alphabet": "digits"} if change == "format" else {"kind": "card", "mac_key": "alias/other-mac"}
    work.run({"path": str(source)}, place.destination(write="append"), {"id": "keep", "pan": {"preserve_format": other}}, code=2)
    assert len({row["pan"] for row in place.rows()}) == 1 and len(place.rows()) == 2


EVENTS = """SELECT i::INTEGER AS id, (i * 7 % 95)::INTEGER AS age, (i * 1234.5)::DECIMAL(12,2) AS salary, (i / 3.0)::DOUBLE AS score,
    DATE '1950-01-31' + (i * 331)::INTEGER AS born, TIMESTAMP '2024-01-31 10:20:30' + INTERVAL (i) DAY AS seen,
    printf('%05d', 10000 + i * 37) AS zip, '203.0.' || i % 256 || '.7' AS ip, ['clerk', 'cook', 'poet'][1 + i % 3] AS job,
    'patient ' || i // 4 AS patient, DATE '2024-02-01' + (i % 4 * 3)::INTEGER AS visit FROM range(200) t(i)"""
COARSE = {
    "id": "keep", "age": {"generalize": {"bucket": 10, "top": 90}}, "salary": {"generalize": {"round": 5000}},
    "score": {"generalize": {"ranges": [1, 10.5]}}, "born": {"generalize": {"to": "year"}},
    "seen": {"generalize": {"to": "week"}}, "zip": {"generalize": {"prefix": 3}}, "ip": {"generalize": {"ip": {"v4": 16}}},
    "job": {"generalize": {"hierarchy": "jobs.csv", "other": "*"}}, "patient": "hash",
    "visit": {"generalize": {"shift": {"days": 30, "by": "patient"}}},
}


@pytest.mark.parametrize("source, destination", [(one, "duckdb") for one in SOURCES] + [("parquet", one) for one in DESTINATIONS])
def test_generalized_values_are_what_sql_makes_of_them(work, postgres, source, destination):
    work.write("jobs.csv", "clerk;office;*\ncook;trade;*\n")
    origin = Place(source, work, postgres, name="origin", prefix="origin").fill(EVENTS)
    target = Place(destination, work, postgres)
    types = {"types": {
        "id": "integer", "age": "integer", "salary": "decimal(12,2)", "score": "double", "born": "date", "seen": "timestamp",
        "visit": "date", "zip": "varchar"}} if source in TEXTS else {}
    work.run(origin.source(**types), target.destination(), COARSE)
    rows = sorted(target.rows(), key=lambda row: int(row["id"]))
    shifts = collections.defaultdict(set)
    for was, now in zip(rows_of(EVENTS), rows):
        low = was["age"] // 10 * 10
        assert now["age"] == (f"[{low},{low + 10})" if low < 90 else ">=90")
        assert float(now["salary"]) == round_half_up(was["salary"], 5000)
        assert now["score"] == ("<1" if was["score"] < 1 else "[1,10.5)" if was["score"] < 10.5 else ">=10.5")
        born = str(now["born"])[:10]
        assert born in (f"{was['born'].year}-01-01", f"{was['born'].year}")
        assert now["zip"] == was["zip"][:3]
        assert now["ip"] == "203.0.0.0/16" and ipaddress.ip_network(now["ip"])
        assert now["job"] == {"clerk": "office", "cook": "trade"}.get(was["job"], "*")
        seen = str(now["seen"])[:10]
        monday = was["seen"].date() - datetime.timedelta(days=was["seen"].weekday())
        assert seen == monday.isoformat() or now["seen"] == "{}-W{:02}".format(*was["seen"].isocalendar()[:2])
        moved = datetime.date.fromisoformat(str(now["visit"])[:10]) - was["visit"]
        shifts[was["patient"]].add(moved.days)
    assert all(len(days) == 1 and abs(min(days)) in range(1, 31) for days in shifts.values())
    assert len({min(days) for days in shifts.values()}) > 10
    assert work.reveal(target.destination())[0]["age"].startswith("["), "nothing of it can be revealed"


def round_half_up(number, step) -> float:
    return float((number / step).quantize(1, rounding="ROUND_HALF_UP") * step)


def test_texts_of_a_csv_file_are_generalized_without_being_given_a_type(work):
    source = work.write("t.csv", "id,age,born\n1,41,1987-05-17\n2,,\n3,7,2001-12-31\n")
    place = Place("csv", work)
    fields = {"id": "keep", "age": {"generalize": {"bucket": 5}}, "born": {"generalize": {"to": "quarter"}}}
    work.run({"path": str(source)}, place.destination(), fields)
    assert [(row["age"], row["born"]) for row in place.rows()] == [("[40,45)", "1987-Q2"), (None, None), ("[5,10)", "2001-Q4")]


@pytest.mark.parametrize("rule, said", [
    ({"bucket": 10}, "column v"), ({"to": "year"}, "column v"), ({"ip": None}, "column v"),
    ({"groups": {"a": ["b"]}}, "column v"), ({"hierarchy": "none.csv"}, "line"), ({"to": "century"}, "to must be"),
    ({"bucket": 10, "to": "year"}, "exactly one"),
])
def test_what_can_t_be_generalized_is_refused_and_nothing_written(work, rule, said):
    source = work.write("t.csv", "id,v\n1,secret-value\n")
    place = Place("duckdb", work)
    result = work.run({"path": str(source)}, place.destination(), {"id": "keep", "v": {"generalize": rule}}, code=2)
    assert said in result.err and "secret" not in result.err
    assert not place.file.exists()
