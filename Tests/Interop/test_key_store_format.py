"""A second reader of the key store, written from docs/specs/key-store.md and wrapped-key.md alone."""
import base64
import hashlib
import hmac
import re
import sqlite3
import struct

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from support.workspace import ROOT

SPECS = ROOT / "docs/specs"


def lp(value: bytes | str) -> bytes:
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(value)) + value


def hkdf(key: bytes, salt: bytes, info: str, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info.encode()).derive(key)


def context_bytes(context: dict[str, str]) -> bytes:
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    return struct.pack(">I", len(pairs)) + b"".join(lp(name) + lp(value) for name, value in pairs)


def unwrap(material: bytes, wrapped: bytes, context: dict[str, str]) -> bytes:
    assert wrapped[0] == 1 and 110 <= len(wrapped) <= 4205
    salt, nonce, commitment = wrapped[33:49], wrapped[49:61], wrapped[61:93]
    derived = hkdf(material, salt, "coffer/wrap/1", 64)
    assert hmac.compare_digest(derived[32:], commitment)
    return AESGCM(derived[:32]).decrypt(nonce, wrapped[93:], wrapped[:93] + context_bytes(context))


class Store:
    """Opens `keys.db` and verifies all of it."""

    def __init__(self, path, root_key: bytes):
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.store, self.generation, count, digest, mac = self.db.execute(
            "SELECT store, generation, count, digest, mac FROM root"
        ).fetchone()
        key = hkdf(root_key, self.store, "coffer/store/1/rows", 32)
        message = lp("coffer/store/1/root") + lp(self.store) + struct.pack(">qq", self.generation, count) + lp(digest)
        assert hmac.digest(key, message, "sha256") == mac
        macs = []
        for (table,) in self.db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            if table not in ("seal", "root"):
                macs += self.verify(table, key)
        assert len(macs) == count and hashlib.sha256(b"".join(sorted(macs))).digest() == digest
        self.materials = AESGCM(hkdf(root_key, self.store, "coffer/store/1/material", 32))

    def verify(self, table: str, key: bytes) -> list[bytes]:
        rows = self.db.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in rows.description]
        macs = []
        for *values, mac in rows:
            message = lp("coffer/store/1/row") + lp(table)
            for name, value in zip(names, values):
                kind, encoded = {
                    str: lambda v: ("t", v.encode()), int: lambda v: ("i", struct.pack(">q", v)), bytes: lambda v: ("b", v),
                }[type(value)](value)
                message += lp(name) + lp(kind) + lp(encoded)
            assert hmac.digest(key, message, "sha256") == mac, table
            macs.append(mac)
        return macs

    def material(self, alias: str, number: int) -> bytes:
        key, material, sealed = self.db.execute(
            "SELECT key, material, sealed FROM versions WHERE key = (SELECT key FROM aliases WHERE name = ?) AND number = ?",
            (alias, number),
        ).fetchone()
        aad = lp("coffer/store/1/material") + lp(bytes.fromhex(key.replace("-", ""))) + struct.pack(">q", number)
        return self.materials.decrypt(sealed[:12], sealed[12:], aad + lp(material))


def root_key_of(text: str) -> bytes:
    (line,) = [line for line in text.splitlines() if line and not line.startswith("#")]
    label, key_id, encoded = line.split(" ")
    assert label == "coffer-root-1"
    key = base64.urlsafe_b64decode(encoded + "=")
    assert len(key) == 32 and hkdf(key, b"", "coffer/root/1/id", 8).hex() == key_id
    return key


def test_the_store_is_what_its_specification_says(work):
    work.coffer("keys", "create", "alias/ssn")
    work.coffer("keys", "rotate", "alias/ssn")
    work.coffer("keys", "disable", "alias/ssn", "--version", "1")
    store = Store(work.home / "keys.db", root_key_of(work.root_key.read_text()))
    assert store.generation == 4
    materials = {store.material("alias/ssn", 1), store.material("alias/ssn", 2), store.material("alias/default-mac", 1)}
    assert {len(material) for material in materials} == {32} and len(materials) == 3


