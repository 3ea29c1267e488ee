"""A second reader of the audit log, written from docs/specs/audit-log.md alone: tree, signatures, proofs."""
from __future__ import annotations

import base64
import hashlib
import json
import pathlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def consistency(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962, 2.1.2: that the tree over `leaves` continues the one over the first `old` of them."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    k = split(len(leaves))
    if old <= k:
        return consistency(old, leaves[:k], whole) + [root(leaves[k:])]
    return consistency(old - k, leaves[k:], False) + [root(leaves[:k])]


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    """RFC 9162, 2.1.4.2."""
    if old == new:
        return not proof and old_root == new_root
    proof = list(proof)
    if old & (old - 1) == 0:
        proof.insert(0, old_root)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for hash_ in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node(hash_, fr), node(hash_, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, hash_)
        fn, sn = fn >> 1, sn >> 1
    return fr == old_root and sr == new_root and sn == 0


def check_inclusion(entry: bytes, index: int, size: int, proof: list[bytes], expected: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, hash_ = index, size - 1, leaf(entry)
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            hash_ = node(sibling, hash_)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            hash_ = node(hash_, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and hash_ == expected


class Checkpoint:
    """A signed note; raises InvalidSignature or ValueError."""

    def __init__(self, note: bytes, verifier: str):
        name, key_id, key = verifier.split("+", 2)
        public = base64.b64decode(key, validate=True)
        if hashlib.sha256(name.encode() + b"\n" + public).digest()[:4].hex() != key_id or public[0] != 1:
            raise ValueError("the verifier key is malformed")
        text, signatures = note.decode().rsplit("\n\n", 1)
        text += "\n"
        mine = [line.split(" ")[2] for line in signatures.splitlines() if line.split(" ")[:2] == ["\u2014", name]]
        raw = base64.b64decode(mine[0], validate=True)
        if raw[:4].hex() != key_id:
            raise ValueError("the signature is by another key")
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(raw[4:], text.encode())
        origin, size, root_text = text.splitlines()[:3]
        if origin != name:
            raise ValueError("the origin is another")
        self.size, self.root = int(size), base64.b64decode(root_text, validate=True)


def path(level: str, index: int, width: int = 256) -> str:
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[i:i + 3] for i in range(0, len(digits), 3)]
    name = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return f"tile/{level}/{name}" + ("" if width == 256 else f".p/{width}")


def entries(folder: pathlib.Path, size: int) -> list[bytes]:
    """All entries under a checkpoint of `size`."""
    found = []
    for index in range(-(-size // 256)):
        width = min(256, size - 256 * index)
        data, at = (folder / path("entries", index, width)).read_bytes(), 0
        while at < len(data):
            count = int.from_bytes(data[at:at + 2], "big")
            found.append(data[at + 2:at + 2 + count])
            at += 2 + count
    return found


def check_tiles(folder: pathlib.Path, leaves: list[bytes]) -> None:
    """Every tile has the hashes that tlog-tiles says."""
    level, row = 0, leaves
    while row:
        for index in range(-(-len(row) // 256)):
            part = row[256 * index:256 * (index + 1)]
            assert (folder / path(str(level), index, len(part))).read_bytes() == b"".join(part), (level, index)
        row = [root(row[i:i + 256]) for i in range(0, len(row) - 255, 256)]
        level += 1


def verify(folder: pathlib.Path, verifier: str) -> tuple[Checkpoint, list[dict]]:
    checkpoint = Checkpoint((folder / "checkpoint").read_bytes(), verifier)
    lines = entries(folder, checkpoint.size)
    assert len(lines) == checkpoint.size
    leaves = [leaf(line) for line in lines]
    check_tiles(folder, leaves)
    assert root(leaves) == checkpoint.root
    return checkpoint, [json.loads(line) for line in lines]


def check_proof(text: str, verifier: str) -> dict:
    """A C2SP tlog-proof with the entry as its extra data."""
    head, note = text.split("\n\n", 1)
    lines = head.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("extra ") and lines[2].startswith("index ")
    checkpoint = Checkpoint(note.encode(), verifier)
    entry = base64.b64decode(lines[1][6:], validate=True)
    hashes = [base64.b64decode(line, validate=True) for line in lines[3:]]
    assert check_inclusion(entry, int(lines[2][6:]), checkpoint.size, hashes, checkpoint.root)
    return json.loads(entry)


__all__ = ["Checkpoint", "InvalidSignature", "check_consistency", "check_proof", "consistency", "leaf", "root", "verify"]
