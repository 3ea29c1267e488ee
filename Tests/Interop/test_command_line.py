"""The command line: what it prints where, what it writes and does not, exit codes."""
import json
import os
import pty
import stat

import pytest

from support.places import DESTINATIONS, Place, engine

FIELDS = {"id": "keep", "secret": {"encrypt": {"bind": ["id"]}}, "name": {"mask": {"keep_first": 1}}, "note": "drop"}


@pytest.fixture
def source(work) -> dict:
    return {"path": str(work.write("rows.csv", "id,secret,name,note\n1,s1,Ada,x\n2,s2,Bo,y\n")), "types": {"id": "bigint"}}


@pytest.mark.parametrize("destination", DESTINATIONS)
def test_a_dry_run_prints_the_plan_and_writes_nothing(work, postgres, source, destination):
    place = Place(destination, work, postgres)
    pipeline = work.pipeline({"source": source, "destination": place.destination(), "fields": FIELDS})
    before = {path: path.read_bytes() for path in work.files(record=False)}
    result = work.coffer("run", pipeline, "--dry-run")
    for word in ("id", "secret", "name", "note", "keep", "mask", "drop", "encrypt", "alias/default"):
        assert word in result.out
    assert {path: path.read_bytes() for path in work.files(record=False)} == before
    assert not place.exists()
    assert destination != "postgres" or postgres.tables() == []


def test_a_dry_run_as_json(work, source):
    place = Place("duckdb", work)
    result = work.run(source, place.destination(), FIELDS, "--dry-run", "--json")
    plan = result.json
    text = json.dumps(plan)
    for word in ("secret", "encrypt", "alias/default", "mask", "drop"):
        assert word in text
    assert not place.file.exists()


def test_a_dry_run_refuses_what_a_run_refuses(work, source):
    result = work.run(source, Place("duckdb", work).destination(), {"id": "keep"}, "--dry-run", code=2)
    assert "secret" in result.err


def test_a_summary_as_text_and_as_json(work, source):
    place = Place("duckdb", work)
    result = work.run(source, place.destination(), FIELDS)
    assert "2 rows" in result.out + result.err
    result = work.run(source, place.destination(), FIELDS, "--json")
    summary = result.json
    assert '"rows":2' in json.dumps(summary, separators=(",", ":"))


def test_reveal_prints_to_standard_output_and_only_that(work, source):
    place = Place("duckdb", work)
    work.run(source, place.destination(), FIELDS)
    result = work.coffer("reveal", place.file, "--table", "t", "--columns", "id,secret")
    assert "s1" in result.out and "s2" in result.out
    assert "s1" not in result.err


def test_reveal_into_each_form(work, source):
    place = Place("duckdb", work)
    work.run(source, place.destination(), FIELDS)
    for name in ("back.csv", "back.jsonl", "back.parquet"):
        rows = work.reveal(place.destination(), into=name)
        assert sorted(str(row["secret"]) for row in rows) == ["s1", "s2"]
        mode = stat.S_IMODE((work.path / name).stat().st_mode)
        assert mode & 0o077 == 0, f"{name} holds plain values and is open to others ({mode:o})"


def test_reveal_takes_a_pipeline_file(work, source):
    place = Place("duckdb", work)
    pipeline = work.pipeline({"source": source, "destination": place.destination(), "fields": FIELDS})
    work.coffer("run", pipeline)
    assert "s1" in work.coffer("reveal", pipeline).out


def test_commands_say_how_they_are_used(empty):
    for command in ([], ["init"], ["run"], ["reveal"], ["rewrap"], ["keys"], ["keys", "create"], ["keys", "list"],
                    ["keys", "show"], ["keys", "rotate"], ["keys", "enable"], ["keys", "disable"]):
        result = empty.coffer(*command, "--help")
        assert "USAGE: coffer" in result.out, command
        assert result.err == ""
    for option in ("--dry-run", "--json"):
        assert option in empty.coffer("run", "--help").out
    for option in ("--table", "--dataset", "--columns", "--where", "--on-error", "-o"):
        assert option in empty.coffer("reveal", "--help").out
    assert not empty.home.exists(), "help makes no key store"


