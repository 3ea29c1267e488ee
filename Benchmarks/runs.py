"""Whole runs of coffer: time, processor time and peak memory, beside DuckDB writing the same or nearly the same.

    runs.py COFFER [--json] [--rows 10000000] [--pairs 3]

COFFER is the built program; the Python that runs this has DuckDB, and coffer finds its engine and drivers there. Rows of
five columns (a whole number, three strings that are encrypted, a fraction) go through `coffer run`, a tenth of them first:
memory must not grow with the rows. Coffer and what it is compared with take turns, each in a process of its own; a ratio is
the median of the pairs. Everything is written under the folder for temporary files ($TMPDIR) and removed in the end.
"""

import argparse
import json
import os
import pathlib
import platform
import pwd
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

RATIO_GOAL, MEMORY_GOAL, TOKEN_GOAL = 1.5, 512, 500_000
ROWS = """
    SELECT i AS id, 'Person ' || i % 100000 AS name, 'user' || i || '@example.com' AS email,
           printf('%03d-%02d-%04d', i % 900, i % 100, (i * 7919) % 10000) AS ssn, (i * 37 % 1000003) / 100 AS amount
    FROM range({rows}) AS r(i)
"""
CARDS = """
    SELECT i AS id, printf('4%015d', hash(i % {distinct}) % 1000000000000000) AS card FROM range({rows}) AS r(i)
"""
FIELDS = "fields: { id: keep, name: encrypt, email: encrypt, ssn: encrypt, amount: keep }\n"
# The same engine settings that coffer gives it.
ENGINE = "SET temp_directory = ''; SET enable_external_file_cache = false;"


class Process:
    """What one program took, from its start to its end."""

    def __init__(self, command, environment=None, settle=True):
        if settle:
            os.sync()  # nobody pays for what the one before left to write
        with tempfile.TemporaryFile() as errors:
            start = time.perf_counter()
            child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
            _, status, usage = os.wait4(child.pid, 0)
            self.seconds = time.perf_counter() - start
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode != 0:
                errors.seek(0)
                sys.stderr.write(errors.read().decode(errors="replace"))
                raise SystemExit(f"bench: {command[0]} ended with {child.returncode}")
        self.processor = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024  # MiB


def duckdb(sql):
    """A process in which DuckDB alone runs `sql`; this one stays small, since a child's peak begins with its parent's."""
    return Process([sys.executable, "-c", "import duckdb, sys; duckdb.connect().execute(sys.argv[1])", ENGINE + sql])


