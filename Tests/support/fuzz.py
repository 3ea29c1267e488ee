"""Hostile catalogues, cells, pipeline files, keysets and messages, for as long as one wants.

Each round mangles one of them and runs the real binary. It must end with 0, 1 or 2 within its time, say at most a
sentence and a hint, and never reveal what it should not. `--seed` repeats a series.
"""
from __future__ import annotations

import argparse
import pathlib
import random
import sys
import tempfile
import time

from support.places import Place
from support.workspace import Workspace

PIPELINE = """name: customers
source: { path: origin.parquet }
destination: { path: out.parquet, write: replace }
key: alias/default
mac_key: alias/default-mac
fields:
  id: keep
  secret: { encrypt: { bind: [id] } }
  "children[].code": { encrypt: { deterministic: true, domain: code } }
  "children[].name": { mask: { keep_first: 1, char: "x" } }
"""
# What a mangler likes to insert.
TOKENS = [
    b"{", b"}", b"[", b"]", b":", b",", b"&a ", b"*a", b"!!map ", b"? ", b"- ", b"|", b">", b"'", b'"', b"\0", b"\xff",
    b"null", b"true", b"1e999", b"-1", b"9" * 40, b"\n", b"\t", b"{" * 200, b"[" * 5000, "☃".encode(), b"`", b"..",
    b"keep", b"encrypt", b"alias/default", b"env:HOME", b"file:/dev/zero",
]


def mangled(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        at = chance.randrange(len(data) + 1)
        how = chance.randrange(6)
        if how == 0 and data:
            data[at - 1] ^= 1 << chance.randrange(8)
        elif how == 1:
            data[at:at] = chance.choice(TOKENS)
        elif how == 2:
            del data[at:at + chance.randrange(1, 20)]
        elif how == 3:
            data[at:at] = data[at:at + chance.randrange(1, 60)]
        elif how == 4:
            del data[at:]
        else:
            data[at:at] = chance.randbytes(chance.randrange(1, 8))
    return bytes(data)


class Tink:
    """Keysets of Tink in both forms, and a message under each of their keys."""

    def __init__(self, work: Workspace):
        from tink import aead, json_proto_keyset_format, new_keyset_handle, proto_keyset_format, secret_key_access
        from tink import streaming_aead

        aead.register()
        streaming_aead.register()
        self.work = work
        self.cases: list[tuple[bytes, bytes]] = []
        plain = work.write("plain", b"a secret plaintext")
        small = streaming_aead.streaming_aead_key_templates
        for template in (
            aead.aead_key_templates.AES256_GCM, aead.aead_key_templates.AES256_CTR_HMAC_SHA256,
            small.AES128_CTR_HMAC_SHA256_4KB, small.AES256_GCM_HKDF_4KB,
        ):
            handle = new_keyset_handle(template)
            texts = (
                json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN).encode(),
                proto_keyset_format.serialize(handle, secret_key_access.TOKEN))
            for text in texts:
                work.write("keyset", text)
                work.coffer("encrypt", plain, "-o", "sealed", "-k", "tink:keyset")
                self.cases.append((text, (work.path / "sealed").read_bytes()))

    def round(self, subject: str, chance: random.Random) -> None:
        keyset, message = chance.choice(self.cases)
        self.work.write("keyset", mangled(keyset, chance) if subject == "keyset" else keyset)
        self.work.write("sealed", mangled(message, chance) if subject == "tink" else message)
        target = self.work.path / "opened"
        target.unlink(missing_ok=True)
        result = self.work.coffer("decrypt", "sealed", "-o", target, "-k", "tink:keyset", code=None)
        check(result, subject)
        assert target.exists() == (result.code == 0), f"{subject}: a refused message left a file behind"
        assert result.code or target.read_bytes() == b"a secret plaintext", f"{subject}: opened to something else"
        check(self.work.coffer("inspect", "keyset", code=None), subject)


