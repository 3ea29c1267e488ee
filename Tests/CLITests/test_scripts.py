"""Runs the scripts in this folder: what a user types, and what must come of it.

A line is a command. Files to begin with follow the commands, each after a line `-- NAME --`.

    coffer ARGUMENTS          runs it; it must succeed
    ! coffer ARGUMENTS        runs it; it must end with 2
    stdout 'REGEX'            the last output matches (! stdout: does not); stderr likewise
    exists FILE …             (! exists) after what ran
    file FILE 'REGEX'         the content of a file matches (! file: does not)
    mode FILE 600             its permissions
    env NAME=VALUE            for what follows; $WORK is the folder of the test
    stdin FILE                for the next command
    chmod 644 FILE, rm FILE, cp A B, mv A B, edit FILE 'OLD' 'NEW'
    duckdb FILE 'SQL' …       statements by DuckDB alone; the rows are then the last output
    skip 'REASON'
"""
import pathlib
import re
import shlex
import shutil

import duckdb
import pytest

from support.workspace import Workspace

HERE = pathlib.Path(__file__).parent
FILE_MARK = re.compile(r"^-- (\S+) --$", re.MULTILINE)


class Script:
    def __init__(self, path: pathlib.Path, work: Workspace):
        self.path = path
        self.work = work
        self.variables: dict[str, str] = {}
        self.out = self.err = ""
        self.stdin: bytes | None = None

    def run(self) -> None:
        commands, *files = FILE_MARK.split(self.path.read_text())
        for name, content in zip(files[::2], files[1::2]):
            self.work.write(name, content.removeprefix("\n"))
        for number, line in enumerate(commands.splitlines(), start=1):
            words = shlex.split(line, comments=True)
            if not words:
                continue
            negated = words[0] == "!"
            words = words[negated:]
            try:
                getattr(self, f"do_{words[0]}")(negated, *map(self.expand, words[1:]))
            except AssertionError as failure:
                raise AssertionError(
                    f"{self.path.name}:{number}: {line}\n{failure}\nstdout: {self.out}\nstderr: {self.err}"
                ) from None

    def expand(self, word: str) -> str:
        return word.replace("$WORK", str(self.work.root))

    def file(self, name: str) -> pathlib.Path:
        return self.work.path / name

    def do_coffer(self, negated, *arguments):
        result = self.work.coffer(*arguments, code=None, env=self.variables, stdin=self.stdin)
        self.out, self.err, self.stdin = result.out, result.err, None
        assert result.code == (2 if negated else 0), f"exit {result.code}"

    def do_stdout(self, negated, pattern):
        self.matches(negated, pattern, self.out)

    def do_stderr(self, negated, pattern):
        self.matches(negated, pattern, self.err)

    def matches(self, negated, pattern, text):
        found = re.search(pattern, text, re.MULTILINE) is not None
        assert found != negated, f"{'' if negated else 'no '}match of {pattern!r}"

    def do_exists(self, negated, *names):
        for name in names:
            assert self.file(name).exists() != negated, f"{name} {'exists' if negated else 'does not exist'}"

    def do_file(self, negated, name, pattern):
        self.matches(negated, pattern, self.file(name).read_bytes().decode(errors="replace"))

    def do_mode(self, negated, name, mode):
        found = f"{self.file(name).stat().st_mode & 0o777:o}"
        assert (found == mode) != negated, f"{name} has {found}"

    def do_env(self, negated, assignment):
        name, _, value = assignment.partition("=")
        self.variables[name] = value

    def do_stdin(self, negated, name):
        self.stdin = self.file(name).read_bytes()

    def do_chmod(self, negated, mode, name):
        self.file(name).chmod(int(mode, 8))

    def do_rm(self, negated, name):
        self.file(name).unlink()

    def do_cp(self, negated, source, target):
        shutil.copy(self.file(source), self.file(target))

    def do_mv(self, negated, source, target):
        self.file(source).rename(self.file(target))

    def do_edit(self, negated, name, old, new):
        text = self.file(name).read_text()
        assert old in text, f"{name} does not contain {old!r}"
        self.file(name).write_text(text.replace(old, new))

    def do_duckdb(self, negated, name, *statements):
        with duckdb.connect(str(self.file(name))) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        self.out, self.err = "\n".join(" ".join(map(str, row)) for row in rows), ""

    def do_skip(self, negated, reason):
        pytest.skip(reason)


@pytest.mark.parametrize("path", sorted(HERE.glob("*.txt")), ids=lambda path: path.stem)
def test_script(path, empty):
    Script(path, empty).run()
