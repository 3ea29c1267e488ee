"""A folder of its own for each test, with a key store, and the commands run in it as a user would."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Left out of the environment of every command, so that a developer's settings don't reach a test.
FOREIGN = ("PG", "COFFER", "XDG_", "DUCKDB", "AWS_")
# A run that takes longer hangs; the machine may be shared and the build unoptimised.
PATIENCE = 180


def binary() -> pathlib.Path:
    """The command under test: $COFFER, else the debug build, else the release build."""
    candidates = [os.environ.get("COFFER"), ROOT / ".build/debug/coffer", ROOT / ".build/release/coffer"]
    for candidate in candidates:
        if candidate and pathlib.Path(candidate).is_file():
            return pathlib.Path(candidate).resolve()
    raise RuntimeError("there is no coffer to test; run `swift build` or set COFFER")


@dataclass(frozen=True)
class Result:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Workspace:
    """A working folder, a key store and a temporary folder, all under one root."""

    def __init__(self, root: pathlib.Path):
        self.root = root
        self.path = root / "work"
        self.home = root / "home"
        self.root_key = root / "root.key"
        self.tmp = root / "tmp"
        self.path.mkdir(parents=True)
        self.tmp.mkdir()
        self.coffer_path = binary()

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        kept.pop("VIRTUAL_ENV", None)
        return kept | {
            "HOME": str(self.root),
            "TMPDIR": str(self.tmp),
            "COFFER_HOME": str(self.home),
            "COFFER_ROOT_KEY": str(self.root_key),
            "VIRTUAL_ENV": str(ROOT / ".venv"),
            "NO_COLOR": "1",
        } | more

    def start(self, *arguments, **options) -> subprocess.Popen:
        """Starts coffer and comes back at once."""
        environment = self.environment(**options.pop("env", {}))
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(
            [str(self.coffer_path), *map(str, arguments)],
            cwd=options.pop("cwd", self.path), env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
        )

    def coffer(self, *arguments, code: int | None = 0, stdin: bytes | None = None, env=None, cwd=None) -> Result:
        """Runs coffer to its end. `code` is the exit status it must have; None takes any but a crash."""
        options = {"env": env or {}, "cwd": cwd or self.path}
        if stdin is not None:
            options["stdin"] = subprocess.PIPE
        process = self.start(*arguments, **options)
        try:
            out, err = process.communicate(stdin, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"coffer {arguments} hangs:\n{err.decode(errors='replace')[-2000:]}")
        result = Result(process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))
        said = f"coffer {' '.join(map(str, arguments))}: exit {result.code}\n{result.out[-2000:]}\n{result.err[-2000:]}"
        assert result.code in (0, 1, 2), f"crashed, {signal_name(result.code)}\n{said}"
        assert code is None or result.code == code, said
        return result

    def write(self, name: str, content: str | bytes) -> pathlib.Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def pipeline(self, document: dict | str, name: str = "pipeline.yaml") -> pathlib.Path:
        """Writes a pipeline file; a dictionary becomes JSON, which is YAML."""
        return self.write(name, document if isinstance(document, str) else json.dumps(document, indent=1))

    def run(self, source, destination, fields, *flags, code: int | None = 0, env=None, **top) -> Result:
        """Runs a pipeline made of its parts."""
        document = {"source": source, "destination": destination, "fields": fields} | top
        return self.coffer("run", self.pipeline(document), *flags, code=code, env=env)

    def reveal(self, destination: dict, *flags, into: str = "revealed.parquet", code: int | None = 0, env=None):
        """Reveals what a destination holds into a file; gives the rows as dictionaries."""
        target = self.path / into
        target.unlink(missing_ok=True)
        result = self.coffer("reveal", *address(destination), *flags, "-o", target, code=code, env=env)
        if result.code != 0:
            assert not target.exists(), "a refused reveal left an output file behind"
            return result
        return read(target)

    def files(self, record: bool = True) -> list[pathlib.Path]:
        """Every file under the root of the workspace, but for SQLite's journals of the key store. Without `record` the audit log
        is left out, too: a refusal is on it."""
        journals = {"keys.db-wal", "keys.db-shm", "keys.db-journal"}
        found = sorted(path for path in self.root.rglob("*") if path.is_file() and path.name not in journals)
        return [path for path in found if record or self.home / "audit" not in path.parents]


def signal_name(code: int) -> str:
    number = -code if code < 0 else code - 128
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"exit {code}"


def address(destination: dict) -> list[str]:
    """How the command line names a destination: its path or URI, and its table."""
    place = next(str(destination[kind]) for kind in ("duckdb", "sqlite", "postgres", "path") if kind in destination)
    return [place] + (["--table", destination["table"]] if "table" in destination else [])


def read(path: pathlib.Path) -> list[dict]:
    """The rows of a Parquet, CSV or JSONL file."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        reader = {".csv": "read_csv(?, all_varchar = true)", ".jsonl": "read_json(?, format = 'newline_delimited')"}
        query = f"SELECT * FROM {reader.get(path.suffix, 'read_parquet(?)')}"
        cursor = connection.execute(query, [str(path)])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]