def check(result, subject: str) -> None:
    if result.code == 2:
        lines = result.err.strip().splitlines()
        assert lines and lines[0].startswith("coffer: "), f"{subject}: {result.err[:500]}"
        assert len(result.err) < 4000, f"{subject}: a long error"


class Messages:
    """A message of every format, and what of it comes out when it is mangled: the plaintext, or nothing."""

    PLAINTEXT = b"id,secret\n1,secret-1\n" * 20

    def __init__(self, work: Workspace):
        self.work = work
        work.write("raw.key", bytes(range(32)))
        work.write("fernet.key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        work.write("jwk.json", '{"kty":"oct","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}')
        work.write("age.txt", "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0\n")
        work.write("plain", self.PLAINTEXT)
        self.messages = []
        for key, flags in (("raw-aes://fuzz/raw?file=raw.key", ()), ("raw-aes://fuzz/raw?file=raw.key", ("--sign",)),
                           ("fernet:fernet.key", ()), ("jwk:jwk.json", ()), ("age-identity:age.txt", ()),
                           ("age-identity:age.txt", ("--armor",))):
            work.coffer("encrypt", "plain", "-o", "message", "-k", key, *flags)
            self.messages.append((key, (work.path / "message").read_bytes()))

    def mangle(self, chance: random.Random) -> None:
        key, message = chance.choice(self.messages)
        work, opened = self.work, self.work.path / "opened"
        bad, other = mangled(message, chance), chance.choice(self.messages)[1]
        if chance.randrange(4) == 0:  # spliced with another
            bad = message[: chance.randrange(len(message))] + other[chance.randrange(len(other)) :]
        work.write("message", bad)
        opened.unlink(missing_ok=True)
        check(work.coffer("inspect", "message", code=None), key)
        if chance.randrange(3) == 0:
            check(work.coffer("rewrap", "message", "--key", key, "--to", "alias/default", code=None), key)
            return
        result = work.coffer("decrypt", "message", "-o", opened, "-k", key, code=None)
        check(result, key)
        assert opened.exists() == (result.code == 0), f"{key}: a refused message left a file behind"
        assert result.code != 0 or opened.read_bytes() == self.PLAINTEXT, f"{key}: another plaintext"


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--only", choices=["catalogue", "pipeline", "table", "message"])
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    options = arguments.parse_args()
    chance = random.Random(options.seed)
    print(f"fuzz: seed {options.seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="coffer-fuzz-") as folder:
        work = Workspace(pathlib.Path(folder))
        work.coffer("init")
        Place("parquet", work, prefix="origin").fill(
            "SELECT n AS id, 'secret-' || n AS secret, [{'code': n, 'name': 'x' || n}] AS children FROM range(1, 50) t(n)"
        )
        work.coffer("run", work.pipeline(PIPELINE))
        place = Place("parquet", work)
        sidecar = place.sidecar()
        catalogue, table = sidecar.read_bytes(), place.file.read_bytes()
        messages = Messages(work)
        tink = Tink(work)
        rounds = {"catalogue": 0, "pipeline": 0, "table": 0, "message": 0, "keyset": 0, "tink": 0}
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            subject = options.only or chance.choice(list(rounds))
            rounds[subject] += 1
            if subject == "message":
                messages.mangle(chance)
                continue
            if subject in ("keyset", "tink"):
                tink.round(subject, chance)
                continue
            if subject == "pipeline":
                check(work.coffer("run", work.write("p.yaml", mangled(PIPELINE.encode(), chance)), "--dry-run", code=None), subject)
                continue
            sidecar.write_bytes(mangled(catalogue, chance) if subject == "catalogue" else catalogue)
            place.file.write_bytes(mangled(table, chance) if subject == "table" else table)
            target = work.path / "back.csv"
            target.unlink(missing_ok=True)
            result = work.coffer("reveal", place.file, "-o", target, code=None)
            check(result, subject)
            assert result.code == 0 or not target.exists(), f"{subject}: a refused reveal left a file behind"
    print(f"fuzz: {rounds} without a crash", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
