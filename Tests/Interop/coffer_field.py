"""A second implementation of docs/specs/field-encryption.md: opens what Coffer wrote, given keys that are unwrapped.

Written from the specification, on `cryptography` alone. Section numbers are the specification's.
"""

import base64
import hashlib
import hmac
import json
import re
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUITES = {"aes-256-gcm": (1, AESGCM), "chacha20-poly1305": (2, ChaCha20Poly1305)}
DOMAINS = {
    "deterministic": ("aes-256-siv", 64), "hash": ("hmac-sha-256", 32), "preserve_format": ("aes-256-ff1", 96),
    "shift": ("hmac-sha-256", 32), "token": ("hmac-sha-256", 32),
}


class Refused(Exception):
    """The cell does not open. There are no kinds of this."""


def lp(value) -> bytes:
    data = value.encode() if isinstance(value, str) else bytes(value)
    return struct.pack(">I", len(data)) + data


def unbase64(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise Refused
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Refused
    return data


def hkdf(key: bytes, salt: bytes, info: bytes, count: int) -> bytes:
    return HKDF(hashes.SHA256(), count, salt or None, info).derive(key)


def bound_type(column: dict) -> str:
    """The type that cells are bound to (2)."""
    form = column["format"]
    form = {"U": "u", "vu": "u", "Z": "z", "vz": "z"}.get(form, form)
    name = dict(map(tuple, column.get("metadata", []))).get("ARROW:extension:name")
    return f"{form} {name}" if name else form


def wrapping_context(dataset: str, key: dict) -> dict:
    """What a data key was wrapped with (4.1), for whoever unwraps it."""
    context = {
        "coffer:dataset": dataset, "coffer:key": key["id"], "coffer:purpose": "field", "coffer:suite": key["suite"],
    }
    return context | ({"coffer:tenant": key["tenant"]} if "tenant" in key else {})


def canonical_context(context: dict) -> bytes:
    """The additional data that a context becomes: a count, then names and values sorted by the names' bytes."""
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    return struct.pack(">I", len(pairs)) + b"".join(lp(name) + lp(value) for name, value in pairs)


def commitment(data_key: bytes, key_id: bytes) -> bytes:
    """4.2"""
    return hkdf(data_key, b"", lp("coffer/commitment/1") + lp(key_id), 32)


def subkey(data_key: bytes, segment: bytes, suite: str, dataset: str, path: str, type_: str) -> bytes:
    """4.3"""
    info = lp("coffer/field/1") + bytes([SUITES[suite][0]]) + lp(dataset) + lp(path) + lp(type_)
    return hkdf(data_key, segment, info, 32)


def additional_data(segment: bytes, bound=()) -> bytes:
    """4.4, for (name, class, canonical text) of each bound column."""
    parts = b"".join(lp(name) + lp(kind) + lp(value) for name, kind, value in bound)
    return lp("coffer/field/1") + b"\x01" + segment + struct.pack(">H", len(bound)) + parts


def domain_message(purpose: str, domain: str) -> bytes:
    """What the MAC key authenticates (5.1)."""
    return lp("coffer/domain/1") + lp(purpose) + lp(DOMAINS[purpose][0]) + lp(domain)


def domain_key(mac: bytes, purpose: str) -> tuple[bytes, bytes]:
    """A domain's key and check value (5.1)."""
    algorithm, size = DOMAINS[purpose]
    tail = lp(purpose) + lp(algorithm)
    return hkdf(mac, b"", lp("coffer/domain-key/1") + tail, size), hkdf(mac, b"", lp("coffer/domain-check/1") + tail, 8)


def pseudonym(key: bytes, text: bytes) -> str:
    """5.3"""
    digest = hmac.new(key, text, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def open_deterministic(cell, key: bytes, check: bytes) -> bytes:
    """The canonical text in a deterministic cell (5.2)."""
    cell = unbase64(cell) if isinstance(cell, str) else bytes(cell)
    if len(cell) < 25 or cell[:9] != b"\x02" + check:
        raise Refused
    try:
        return AESSIV(key).decrypt(cell[9:], [b""])
    except InvalidTag:
        raise Refused from None


class Catalogue:
    """A catalogue (6). `unwrap(key)` gives the data key of an entry of "keys"; see `wrapping_context`."""

    def __init__(self, document, dataset: str, unwrap):
        self.document = document if isinstance(document, dict) else json.loads(document)
        if self.document["format"] != "coffer/catalogue/1":
            raise ValueError("not a catalogue")
        self.dataset = dataset
        self.unwrap = unwrap
        self.keys = {key["id"]: key for key in self.document["keys"]}
        self.segments = {unbase64(one["id"]): one["key"] for one in self.document["segments"]}
        self.columns = {column["path"]: column for column in self.document["columns"]}
        self.data_keys = {}

    def data_key(self, key_id: str) -> bytes:
        if key_id not in self.data_keys:
            entry = self.keys[key_id]
            data_key = self.unwrap(entry)
            if not hmac.compare_digest(commitment(data_key, unbase64(key_id)), unbase64(entry["commitment"])):
                raise Refused
            self.data_keys[key_id] = data_key
        return self.data_keys[key_id]

    def open(self, path: str, cell, row: dict | None = None) -> bytes:
        """The bytes of a value (2) in a randomized cell; `row` has the canonical texts of the bound columns."""
        cell = unbase64(cell) if isinstance(cell, str) else bytes(cell)
        column = self.columns[path]
        if column["protection"] != "randomized" or len(cell) < 37 or cell[0] != 1 or cell[1:9] not in self.segments:
            raise Refused
        segment = cell[1:9]
        entry = self.keys[self.segments[segment]]
        key = subkey(
            self.data_key(entry["id"]), segment, entry["suite"], self.dataset, path, bound_type(column))
        bound = [(one["name"], one["type"], (row or {})[one["name"]]) for one in column.get("bind", [])]
        try:
            return SUITES[entry["suite"]][1](key).decrypt(cell[9:21], cell[21:], additional_data(segment, bound))
        except InvalidTag:
            raise Refused from None