class Cluster:
    """PostgreSQL as it comes, in a folder of its own, on a Unix socket only, run by an ordinary user."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = []
        folder.mkdir()
        if os.getuid() == 0:  # initdb refuses to run as root
            owner = "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"
            shutil.chown(folder, owner)
            self.prefix = ["runuser", "-u", owner, "--"]
        self.call("initdb", "-D", folder / "data", "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C")
        options = f"-c listen_addresses= -c unix_socket_directories={folder}"
        self.call("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
        self.uri = f"postgresql://bench@/postgres?host={folder}"

    @staticmethod
    def program(name):
        """Where Debian keeps it off the PATH, too. None where there is none."""
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        return shutil.which(name) or (str(found[-1]) if found else None)

    def call(self, name, *arguments):
        command = [*self.prefix, self.program(name), *map(str, arguments)]
        subprocess.run(command, cwd="/", check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def empty(self):
        drops = [part for drop in ("TABLE IF EXISTS people", "SCHEMA IF EXISTS coffer_vault CASCADE") for part in ("-c", f"DROP {drop}")]
        command = [self.program("psql"), "-qX", self.uri, *drops, "-c", "CHECKPOINT"]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)

    def stop(self):
        self.call("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")


class Bench:
    """The folder with the data, the key store and what is written."""

    def __init__(self, coffer, folder):
        self.coffer = coffer
        self.folder = folder
        folder.chmod(0o755)  # the cluster's user passes through
        home, key = str(folder / "home"), str(folder / "root.key")
        self.environment = os.environ | {"VIRTUAL_ENV": sys.prefix, "COFFER_HOME": home, "COFFER_ROOT_KEY": key}
        self.cluster = None
        Process([coffer, "init"], self.environment)
        # Not measured: what the programs and libraries cost to read from the disk.
        self.data(1000)
        self.run("people-1000.parquet", "{ path: out.parquet }")

    def data(self, rows):
        for name in ("parquet", "csv"):
            target = self.folder / f"people-{rows}.{name}"
            duckdb(f"COPY ({ROWS.format(rows=rows)}) TO '{target}'")

    def run(self, source, destination, fields=FIELDS):
        """One `coffer run`."""
        pipeline = self.folder / "pipeline.yaml"
        pipeline.write_text(f"name: bench\nsource: {{ path: {source} }}\ndestination: {destination}\n{fields}")
        return Process([self.coffer, "run", str(pipeline)], self.environment)

    def remove(self, *names):
        for name in names:
            (self.folder / name).unlink(missing_ok=True)

    def parquet(self, rows, pair):
        """Parquet to Parquet, and DuckDB's own copy of the protected file."""
        self.remove("out.parquet", "out.parquet.coffer.json", "copy.parquet")
        ours = self.run(f"people-{rows}.parquet", "{ path: out.parquet }")
        if not pair:
            return ours, None
        out, copy = self.folder / "out.parquet", self.folder / "copy.parquet"
        theirs = duckdb(f"COPY (FROM '{out}') TO '{copy}' (FORMAT parquet)")
        written, copied = out.stat().st_size, copy.stat().st_size
        if abs(written - copied) > written / 100:
            raise SystemExit(f"bench: {written} bytes were written and {copied} copied")
        self.remove("out.parquet", "out.parquet.coffer.json", "copy.parquet")
        return ours, theirs

    def database(self, rows, pair):
        """CSV to DuckDB, and DuckDB loading the same file as it is."""
        self.remove("out.duckdb", "plain.duckdb")
        ours = self.run(f"people-{rows}.csv", "{ duckdb: out.duckdb, table: people, write: replace }")
        theirs = None
        if pair:
            source, target = self.folder / f"people-{rows}.csv", self.folder / "plain.duckdb"
            theirs = duckdb(f"ATTACH '{target}' AS db; CREATE TABLE db.people AS FROM read_csv('{source}')")
        self.remove("out.duckdb", "plain.duckdb")
        return ours, theirs

    def tokens(self, rows, pair, vault="vault.db"):
        """A column whose values come ten times each, tokenized with an empty vault; then once more, when it has all."""
        source, files = self.folder / f"cards-{rows}.parquet", ["vault.db", "vault.db-wal", "vault.db-shm"]
        if not source.exists():
            duckdb(f"COPY ({CARDS.format(rows=rows, distinct=max(rows // 10, 1))}) TO '{source}'")
        fields = f'vault: "{vault}"\nfields: {{ id: keep, card: {{ tokenize: {{}} }} }}\n'
        self.remove("out.parquet", "out.parquet.coffer.json", *files)
        ours = self.run(source.name, "{ path: out.parquet }", fields)
        theirs = None
        if pair:
            self.remove("out.parquet", "out.parquet.coffer.json")
            theirs = self.run(source.name, "{ path: out.parquet }", fields)
        self.remove("out.parquet", "out.parquet.coffer.json", *files)
        return ours, theirs

    def shared_tokens(self, rows, pair):
        """The same with the vault in PostgreSQL; the server's own processor time and memory are not counted."""
        self.cluster.empty()
        taken = self.tokens(rows, pair, vault=self.cluster.uri)
        self.cluster.empty()
        return taken

    def postgres(self, rows, pair):
        """Parquet to PostgreSQL; the server's own processor time and memory are not counted."""
        self.cluster.empty()
        ours = self.run(
            f"people-{rows}.parquet", f'{{ postgres: "{self.cluster.uri}", table: people, write: replace }}')
        self.cluster.empty()
        return ours, None


