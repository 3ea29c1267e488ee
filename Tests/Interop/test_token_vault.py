"""The token vault under load, killed, altered and shared: no value ever has two tokens, no token is lost, none is swapped."""
import base64
import json
import os
import random
import signal
import sqlite3
import struct
import time

import coffer_field as field
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from test_key_store_format import Store, root_key_of, unwrap
from test_tokens import detokenized, listed, rows_of

from support.places import Place
from support.workspace import Workspace

FIELDS = {"id": "keep", "card": {"tokenize": {}}}
# How often a run is killed; scripts/soak asks for many more.
KILLS = int(os.environ.get("COFFER_KILLS", "3"))
WRITERS = 8


def source_of(work, name: str, rows: int, distinct: int, start: int = 0) -> dict:
    query = f"SELECT i::INTEGER AS id, printf('card-%08d', {start} + (i * 7919) % {distinct}) AS card FROM range({rows}) t(i)"
    return Place("parquet", work, prefix=name).fill(query).source()


def vault_of(kind: str, work, postgres) -> str:
    return "shared.db" if kind == "sqlite" else postgres.uri


def pairs_of(work, name: str, source: dict) -> list[tuple]:
    with_values = rows_of(f"FROM '{source['path']}'")
    with_tokens = rows_of(f"FROM '{work.path / name}'")
    assert len(with_values) == len(with_tokens)
    return [(value["card"], token["card"]) for value, token in zip(with_values, with_tokens)]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_writers_at_once_never_give_one_value_two_tokens(work, postgres, kind):
    vault = vault_of(kind, work, postgres)
    running = []
    for number in range(WRITERS):
        # Each has most values in common with its neighbours, in an order of its own; the vault is not there yet.
        source = source_of(work, f"in{number}", 6_000, 3_000, start=number * 500)
        file = work.pipeline(
            {"source": source, "destination": {"path": f"out{number}.parquet"}, "fields": FIELDS, "vault": vault},
            f"p{number}.yaml")
        running.append((source, work.start("run", file)))
    for _, process in running:
        _, err = process.communicate(timeout=180)
        assert process.returncode == 0, err.decode()
    tokens: dict[str, set] = {}
    for number, (source, _) in enumerate(running):
        for value, token in pairs_of(work, f"out{number}.parquet", source):
            tokens.setdefault(value, set()).add(token)
    assert len(tokens) == 3_000 + 500 * (WRITERS - 1)
    assert all(len(found) == 1 for found in tokens.values()), "a value has two tokens"
    assert len({token for found in tokens.values() for token in found}) == len(tokens), "two values share one"
    assert listed(work, "--vault", vault)["card"]["tokens"] == len(tokens)
    some = random.sample(sorted(tokens), 50)
    assert detokenized(work, [next(iter(tokens[value])) for value in some], "card", "--vault", vault) == some


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_killed_run_leaves_a_vault_with_every_token_of_the_destination(work, postgres, kind):
    vault = vault_of(kind, work, postgres)
    target = {"sqlite": str(work.path / "out.sqlite"), "table": "t", "write": "append"}
    known: dict[str, str] = {}
    started = time.monotonic()
    first = source_of(work, "in", 60_000, 20_000)
    work.run(first, target, FIELDS, vault=vault)
    whole = time.monotonic() - started
    for kill in range(KILLS):
        source = source_of(work, f"in{kill}", 60_000, 20_000, start=(kill + 1) * 10_000)
        file = work.pipeline({"source": source, "destination": target, "fields": FIELDS, "vault": vault}, "again.yaml")
        process = work.start("run", file)
        time.sleep(random.uniform(0.1, 1.2) * whole)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        there = Place("sqlite", work).rows()
        assert len(there) % 60_000 == 0, "a part of a load"
        tokens = sorted({row["card"] for row in there})
        values = detokenized(work, tokens, "card", "--vault", vault)
        for token, value in zip(tokens, values):
            assert known.setdefault(value, token) == token
    # And goes on as if nothing had happened.
    work.run(first, target | {"write": "replace"}, FIELDS, vault=vault)
    for value, token in zip((row["card"] for row in work.reveal(target, "--vault", vault)), (row["card"] for row in Place("sqlite", work).rows())):
        assert known.setdefault(value, token) == token


