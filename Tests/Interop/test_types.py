"""Every type through every source and destination, encrypted, and back with its value and its type."""
import datetime
import decimal
import json

import pytest

from support.places import DESTINATIONS, SOURCES, Place, engine
from support.types import ENGINE_ONLY, NESTED, SCALARS, table_of

# Text is all that these forms keep of the finer types; the value must be the same as text.
TEXT_FORMS = {"csv", "json", "jsonl", "sqlite"}


def plain(value) -> str | None:
    """A value as text, the same for the same value whatever the driver makes of it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, datetime.datetime):
        return (value.astimezone(datetime.timezone.utc) if value.tzinfo else value).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, (float, decimal.Decimal)):
        number = decimal.Decimal(str(value)).normalize()
        return format(number, "f")
    if isinstance(value, dict):
        return json.dumps({key: plain(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        return json.dumps([plain(item) for item in value])
    return str(value)


def rows_of(query: str) -> list[dict]:
    with engine() as connection:
        cursor = connection.execute(f"SELECT * FROM ({query}) ORDER BY id")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


def columns_for(source: str) -> dict:
    columns = dict(SCALARS)
    if source in ("duckdb", "parquet"):
        columns |= ENGINE_ONLY
    if source in TEXT_FORMS:
        # What is bytes in a text file is a matter of whoever wrote it.
        columns.pop("raw")
    if source in ("json", "jsonl"):
        # A fraction in JSON is a double to all who read it; more digits are written as a text.
        columns.pop("dec38")
    if source == "sqlite":
        # SQLite's integers have 63 bits and a sign.
        columns.pop("u64")
    return columns


@pytest.mark.parametrize("destination", DESTINATIONS)
@pytest.mark.parametrize("source", SOURCES)
def test_every_type_comes_back_as_it_was(work, postgres, source, destination):
    columns = columns_for(source)
    query = table_of(columns)
    origin = Place(source, work, postgres, name="origin", prefix="origin").fill(query)
    target = Place(destination, work, postgres)
    fields = {"id": "keep"} | {name: {"encrypt": {"bind": ["id"]}} for name in columns}
    more = {}
    if source in ("csv", "json", "jsonl"):
        more["types"] = {"id": "integer"}
    work.run(origin.source(**more), target.destination(), fields)

    protected = target.rows()
    assert len(protected) == 3
    for name in columns:
        assert protected[2][name] is None or destination == "csv" and not protected[2][name], f"{name}: NULL stays NULL"
        for row in protected[:2]:
            if destination in ("csv", "jsonl"):
                assert isinstance(row[name], str) and set(row[name]) <= BASE64URL, name
            else:
                assert isinstance(row[name], (bytes, memoryview)) and bytes(row[name])[0] == 1, name
    revealed = sorted(work.reveal(target.destination()), key=lambda row: int(row["id"]))
    expected = rows_of(query)
    for name in columns:
        for was, now in zip(expected, revealed):
            if source in TEXT_FORMS:
                assert same_text(was[name], now[name]), f"{name} in row {was['id']}"
            else:
                assert plain(now[name]) == plain(was[name]), f"{name} in row {was['id']}"


BASE64URL = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def same_text(was, now) -> bool:
    """Whether a value that travelled as text still says the same."""
    if was is None or now is None:
        return was is None and now in (None, "")
    if plain(was) == plain(now):
        return True
    if isinstance(was, (float, decimal.Decimal)):
        return decimal.Decimal(str(now)).normalize() == decimal.Decimal(str(was)).normalize()
    if isinstance(was, (datetime.datetime, datetime.time)):
        # A text may leave out zeros at the end, or say the zone.
        return str(now).replace("T", " ").startswith(str(was).replace("+00:00", "").rstrip("0").rstrip("."))
    return str(now).lower() == str(was).lower()


@pytest.mark.parametrize("destination", ["duckdb", "parquet", "jsonl", "sqlite", "postgres"])
@pytest.mark.parametrize("source", ["duckdb", "parquet", "json", "jsonl"])
def test_leaves_of_nested_columns_are_encrypted_in_place(work, postgres, source, destination):
    columns = {column: (kind, ordinary, extreme) for column, kind, ordinary, extreme in NESTED.values()}
    query = table_of(columns)
    origin = Place(source, work, postgres, name="origin", prefix="origin").fill(query)
    target = Place(destination, work, postgres)
    fields = {"id": "keep", "person.age": "keep", "kids[].name": "keep"}
    fields |= {path: {"encrypt": {"bind": ["id"]}} for path in NESTED}
    more = {"types": {"id": "integer"}} if source in ("json", "jsonl") else {}
    work.run(origin.source(**more), target.destination(), fields)

    shown = json.dumps([{k: plain(v) for k, v in row.items()} for row in target.rows()], default=str)
    assert "Turku" not in shown
    kids = target.rows()[0]["kids"]
    kids = json.loads(kids) if isinstance(kids, str) else kids
    assert [kid["name"] for kid in kids] == ["x", "y"], "what is beside a protected leaf stays"
    assert kids[1]["code"] is None, "NULL stays NULL"

    revealed = sorted(work.reveal(target.destination()), key=lambda row: int(row["id"]))
    for was, now in zip(rows_of(query), revealed):
        for column in columns:
            value = json.loads(now[column]) if isinstance(now[column], str) else now[column]
            assert json.loads(plain_json(value)) == json.loads(plain_json(was[column])), column


def plain_json(value) -> str:
    return json.dumps(value, default=str)


@pytest.mark.parametrize("destination", ["duckdb", "parquet", "postgres"])
def test_kept_columns_keep_value_and_type(work, postgres, destination):
    columns = dict(SCALARS)
    query = table_of(columns)
    origin = Place("parquet", work, prefix="origin").fill(query)
    target = Place(destination, work, postgres)
    work.run(origin.source(), target.destination(), {name: "keep" for name in ["id", *columns]})
    for was, now in zip(rows_of(query), target.rows()):
        for name in columns:
            assert plain(now[name]) == plain(was[name]), f"{name} in row {was['id']}"