def test_the_tables_are_those_of_the_specification(work):
    made = {sql for (sql,) in sqlite3.connect(work.home / "keys.db").execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")}
    text = (SPECS / "key-store.md").read_text()
    written = {" ".join(sql.split()) for sql in re.findall(r"CREATE TABLE .*?STRICT(?:,\s+WITHOUT ROWID)?", text, re.DOTALL)}
    assert written == {" ".join(sql.split()) for sql in made}


def test_a_store_under_a_passphrase_is_what_its_specification_says(empty):
    passphrase = "correct horse battery staple"
    empty.coffer("init", "--passphrase", env={"COFFER_PASSPHRASE": passphrase})
    assert not empty.root_key.exists()
    empty.coffer("keys", "list", code=2, env={"COFFER_PASSPHRASE": passphrase + "r"})
    kind, key_id, salt, log_n, nonce, sealed = sqlite3.connect(empty.home / "keys.db").execute(
        "SELECT kind, root_id, salt, log_n, nonce, sealed FROM seal"
    ).fetchone()
    assert kind == "passphrase" and log_n == 17
    key = Scrypt(salt, 32, 2**log_n, 8, 1).derive(passphrase.encode())
    aad = lp("coffer/seal/1/passphrase") + lp(key_id) + lp(salt) + struct.pack(">q", log_n)
    root = AESGCM(key).decrypt(nonce, sealed, aad)
    assert hkdf(root, b"", "coffer/root/1/id", 8) == key_id
    Store(empty.home / "keys.db", root)


class Fields:
    """Takes a byte string apart as the specification puts it together."""

    def __init__(self, content: bytes):
        self.content, self.position = content, 0

    def take(self, count: int) -> bytes:
        assert self.position + count <= len(self.content)
        self.position += count
        return self.content[self.position - count:self.position]

    def field(self) -> bytes:
        return self.take(struct.unpack(">I", self.take(4))[0])

    def number(self) -> int:
        return struct.unpack(">q", self.take(8))[0]

    def cell(self):
        kind, value = self.field(), self.field()
        return {b"t": bytes.decode, b"i": lambda v: struct.unpack(">q", v)[0], b"b": bytes}[kind](value)


def test_a_backup_is_what_its_specification_says(work):
    work.coffer("keys", "create", "alias/ssn")
    work.coffer("keys", "tag", "alias/ssn", "team=crm")
    work.coffer("keys", "backup", "b")
    root = root_key_of(work.root_key.read_text())
    content = (work.path / "b").read_bytes()
    header = Fields(content)
    assert header.field() == b"coffer/backup/1"
    assert [header.cell() for _ in range(6)] == ["file", hkdf(root, b"", "coffer/root/1/id", 8), b"", 0, b"", b""]
    store, _, salt = header.field(), header.number(), header.field()
    key = hkdf(hkdf(root, store, "coffer/store/1/backup", 32), salt, "coffer/backup/1", 32)
    end = header.position
    inside = Fields(AESGCM(key).decrypt(bytes(12), content[end:], content[:end]))
    assert inside.field() == b"coffer/backup/1/content"
    connection = sqlite3.connect(work.home / "keys.db")
    assert inside.number() == connection.execute("PRAGMA user_version").fetchone()[0]
    root_row = connection.execute("SELECT store, generation, count, digest, mac FROM root").fetchone()
    assert tuple(inside.cell() for _ in range(5)) == root_row
    for table in re.findall(r"CREATE TABLE (\w+)", (SPECS / "key-store.md").read_text())[2:]:
        assert inside.field() == table.encode()
        rows = connection.execute(f"SELECT * FROM {table}").fetchall()
        found = [tuple(inside.cell() for _ in rows[0]) for _ in range(inside.number())]
        assert sorted(found) == sorted(rows)
    assert inside.position == len(inside.content)


def test_the_vector_of_the_specification_opens():
    vector = dict(re.findall(r"^(\w+) = (.*)$", (SPECS / "wrapped-key.md").read_text(), re.MULTILINE))
    material, wrapped = bytes.fromhex(vector["material"]), bytes.fromhex(vector["wrapped"])
    context = {"dataset": "customers", "purpose": "data-key"}
    assert unwrap(material, wrapped, context) == bytes.fromhex(vector["plaintext"])
    with pytest.raises(InvalidTag):
        unwrap(material, wrapped, {})