def test_a_shared_vault_serves_tables_of_several_homes(work, postgres, tmp_path_factory):
    source = source_of(work, "in", 5_000, 1_000)
    fields = {"id": "keep", "card": {"tokenize": {"like": "alphanumeric"}}}
    work.run(source, {"postgres": postgres.uri, "table": "t"}, fields, vault=postgres.uri)
    rows = Place("postgres", work, postgres).rows()
    assert all(len(row["card"]) == 13 and row["card"].isalnum() for row in rows)
    assert {row["card"] for row in work.reveal({"postgres": postgres.uri, "table": "t"}, "--vault", postgres.uri)} == {
        f"card-{i:08}" for i in range(1_000)}
    # The address of a vault may be a secret.
    env = {"VAULT": postgres.uri}
    assert detokenized(work, [rows[0]["card"]], "card", "--vault", "env:VAULT", env=env) == ["card-00000000"]
    assert not (work.home / "tokens.db").exists()
    assert postgres.rows("SELECT count(*) FROM coffer_vault.tokens")[0][0] == 1_000
    stored = postgres.rows("SELECT string_agg(encode(sealed, 'hex'), '') || string_agg(token, '') FROM coffer_vault.tokens")[0][0]
    assert "card-" not in stored and b"card-".hex() not in stored
    with_time = fields | {"card": {"tokenize": {"ttl": "1s", "domain": "short", "like": "alphanumeric"}}}
    work.run(source, {"path": str(work.path / "out.parquet")}, with_time, vault=postgres.uri)
    time.sleep(1.2)
    where = ("--vault", postgres.uri)
    assert work.coffer("tokens", "purge", "--domain", "short", "--json", *where).json == {"purged": 1_000}
    work.coffer("keys", "rotate", "alias/default")
    assert work.coffer("tokens", "rewrap", "--json", *where).json == {"data_keys": 2, "rewrapped": 2}
    gone = work.coffer("tokens", "delete", "--domain", "card", "--value-file", "-", "--json", *where, stdin=b"card-00000000\ncard-99\n")
    assert gone.json["deleted"] == 1
    assert detokenized(work, [rows[0]["card"]], "card", "--on-error", "null", *where) == [None]
    # A server that is gone is not a token that is gone.
    dead = work.coffer("detokenize", "--domain", "card", "x", "--vault", "postgresql://nobody@127.0.0.1:1/x", code=2)
    assert "can't be turned back" not in dead.err


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A table of tokens and the values in it, made once."""
    work = Workspace(tmp_path_factory.mktemp("vault"))
    work.coffer("init")
    source = source_of(work, "in", 20, 4)
    target = {"path": str(work.path / "out.parquet")}
    work.run(source, target, FIELDS, vault="vault.db")
    return work, target, rows_of(f"FROM '{source['path']}'")


@pytest.fixture
def altered(made):
    """The same with a copy of its vault, and a function that alters the copy."""
    work, target, plain = made
    copy = work.path / "copy.db"
    for left in work.path.glob("copy.db*"):
        left.unlink()
    copy.write_bytes((work.path / "vault.db").read_bytes())

    def alter(*statements: str):
        connection = sqlite3.connect(copy)
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        connection.commit()
        connection.close()

    return work, target, plain, alter


@pytest.mark.parametrize("statements", [
    ["UPDATE tokens SET sealed = CAST(sealed || x'00' AS BLOB)"], ["UPDATE tokens SET sealed = substr(sealed, 1, length(sealed) - 1)"],
    ["UPDATE tokens SET sealed = x''"], ["UPDATE tokens SET sealed = CAST(x'02' || substr(sealed, 2) AS BLOB)"],
    ["UPDATE tokens SET sealed = (SELECT sealed FROM tokens AS o WHERE o.rowid = tokens.rowid % 4 + 1)"],
    ["CREATE TABLE was AS SELECT rowid AS n, token FROM tokens", "UPDATE tokens SET token = rowid",
     "UPDATE tokens SET token = (SELECT token FROM was WHERE n = tokens.rowid % 4 + 1)"],
    ["UPDATE tokens SET idx = randomblob(16)"], ["UPDATE tokens SET idx = x'00' WHERE rowid = 1"], ["UPDATE tokens SET created = created + 1"],
    ["UPDATE tokens SET expires = expires - 1"], ["UPDATE tokens SET \"key\" = 99"], ["DELETE FROM tokens"],
    ["UPDATE keys SET domain = 'other'"], ["UPDATE keys SET commitment = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'"],
    ["UPDATE domains SET name = 'other'"],
], ids=lambda statements: statements[-1].split("SET ")[-1][:40])
def test_an_altered_row_gives_its_place_and_no_value(altered, statements):
    work, target, plain, alter = altered
    alter(*statements)
    result = work.reveal(target, "--vault", "copy.db", code=2)
    assert "row 1, column card" in result.err and "card-0" not in result.err
    half = work.reveal(target, "--vault", "copy.db", "--on-error", "null")
    assert [row["id"] for row in half] == [row["id"] for row in plain]
    assert all(row["card"] in (None, was["card"]) for row, was in zip(half, plain)), "another value than was there"
    assert half[0]["card"] is None


@pytest.mark.parametrize("statements", [
    ["UPDATE vault SET id = 'AAAAAAAAAAAAAAAAAAAAAA'"], ["UPDATE vault SET id = '/etc/passwd'"], ["UPDATE vault SET version = '2'"],
    ["DELETE FROM vault"], ["DROP TABLE tokens"], ["DROP TABLE keys"], ["UPDATE keys SET kek = 'no such key'"],
    ["UPDATE keys SET wrapped = 'AAAA'"], ["UPDATE keys SET id = 'AAAA'"], ["UPDATE domains SET format = 'like that'"],
    ["UPDATE domains SET mac_key = ''"],
], ids=lambda statements: statements[0])
def test_a_vault_that_makes_no_sense_is_refused_in_a_sentence(altered, statements):
    work, target, _, alter = altered
    before = rows_of(f"FROM '{target['path']}'")
    alter(*statements)
    for result in (
        work.reveal(target, "--vault", "copy.db", code=2),
        work.coffer("detokenize", "--domain", "card", before[0]["card"], "--vault", "copy.db", code=2),
    ):
        assert result.out == "" and len(result.err.splitlines()) <= 2 and "card-0" not in result.err


def test_what_is_no_vault_is_refused_and_left_alone(altered):
    work, target, _, _ = altered
    whole = (work.path / "copy.db").read_bytes()
    for name, content in {
        "text.db": b"hello\n" * 1000, "half.db": whole[: len(whole) // 2], "noise.db": whole[:100] + random.Random(1).randbytes(20_000),
        "other.db": None,
    }.items():
        if content is None:
            connection = sqlite3.connect(work.path / name)
            connection.execute("CREATE TABLE t (x)")
            connection.close()
            content = (work.path / name).read_bytes()
        else:
            work.write(name, content)
        result = work.reveal(target, "--vault", name, code=2)
        assert "card-0" not in result.err
        assert (work.path / name).read_bytes()[:16] == content[:16]
    missing = work.coffer("detokenize", "--domain", "card", "x", "--vault", "nowhere/vault.db", code=2)
    assert "there is no token vault" in missing.err
    made = work.run(source_of(work, "few", 5, 5), {"path": str(work.path / "x.parquet")}, FIELDS, vault="nowhere/vault.db", code=2)
    assert "folder" in made.err and not (work.path / "x.parquet").exists()


def test_a_second_implementation_finds_and_opens_what_a_vault_has(made):
    work, target, plain = made
    store = Store(work.home / "keys.db", root_key_of(work.root_key.read_text()))
    aliases = {key: name for name, key in store.db.execute("SELECT name, key FROM aliases")}
    vault = sqlite3.connect(work.path / "vault.db")
    vault_id, version = vault.execute("SELECT id, version FROM vault").fetchone()
    assert version == "1" and json.loads((work.path / "out.parquet.coffer.json").read_text())["catalogues"][0]["vault"] == vault_id
    number, mac_key, check = vault.execute("SELECT number, mac_key, check_value FROM domains WHERE name = 'card'").fetchone()
    mac = field.hmac.digest(
        store.material(aliases[mac_key.removeprefix("coffer:")], 1), field.domain_message("token", "card"), "sha256")
    key, checked = field.domain_key(mac, "token")
    assert field.unbase64(check) == checked
    data_keys = {}
    for row, id_, domain, kek, version, wrapped, commitment in vault.execute("SELECT * FROM keys"):
        context = {"coffer:domain": domain, "coffer:key": id_, "coffer:purpose": "token", "coffer:suite": "aes-256-gcm",
                   "coffer:vault": vault_id}
        data_key = unwrap(store.material(aliases[kek.removeprefix("coffer:")], version), field.unbase64(wrapped), context)
        assert field.commitment(data_key, field.unbase64(id_)) == field.unbase64(commitment)
        data_keys[row] = data_key
    labels = field.lp("coffer/token/1") + field.lp(vault_id) + field.lp("card")
    tokens = [row["card"] for row in rows_of(f"FROM '{target['path']}'")]
    for was, token in zip(plain, tokens):
        index = field.hmac.digest(key, was["card"].encode(), "sha256")[:16]
        found, sealed, used, created, expires = vault.execute(
            "SELECT token, sealed, \"key\", created, expires FROM tokens WHERE domain = ? AND idx = ? AND slot = 0", (number, index)).fetchone()
        assert found == token and expires == 2**63 - 1 and sealed[0] == 1
        bound = labels + struct.pack(">QQ", created, expires) + index + token.encode()
        cipher = AESGCM(field.hkdf(data_keys[used], b"", labels, 32))
        assert cipher.decrypt(sealed[1:13], sealed[13:], bound).decode() == was["card"]
    vault.close()


def test_tokens_of_any_kind_are_asked_for_without_harm(altered):
    work, target, _, _ = altered
    strange = ["'; DROP TABLE tokens; --", "tok_" + "A" * 22, "x" * 100_000, "ü☃", "%", "NULL", "\t", "tok_\\0"]
    assert detokenized(work, strange, "card", "--vault", "copy.db", "--on-error", "null") == [None] * len(strange)
    many = [base64.urlsafe_b64encode(random.randbytes(12)).decode() for _ in range(30_000)]
    token = rows_of(f"FROM '{target['path']}'")[0]["card"]
    answers = detokenized(work, many + [token], "card", "--vault", "copy.db", "--on-error", "null")
    assert answers[:-1] == [None] * len(many) and answers[-1] == "card-00000000"
