"""Files: coffer encrypt and decrypt of one large file and of many small ones, beside cp and the programs people use.

    messages.py COFFER [--json] [--mib 1024] [--pairs 7] [--peer-rounds 2] [--files 10000]

COFFER is the built program. One file of random bytes, warm in the system's cache, is encrypted and decrypted under a key of
the embedded store; cp of the same file takes turns with each, and a ratio is the median of the pairs. age, `openssl enc
-aes-256-ctr` (which authenticates nothing) and aws-encryption-cli follow in the same run, the latter with a key of `coffer
serve`; those that are not there are left out. Nobody brings anything to the disk, and every output is removed before the
next begins. Then a folder of files of 4 KiB, beside `cp -r`. Everything is written under the folder for temporary files
($TMPDIR) and removed in the end.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from runs import Process

RATIO_GOAL, MEMORY_GOAL, SMALL_GOAL, AGE_GOAL = 1.3, 64, 3.0, 2.0


class Bench:
    """The folder with the files, and the key store."""

    def __init__(self, coffer, folder, mib, files):
        self.coffer, self.folder = coffer, folder
        self.environment = os.environ | {
            "COFFER_HOME": str(folder / "home"), "COFFER_ROOT_KEY": str(folder / "root.key")}
        self.run(coffer, "init")
        with open(folder / "plain", "wb") as plain:
            for _ in range(mib):
                plain.write(os.urandom(1 << 20))
        self.run(coffer, "encrypt", folder / "plain", "-o", folder / "sealed")
        small = folder / "small"
        for i in range(files):
            if i % 1000 == 0:
                (small / str(i // 1000)).mkdir(parents=True)
            (small / str(i // 1000) / str(i)).write_bytes(os.urandom(4096))
        os.sync()

    def run(self, *command, environment=None):
        return Process([str(part) for part in command], self.environment | (environment or {}), settle=False)

    def once(self, *command, environment=None):
        """One run whose output is `out`, which is not there before and not after."""
        self.clear()
        taken = self.run(*command, environment=environment)
        self.clear()
        return taken

    def clear(self):
        out = self.folder / "out"
        shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)

    def pairs(self, count, ours, theirs):
        """`count` pairs of (ours, theirs), in alternating order."""
        taken = []
        for i in range(count):
            first, second = (ours, theirs) if i % 2 == 0 else (theirs, ours)
            a, b = self.once(*first), self.once(*second)
            taken.append((a, b) if i % 2 == 0 else (b, a))
        return taken


def figure(name, pairs, other):
    """The figures of coffer and of what took turns with it."""
    ours, theirs = [one for one, _ in pairs], [two for _, two in pairs]
    return {
        "run": name, "seconds": round(statistics.median(one.seconds for one in ours), 3),
        "processor_seconds": round(statistics.median(one.processor for one in ours), 3),
        "peak_mib": round(max(one.peak for one in ours)), "beside": other,
        "beside_seconds": round(statistics.median(one.seconds for one in theirs), 3),
        "ratio": round(statistics.median(one.seconds / two.seconds for one, two in pairs), 2),
        "ratios": sorted(round(one.seconds / two.seconds, 2) for one, two in pairs),
    }


def peers(bench, rounds):
    """Lines of figures of the other programs, each with its encrypted file made on the way."""
    plain, out, folder = bench.folder / "plain", bench.folder / "out", bench.folder
    programs = {}
    if shutil.which("age"):
        subprocess.run(["age-keygen", "-o", str(folder / "age.key")], check=True, stderr=subprocess.DEVNULL)
        text = (folder / "age.key").read_text()
        recipient = next(line.split()[-1] for line in text.splitlines() if "public key" in line)
        programs["age"] = (
            ["age", "-r", recipient, "-o", out, plain],
            lambda sealed: ["age", "-d", "-i", folder / "age.key", "-o", out, sealed], None, rounds)
    if shutil.which("openssl"):
        (folder / "pass").write_text("correct horse battery staple")
        cipher = ["openssl", "enc", "-aes-256-ctr", "-pbkdf2", "-pass", f"file:{folder / 'pass'}"]
        programs["openssl enc -aes-256-ctr"] = (
            [*cipher, "-e", "-in", plain, "-out", out],
            lambda sealed: [*cipher, "-d", "-in", sealed, "-out", out], None, rounds)
    cli, server = pathlib.Path(sys.executable).parent / "aws-encryption-cli", None
    if cli.exists():
        import service

        (folder / "service").mkdir()
        server = service.coffer(bench.coffer, folder / "service", subprocess.DEVNULL)
        keys = {
            "AWS_ENDPOINT_URL_KMS": server.url, "AWS_ACCESS_KEY_ID": server.credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": server.credentials.secret_key, "AWS_DEFAULT_REGION": service.REGION}
        arn = server.client().create_key()["KeyMetadata"]["Arn"]
        common = ["--wrapping-keys", f"key={arn}", "-S", "--encryption-context", "dataset=bench", "-o", out]
        programs["aws-encryption-cli"] = (
            [cli, "-e", "-i", plain, *common, "--frame-length", "65536", "--algorithm",
             "AES_256_GCM_HKDF_SHA512_COMMIT_KEY"],
            lambda sealed: [cli, "-d", "-i", sealed, *common], keys, 1)
    try:
        for name, (encrypt, decrypt, environment, count) in programs.items():
            sealed = folder / "peer"
            bench.clear()
            bench.run(*encrypt, environment=environment)
            out.rename(sealed)
            for verb, command in (("encrypt", encrypt), ("decrypt", decrypt(sealed))):
                taken = [bench.once(*command, environment=environment) for _ in range(count)]
                yield {
                    "run": f"{name}: {verb}", "seconds": round(statistics.median(one.seconds for one in taken), 3),
                    "processor_seconds": round(statistics.median(one.processor for one in taken), 3),
                    "peak_mib": round(max(one.peak for one in taken))}
            sealed.unlink()
    finally:
        if server:
            server.stop()


def measure(bench, mib, pairs, rounds, files):
    """One line of figures after the other."""
    plain, sealed, out = bench.folder / "plain", bench.folder / "sealed", bench.folder / "out"
    large = f"{mib} MiB"
    yield figure(
        f"coffer encrypt, {large}", bench.pairs(pairs, (bench.coffer, "encrypt", plain, "-o", out), ("cp", plain, out)),
        "cp")
    yield figure(
        f"coffer decrypt, {large}", bench.pairs(pairs, (bench.coffer, "decrypt", sealed, "-o", out), ("cp", sealed, out)),
        "cp")
    if rounds:
        yield from peers(bench, rounds)
    if files:
        small, closed = bench.folder / "small", bench.folder / "closed"
        bench.run(bench.coffer, "encrypt", small, "-r", "-o", closed)
        yield figure(
            f"coffer encrypt, {files} files", bench.pairs(
                pairs, (bench.coffer, "encrypt", small, "-r", "-o", out), ("cp", "-r", small, out)), "cp -r")
        yield figure(
            f"coffer decrypt, {files} files", bench.pairs(
                pairs, (bench.coffer, "decrypt", closed, "-r", "-o", out), ("cp", "-r", closed, out)), "cp -r")


def judged(one, figures):
    """The goals of a line, and whether it meets them."""
    if "ratio" not in one:
        return ""
    small = "files" in one["run"]
    goals = [f"x {SMALL_GOAL if small else RATIO_GOAL} " + (
        "ok" if one["ratio"] <= (SMALL_GOAL if small else RATIO_GOAL) else "--")]
    goals.append(f"{MEMORY_GOAL} MiB " + ("ok" if one["peak_mib"] <= MEMORY_GOAL else "--"))
    verb = "encrypt" if "encrypt" in one["run"] else "decrypt"
    age = next((other for other in figures if other["run"] == f"age: {verb}"), None)
    if age and not small:
        times = age["seconds"] / one["seconds"]
        goals.append(f"{times:.1f} x age's speed " + ("ok" if times >= AGE_GOAL else "--"))
    return ", ".join(goals)


def table(figures, pairs):
    """Side by side, for people."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end; {pairs} pairs, nothing synced")
    print("`x`: coffer's seconds by those of cp, the median of the pairs\n")
    print(f"{'':40}{'seconds':>9}{'cpu s':>8}{'MiB':>6}{'cp':>8}{'x':>7}  goals")
    for one in figures:
        print(
            f"{one['run']:40}{one['seconds']:>9.2f}{one['processor_seconds']:>8.2f}{one['peak_mib']:>6}"
            f"{one.get('beside_seconds', ''):>8}{one.get('ratio', ''):>7}  {judged(one, figures)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("coffer", help="the built coffer")
    parser.add_argument("--mib", type=int, default=1024, help="the length of the large file")
    parser.add_argument("--pairs", type=int, default=7, help="how often coffer and cp take turns")
    parser.add_argument("--peer-rounds", type=int, default=2, help="how often the other programs run; 0 leaves them out")
    parser.add_argument("--files", type=int, default=10_000, help="how many small files; 0 leaves them out")
    parser.add_argument("--json", action="store_true", help="one line of JSON per run instead of the table")
    arguments = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as name:
        bench = Bench(os.path.abspath(arguments.coffer), pathlib.Path(name), arguments.mib, arguments.files)
        for one in measure(bench, arguments.mib, arguments.pairs, arguments.peer_rounds, arguments.files):
            figures.append(one)
            if arguments.json:
                print(json.dumps(one), flush=True)
            else:
                print(f"bench: {one['run']}: {one['seconds']} s {one.get('ratio', '')}", file=sys.stderr)
    if not arguments.json:
        table(figures, arguments.pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
