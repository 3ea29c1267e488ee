"""Many GiB through encrypt, rewrap and decrypt: memory does not grow with them.

A pipe carries zeros through `encrypt | decrypt`, which must come out as long as they went in; then a file of a fifth of the
length, within what a disk has room for, is encrypted, rewrapped and decrypted. No process may hold more than 64 MiB.
"""
from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from support.workspace import Workspace

LIMIT = 64 << 10  # KiB
BLOCK = bytes(1 << 20)


def peak(process: subprocess.Popen, what: str) -> None:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{what}: exit {process.returncode}"
    print(f"messages: {what}: {usage.ru_maxrss >> 10} MiB", file=sys.stderr)
    assert usage.ru_maxrss <= LIMIT, f"{what} held {usage.ru_maxrss >> 10} MiB"


def pipe(work: Workspace, mib: int, *flags: str) -> None:
    common = {"cwd": work.path, "env": work.environment()}
    first = subprocess.Popen(
        [work.coffer_path, "encrypt", "-", *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **common)
    second = subprocess.Popen(
        [work.coffer_path, "decrypt", "-"], stdin=first.stdout, stdout=subprocess.PIPE, **common)
    first.stdout.close()
    feeder = os.fork()
    if feeder == 0:
        second.stdout.close()
        for _ in range(mib):
            first.stdin.write(BLOCK)
        first.stdin.close()
        os._exit(0)
    first.stdin.close()
    count = 0
    while block := second.stdout.read(1 << 20):
        assert not any(block[:: 1 << 12]), "zeros went in"
        count += len(block)
    os.waitpid(feeder, 0)
    peak(first, f"encrypt, a pipe of {mib} MiB {' '.join(flags)}")
    peak(second, f"decrypt, the same")
    assert count == mib << 20, f"{count} bytes came out of {mib} MiB"


def file(work: Workspace, mib: int) -> None:
    def run(*arguments) -> None:
        peak(work.start(*arguments, stdin=subprocess.DEVNULL), f"{arguments[0]}, a file of {mib} MiB")

    with open(work.path / "plain", "wb") as plain:
        for _ in range(mib):
            plain.write(os.urandom(1 << 20))
    run("encrypt", "plain", "-o", "sealed")
    work.coffer("keys", "rotate", "alias/default")
    run("rewrap", "sealed")
    run("decrypt", "sealed", "-o", "back")
    subprocess.run(["cmp", work.path / "plain", work.path / "back"], check=True)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--gib", type=float, default=10)
    options = arguments.parse_args()
    mib = max(1, int(options.gib * 1024))
    with tempfile.TemporaryDirectory(prefix="coffer-messages-") as folder:
        work = Workspace(pathlib.Path(folder))
        work.coffer("init")
        pipe(work, mib)
        pipe(work, max(1, mib // 5), "--sign")
        file(work, max(1, mib // 5))
    return 0


if __name__ == "__main__":
    sys.exit(main())