def measure(bench, name, body, peer, rows, pairs):
    """The figures of one run, a line of JSON."""
    small = max(rows // 10, 1)
    flat = body(small, False)[0].peak
    taken = [body(rows, True) for _ in range(pairs)]
    ours = [one for one, _ in taken]
    theirs = [other for _, other in taken if other]
    seconds = statistics.median(one.seconds for one in ours)
    figure = {
        "run": name, "rows": rows, "seconds": round(seconds, 2), "rows_per_second": int(rows / seconds),
        "processor_seconds": round(statistics.median(one.processor for one in ours), 2),
        "peak_mib": round(max(one.peak for one in ours)), "small_rows": small, "small_peak_mib": round(flat),
    }
    if theirs:
        figure |= {
            "peer": peer, "peer_seconds": round(statistics.median(one.seconds for one in theirs), 2),
            "peer_processor_seconds": round(statistics.median(one.processor for one in theirs), 2),
            "peer_peak_mib": round(max(one.peak for one in theirs)),
            "ratio": round(statistics.median(one.seconds / other.seconds for one, other in taken), 2),
            "ratios": [round(one.seconds / other.seconds, 2) for one, other in taken],
        }
    return figure


def table(figures, pairs):
    """Side by side, for people."""
    with open("/proc/cpuinfo") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    load = os.getloadavg()[0]
    print(f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores, load {load:.1f} at the end; {pairs} pairs")
    print("`x`: coffer's seconds by the other's, the median of the pairs; processor time and memory of the client alone\n")
    small = figures[0]["small_rows"] if figures else 0
    print(f"{'':54}{'seconds':>8}{'rows/s':>11}{'cpu s':>7}{'MiB':>6}{'MiB at ' + format(small, ','):>18}{'x':>6}  goal")
    for one in figures:
        ratio, goals = one.get("ratio"), []
        if one["run"] == "Parquet to Parquet":
            goals.append(f"x {RATIO_GOAL} " + ("ok" if ratio <= RATIO_GOAL else "--"))
        if one["run"].startswith("tokens") and "PostgreSQL" not in one["run"]:
            goals.append(f"{TOKEN_GOAL:,} rows/s " + ("ok" if one["rows_per_second"] >= TOKEN_GOAL else "--"))
        goals.append(f"{MEMORY_GOAL} MiB " + ("ok" if one["peak_mib"] <= MEMORY_GOAL else "--"))
        print(
            f"{one['run'] + ('' if one['run'].startswith('tokens') else ', three of five encrypted'):54}{one['seconds']:>8.1f}{one['rows_per_second']:>11,}"
            f"{one['processor_seconds']:>7.1f}{one['peak_mib']:>6}{one['small_peak_mib']:>18}"
            f"{format(ratio, '.2f') if ratio else '':>6}  {', '.join(goals)}")
        if ratio:
            print(
                f"{'  ' + one['peer']:54}{one['peer_seconds']:>8.1f}{int(one['rows'] / one['peer_seconds']):>11,}"
                f"{one['peer_processor_seconds']:>7.1f}{one['peer_peak_mib']:>6}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("coffer", help="the built coffer")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the large run")
    parser.add_argument("--pairs", type=int, default=3, help="how often coffer and the other take turns")
    parser.add_argument("--only", choices=["parquet", "duckdb", "tokens", "shared-tokens", "postgres"], help="one run of the five")
    parser.add_argument("--json", action="store_true", help="one line of JSON per run instead of the table")
    arguments = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory(prefix="coffer-bench-") as name:
        bench = Bench(os.path.abspath(arguments.coffer), pathlib.Path(name))
        runs = {
            "parquet": ("Parquet to Parquet", bench.parquet, "DuckDB's own copy of the protected file"),
            "duckdb": ("CSV to DuckDB", bench.database, "DuckDB loading the same file unprotected"),
            "tokens": ("tokens for a tenth as many values, vault empty", bench.tokens, "the same again, vault full"),
            "shared-tokens": (
                "tokens, vault in PostgreSQL, empty", bench.shared_tokens, "the same again, vault full"),
            "postgres": ("Parquet to PostgreSQL", bench.postgres, None),
        }
        if arguments.only:
            runs = {arguments.only: runs[arguments.only]}
        served = [name for name in ("shared-tokens", "postgres") if name in runs]
        if not Cluster.program("initdb"):
            for name in served:
                print(f"bench: skipped {runs.pop(name)[0]}: there is no initdb", file=sys.stderr)
            served = []
        if set(runs) - {"tokens", "shared-tokens"}:
            for rows in (max(arguments.rows // 10, 1), arguments.rows):
                bench.data(rows)
        try:
            if served:
                bench.cluster = Cluster(bench.folder / "cluster")
            for what, body, peer in runs.values():
                figures.append(measure(bench, what, body, peer, arguments.rows, arguments.pairs))
                if arguments.json:
                    print(json.dumps(figures[-1]), flush=True)
        finally:
            if bench.cluster:
                bench.cluster.stop()
    if not arguments.json:
        table(figures, arguments.pairs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
