"""Values per second of what Python users take today, in the same run and on the same values as Coffer's figures.

    peers.py BENCHMARKS [--json] [--rounds 2]

BENCHMARKS is the built CofferBenchmarks, which prints a line of JSON per figure. Coffer and the peers take turns, so that
both see the same machine; every figure is the best of all rounds, and in a round of five runs of a fifth of a second. One
process, one core.
"""

import argparse
import hmac
import json
import os
import platform
import subprocess
import sys
import time

import cryptography
import ff3
import pandas
import tink
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from fastfpe import ff1
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig, RecognizerResult
from tink import aead, daead, mac

ROWS, WIDTH = 2048, 16
VALUES = [os.urandom(WIDTH) for _ in range(ROWS)]
TEXTS = [f"{i:016d}" for i in range(ROWS)]
NUMBERS = [i * 7919 % 12_000 for i in range(ROWS)]


def measure(body):
    """Values per second of `body`, which protects every value once."""
    body()
    best = 0.0
    for _ in range(5):
        done, start = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - start) < 0.2:
            body()
            done += ROWS
        best = max(best, done / elapsed)
    return best


def peers():
    """(purpose, name, what protects every value once) for each of them."""
    aead.register()
    daead.register()
    mac.register()
    gcm = AESGCM(AESGCM.generate_key(256))
    siv = AESSIV(AESSIV.generate_key(512))
    fernet = Fernet(Fernet.generate_key())
    key = os.urandom(32)
    tink_aead = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM).primitive(aead.Aead)
    tink_daead = tink.new_keyset_handle(daead.deterministic_aead_key_templates.AES256_SIV).primitive(
        daead.DeterministicAead
    )
    tink_mac = tink.new_keyset_handle(mac.mac_key_templates.HMAC_SHA256_256BITTAG).primitive(mac.Mac)

    def gcm_seal():
        random = os.urandom(12 * ROWS)
        for i, value in enumerate(VALUES):
            nonce = random[12 * i : 12 * i + 12]
            nonce + gcm.encrypt(nonce, value, None)

    def each(function):
        def run():
            for value in VALUES:
                function(value)

        return run

    def mask():
        for text in TEXTS:
            text[:3] + "*" * (len(text) - 3)

    def bucket():
        for number in NUMBERS:
            low = number // 10 * 10
            f"[{low},{low + 10})"

    anonymizer = AnonymizerEngine()
    found = [RecognizerResult("ALL", 0, WIDTH, 1.0)]

    def presidio(operator):
        operators = {"ALL": operator}
        return lambda: [anonymizer.anonymize(text, found, operators) for text in TEXTS]

    stars = OperatorConfig("mask", {"masking_char": "*", "chars_to_mask": WIDTH - 3, "from_end": True})
    series, edges = pandas.Series(NUMBERS), range(0, 12_010, 10)

    ff3_key, hex_key, hex_tweak = os.urandom(32).hex(), os.urandom(32).hex(), os.urandom(8).hex()
    ff3_digits = ff3.FF3Cipher(ff3_key, os.urandom(7).hex())

    return [
        ("randomized", "cryptography AESGCM", gcm_seal),
        ("randomized", "cryptography Fernet", each(fernet.encrypt)),
        ("randomized", "tink AES256_GCM", each(lambda value: tink_aead.encrypt(value, b""))),
        ("deterministic", "cryptography AESSIV", each(lambda value: siv.encrypt(value, None))),
        ("deterministic", "tink AES256_SIV", each(lambda value: tink_daead.encrypt_deterministically(value, b""))),
        ("hash", "hmac.digest", each(lambda value: hmac.digest(key, value, "sha256"))),
        ("hash", "tink HMAC_SHA256", each(tink_mac.compute_mac)),
        ("hash", "Presidio anonymizer", presidio(OperatorConfig("hash", {"salt": key}))),
        ("mask", "Python str", mask),
        ("mask", "Presidio anonymizer", presidio(stars)),
        ("preserveFormat", "ff3 (FF3-1)", lambda: [ff3_digits.encrypt(text) for text in TEXTS]),
        ("preserveFormat", "fastfpe (FF1)",
         lambda: [ff1.encrypt(hex_key, hex_tweak, "0123456789", text) for text in TEXTS]),
        ("generalize", "Python int to text", bucket),
        ("generalize", "pandas cut", lambda: pandas.cut(series, edges, right=False).astype(str)),
    ]


def processor():
    with open("/proc/cpuinfo") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmarks", help="the built CofferBenchmarks")
    parser.add_argument("--rounds", type=int, default=2, help="how often Coffer and the peers take turns")
    parser.add_argument("--json", action="store_true", help="one line of JSON per figure instead of the table")
    arguments = parser.parse_args()
    best = {}
    others = peers()
    for _ in range(arguments.rounds):
        printed = subprocess.run([arguments.benchmarks], check=True, capture_output=True, text=True).stdout
        figures = [json.loads(line) for line in printed.splitlines()]
        for purpose, name, body in others:
            figures.append({"purpose": purpose, "name": name, "per_second": int(measure(body)), "peer": True})
        for figure in figures:
            name = figure["purpose"], figure["name"]
            if name not in best or best[name]["per_second"] < figure["per_second"]:
                best[name] = figure
    ours = [figure for figure in best.values() if not figure.get("peer")]
    theirs = [figure for figure in best.values() if figure.get("peer")]
    if arguments.json:
        for figure in ours + theirs:
            print(json.dumps(figure))
        return 0

    print(f"{processor()}, one core; cryptography {cryptography.__version__}, tink 1.16.1, Python {platform.python_version()}")
    print(f"{WIDTH}-byte values, {ROWS} to a batch; millions of values per second, the best of {arguments.rounds} rounds\n")
    print(f"{'':17}{'':44}{'M values/s':>11}{'goal':>7}{'x best peer':>13}")
    missed = 0
    for purpose in ["randomized", "deterministic", "hash", "mask", "preserveFormat", "generalize", "other"]:
        peer = max([f["per_second"] for f in theirs if f["purpose"] == purpose], default=None)
        for figure in [f for f in ours + theirs if f["purpose"] == purpose]:
            speed, goal = figure["per_second"], figure.get("goal")
            met = "" if goal is None else f"{goal / 1e6:.0f}" + (" ok" if speed >= goal else " --")
            missed += goal is not None and speed < goal
            ratio = f"{speed / peer:.1f}" if peer and not figure.get("peer") else ""
            who = figure["name"] if figure.get("peer") else "Coffer " + figure["name"]
            print(f"{purpose:17}{who:44}{speed / 1e6:>11.2f}{met:>7}{ratio:>13}")
        print()
    if missed:
        print(f"{missed} goals missed", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
