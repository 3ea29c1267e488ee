"""No plain byte of a protected value in anything coffer writes: data, catalogue, key store, temporary files, output."""
import base64
import gzip

import pytest

from support.places import DESTINATIONS, Place

CANARY = "CANARY-Zq7-5551234987"
FIELDS = {
    "id": "keep",
    "bound": {"encrypt": {"bind": ["id"]}},
    "free": "encrypt",
    "equal": {"encrypt": {"deterministic": True}},
    "pseudonym": "hash",
    "masked": {"mask": {"keep_last": 2}},
    "gone": "redact",
    "dropped": "drop",
}


def forms(value: str) -> list[bytes]:
    """What a value looks like in the encodings it could leak in."""
    text = value.encode()
    found = [text, text.hex().encode(), text.hex().upper().encode(), value.encode("utf-16-le"), text[::-1]]
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text)
        found.append(encoded[4 if shift else 0:-4])
    # The number in it as an integer of the machine.
    found.append((5551234987).to_bytes(8, "little"))
    return found


def source_with_canary(work) -> dict:
    names = list(FIELDS)[1:]
    lines = ["id," + ",".join(names)]
    lines += [f"{n}," + ",".join([CANARY] * len(names)) for n in range(1, 2001)]
    path = work.write("source.csv", "\n".join(lines) + "\n")
    return {"path": str(path), "types": {"id": "bigint"}}


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_no_file_holds_a_plain_value(work, postgres, destination):
    target = Place(destination, work, postgres)
    source = source_with_canary(work)
    said = work.run(source, target.destination(), FIELDS)
    texts = [said.out.encode(), said.err.encode()]
    for path in work.files():
        if path.name == "source.csv":
            continue
        content = path.read_bytes()
        texts.append(content)
        if content[:2] == b"\x1f\x8b":
            texts.append(gzip.decompress(content))
    if destination == "postgres":
        folder = postgres.cluster.folder / "data"
        postgres.execute("CHECKPOINT")
        texts += [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    # What a file compresses is seen through its reader.
    texts.append(repr(target.rows()).encode())
    texts.append(repr([bytes(value) for row in target.rows() for value in row.values()
                       if isinstance(value, (bytes, memoryview))]).encode())
    for text in texts:
        for form in forms(CANARY):
            assert form not in text


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_what_others_see_is_protected(work, postgres, destination):
    """python3 with duckdb alone opens the files; psycopg and sqlite3 open the databases."""
    target = Place(destination, work, postgres)
    work.run(source_with_canary(work), target.destination(), FIELDS)
    rows = target.rows()
    assert len(rows) == 2000
    first = rows[0]
    assert "dropped" not in first
    assert first["gone"] in (None, "")
    assert first["masked"] == "*" * (len(CANARY) - 2) + "87"
    assert len({bytes_or_text(row["free"]) for row in rows}) == 2000, "randomized cells differ"
    assert len({bytes_or_text(row["equal"]) for row in rows}) == 1, "deterministic cells are equal"
    assert len({bytes_or_text(row["pseudonym"]) for row in rows}) == 1, "pseudonyms are equal"
    if destination not in ("csv", "jsonl"):
        assert len(bytes(first["free"])) >= len(CANARY) + 37


def bytes_or_text(value):
    return bytes(value) if isinstance(value, memoryview) else value


def test_a_failed_run_leaves_no_plain_value(work):
    target = Place("parquet", work)
    source = source_with_canary(work)
    with open(source["path"], "a") as file:
        file.write("not-a-number," + ",".join([CANARY] * 7) + "\n")
    result = work.run(source, target.destination(), FIELDS, code=2)
    assert CANARY not in result.out + result.err
    for path in work.files():
        if path.name != "source.csv":
            assert CANARY.encode() not in path.read_bytes()


def test_the_key_store_holds_no_plain_key(work):
    work.coffer("keys", "create", "alias/extra")
    root = work.root_key.read_bytes()
    assert work.root_key.stat().st_mode & 0o077 == 0
    for path in work.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert root.strip() not in content
            assert path.stat().st_mode & 0o077 == 0, f"{path.name} is open to others"