@pytest.mark.parametrize("arguments", [["frobnicate"], ["run"], ["run", "--nope"], ["reveal"], ["keys", "create"],
                                       ["run", "none.yaml"], ["reveal", "none.parquet"], ["keys", "show", "alias/none"]])
def test_wrong_use_is_exit_2_on_standard_error(work, arguments):
    result = work.coffer(*arguments, code=2)
    assert result.out == "" and result.err


def test_completions(empty):
    for shell in ("bash", "zsh", "fish"):
        assert "coffer" in empty.coffer("--generate-completion-script", shell).out


def test_keys_as_json(work):
    work.coffer("keys", "create", "alias/ssn")
    listed = work.coffer("keys", "list", "--json").json
    text = json.dumps(listed)
    for alias in ("alias/default", "alias/default-mac", "alias/ssn"):
        assert alias in text
    shown = work.coffer("keys", "show", "alias/ssn", "--json").json
    assert "alias/ssn" in json.dumps(shown)


def test_without_a_key_store_the_way_out_is_said(empty):
    source = {"path": str(empty.write("rows.csv", "id,secret\n1,s1\n"))}
    result = empty.run(source, Place("duckdb", empty).destination(), {"id": "keep", "secret": "encrypt"}, code=2)
    assert "coffer init" in result.err
    assert not empty.home.exists()


def test_init_twice_changes_nothing(work):
    before = {path: path.read_bytes() for path in work.files(record=False)}
    work.coffer("init", code=2)
    assert {path: path.read_bytes() for path in work.files(record=False)} == before


def test_without_the_engine_the_way_out_is_said(work, source):
    place = Place("duckdb", work)
    result = work.run(
        source, place.destination(), FIELDS, code=2,
        env={"COFFER_DUCKDB": str(work.path / "no-such.so")},
    )
    assert "no-such.so" in result.err or "duckdb" in result.err.lower()
    assert not place.file.exists()


def test_on_a_terminal_there_is_progress(work):
    path = work.path / "rows.csv"
    with open(path, "w") as file:
        file.write("id,secret\n" + "".join(f"{n},s{n}\n" for n in range(400_000)))
    place = Place("parquet", work)
    pipeline = work.pipeline({
        "source": {"path": str(path)}, "destination": place.destination(), "fields": {"id": "keep", "secret": "encrypt"},
    })
    leader, follower = pty.openpty()
    import subprocess

    process = subprocess.Popen(
        [str(work.coffer_path), "run", str(pipeline)], cwd=work.path, env=work.environment(TERM="xterm"),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=follower,
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            chunk = os.read(leader, 4096)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    assert process.wait() == 0
    os.close(leader)
    assert b" rows" in shown and b"/s" in shown


def test_a_full_disk_is_an_error_and_leaves_nothing(work):
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    place = Place("duckdb", work)
    source = {"path": str(work.write("rows.csv", "id,secret\n1,s1\n"))}
    work.run(source, place.destination(), {"id": "keep", "secret": "encrypt"})
    with open("/dev/full", "wb") as full:
        import subprocess

        done = subprocess.run(
            [str(work.coffer_path), "reveal", str(place.file), "--table", "t"], cwd=work.path, env=work.environment(),
            stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=60,
        )
    assert done.returncode == 2 and done.stderr.startswith(b"coffer: ")


def test_a_reader_that_goes_away_is_no_crash(work):
    origin = Place("parquet", work, prefix="origin").fill(
        "SELECT n AS id, 'secret ' || n AS secret FROM range(100000) t(n)"
    )
    place = Place("parquet", work)
    work.run(origin.source(), place.destination(), {"id": "keep", "secret": "encrypt"})
    process = work.start("reveal", place.file)
    process.stdout.read(10)
    process.stdout.close()
    err = process.stderr.read()
    code = process.wait(60)
    assert code in (0, 2, 141, -13), err.decode()
    assert b"Fatal error" not in err


@pytest.mark.parametrize("pattern", ["COFFER_HOME", "COFFER_ROOT_KEY"])
def test_loose_permissions_are_refused(work, pattern):
    path = work.root_key if pattern == "COFFER_ROOT_KEY" else next(p for p in work.home.rglob("*") if p.is_file())
    path.chmod(0o644)
    result = work.coffer("keys", "list", code=2)
    assert "chmod" in result.err or "600" in result.err
