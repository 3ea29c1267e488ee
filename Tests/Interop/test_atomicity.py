"""A load is whole or not at all: errors in the middle of the stream, kill -9 at any instant, Ctrl-C."""
import os
import random
import signal
import time

import pytest

from support.places import DATABASES, DESTINATIONS, FILES, Place, engine

ROWS = 60_000
# How often a process is killed for each destination and mode; scripts/soak asks for many more.
KILLS = int(os.environ.get("COFFER_KILLS", "3"))

CASES = [(kind, mode) for kind in DATABASES for mode in ("replace", "append", "merge")]
CASES += [(kind, "replace") for kind in FILES]
CASES += [("folder", "replace"), ("folder", "append")]

FIELDS = {"id": "keep", "tag": "keep", "secret": {"encrypt": {"bind": ["id"]}}}
OLD = [{"id": n, "tag": "old", "secret": f"old-secret-{n}"} for n in (1, 2, 3)]


def target_of(kind, work, postgres) -> Place:
    if kind == "folder":
        place = Place("parquet", work, name="t")
        place.file = work.path / "out"
        return place
    return Place(kind, work, postgres)


def destination_of(kind, place, mode) -> dict:
    named = place.destination(write=mode)
    if kind == "folder":
        named = {"path": f"{place.file}/", "format": "parquet", "write": mode}
    if mode == "merge":
        named["primary_key"] = ["id"]
    return named


def load_old(kind, mode, work, postgres) -> Place:
    place = target_of(kind, work, postgres)
    lines = "".join(f"{row['id']},{row['tag']},{row['secret']}\n" for row in OLD)
    source = work.write("old.csv", "id,tag,secret\n" + lines)
    first = "replace" if mode == "merge" else mode
    destination = destination_of(kind, place, mode if kind in DATABASES else first)
    work.run({"path": str(source), "types": {"id": "bigint"}}, destination, FIELDS, dataset="t")
    assert len(place.rows()) == 3
    return place


def csv_with(work, name: str, last: bytes, rows: int = ROWS) -> dict:
    """A long file whose last line is the trouble."""
    path = work.path / name
    with open(path, "wb") as file:
        file.write(b"id,tag,secret\n")
        for number in range(rows):
            file.write(b"%d,new,new-secret-%d\n" % (number, number))
        file.write(last)
    return {"path": str(path), "types": {"id": "bigint"}}


def left_behind(work, before) -> set:
    return {str(path.relative_to(work.root)) for path in work.files(record=False)} - before


def snapshot(work) -> set:
    return {str(path.relative_to(work.root)) for path in work.files(record=False)}


TROUBLES = {
    "a row with a column too many": b"60000,new,x,TROUBLE\n",
    "a number that is none": b"TROUBLE,new,x\n",
    "text that is no UTF-8": b"60000,TROUBLE\xff\xfe,x\n",
    "a quote that is never closed": b'60000,new,"TROUBLE\n' + b"1,new,x\n" * 10,
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("kind,mode", CASES)
def test_an_error_late_in_a_file_leaves_the_old_table(work, postgres, kind, mode, trouble):
    place = load_old(kind, mode, work, postgres)
    source = csv_with(work, "new.csv", TROUBLES[trouble])
    if "quote" in trouble:
        # Without a quoted value in it the file would be taken for one that has no quotes.
        source["csv"] = {"quote": '"'}
    pipeline = work.pipeline({
        "source": source, "destination": destination_of(kind, place, mode), "fields": FIELDS, "dataset": "t",
    })
    state, files = place.state(), snapshot(work)
    result = work.coffer("run", pipeline, code=2)
    assert "TROUBLE" not in result.err + result.out, "an error quotes no value"
    assert "new.csv" in result.err
    assert place.state() == state
    assert left_behind(work, files) == set()


@pytest.mark.parametrize("kind,mode", CASES)
def test_a_query_that_fails_midway_leaves_the_old_table(work, postgres, kind, mode):
    place = load_old(kind, mode, work, postgres)
    postgres.execute(
        f"CREATE TABLE origin AS SELECT n::bigint AS id, 'new'::text AS tag, 'secret-' || n AS secret,"
        f" CASE WHEN n = {ROWS} THEN 0 ELSE 1 END AS divisor FROM generate_series(1, {ROWS}) AS n"
    )
    pipeline = work.pipeline({
        "source": {"postgres": postgres.uri, "query": "SELECT id * 1 / divisor AS id, tag, secret FROM origin"},
        "destination": destination_of(kind, place, mode), "fields": FIELDS, "dataset": "t",
    })
    state, files = place.state(), snapshot(work)
    result = work.coffer("run", pipeline, code=2)
    assert f"secret-{ROWS}" not in result.err
    assert place.state() == state
    assert left_behind(work, files) == set()


@pytest.mark.parametrize("mode", ["replace", "append", "merge"])
def test_a_zero_byte_into_postgres_leaves_the_old_table(work, postgres, mode):
    place = load_old("postgres", mode, work, postgres)
    source = Place("parquet", work, prefix="zero")
    source.fill(
        f"SELECT n AS id, CASE n WHEN {ROWS} THEN 'TROUBLE' || chr(0) ELSE 'new' END AS tag, 's' || n AS secret"
        f" FROM range(1, {ROWS + 1}) t(n)"
    )
    pipeline = work.pipeline({
        "source": source.source(), "destination": destination_of("postgres", place, mode), "fields": FIELDS,
        "dataset": "t",
    })
    state = place.state()
    result = work.coffer("run", pipeline, code=2)
    assert "TROUBLE" not in result.err and "tag" in result.err
    assert place.state() == state


@pytest.mark.parametrize("kind", DATABASES)
def test_a_key_twice_in_one_merge_is_refused(work, postgres, kind):
    place = load_old(kind, "merge", work, postgres)
    source = work.write("twice.csv", "id,tag,secret\n1,new,x\n2,new,TROUBLE\n2,new,z\n")
    state = place.state()
    result = work.run(
        {"path": str(source), "types": {"id": "bigint"}}, destination_of(kind, place, "merge"), FIELDS, code=2,
        dataset="t",
    )
    assert "TROUBLE" not in result.err
    assert place.state() == state


@pytest.mark.parametrize("kind,mode", CASES)
def test_new_rows_arrive_as_the_mode_says(work, postgres, kind, mode):
    place = load_old(kind, mode, work, postgres)
    source = work.write("new.csv", "id,tag,secret\n3,new,new-secret-3\n4,new,new-secret-4\n")
    work.run(
        {"path": str(source), "types": {"id": "bigint"}}, destination_of(kind, place, mode), FIELDS, dataset="t"
    )
    expected = {
        "replace": [(3, "new"), (4, "new")],
        "append": [(1, "old"), (2, "old"), (3, "new"), (3, "old"), (4, "new")],
        "merge": [(1, "old"), (2, "old"), (3, "new"), (4, "new")],
    }[mode]
    assert sorted((int(row["id"]), row["tag"]) for row in place.rows()) == expected
    revealed = work.reveal(place.destination(), "--dataset", "t")
    assert sorted((int(row["id"]), row["secret"]) for row in revealed) == sorted(
        (number, f"{tag}-secret-{number}") for number, tag in expected
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind,mode", CASES)
def test_a_process_killed_at_any_instant_leaves_the_old_or_the_new_table(work, postgres, kind, mode):
    place = load_old(kind, mode, work, postgres)
    old = sorted((int(row["id"]), row["tag"]) for row in place.rows())
    source = csv_with(work, "new.csv", b"")
    pipeline = work.pipeline({
        "source": source, "destination": destination_of(kind, place, mode), "fields": FIELDS, "dataset": "t",
    })
    seed = int(os.environ.get("COFFER_SEED", str(time.time_ns() % 1_000_000)))
    chance = random.Random(seed)
    duration = 2.0
    for round in range(KILLS):
        begun = time.monotonic()
        process = work.start("run", pipeline)
        try:
            process.wait(chance.uniform(0, duration))
            duration = (time.monotonic() - begun) * 1.05
        except Exception:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        rows = settled(place)
        tags = sorted((int(row["id"]), row["tag"]) for row in rows)
        fresh = sum(tag == "new" for _, tag in tags)
        said = f"seed {seed}, round {round}: {len(tags)} rows, {fresh} of them new"
        if fresh:
            assert fresh % ROWS == 0, said
            if mode == "replace":
                assert fresh == len(tags), said
        else:
            assert tags == old, said
        plain = [path for path in work.files() if path.name != "new.csv" and contains(path, b"new-secret-1234")]
        assert plain == [], f"{said}: plain values were left in a file"
        revealed = work.reveal(place.destination(), "--dataset", "t", "--where", "id = 2")
        assert {row["secret"] for row in revealed} <= {"old-secret-2", "new-secret-2"} and revealed, said
    work.coffer("run", pipeline)
    assert sum(row["tag"] == "new" for row in settled(place)) % ROWS == 0


def settled(place: Place) -> list[dict]:
    """The rows, once a database has noticed that its client is gone."""
    for _ in range(50):
        if place.kind != "postgres" or not place.postgres.rows(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state <> 'idle' AND backend_type = 'client backend'"
        ):
            break
        time.sleep(0.1)
    return place.rows()


def contains(path, needle: bytes) -> bool:
    return needle in path.read_bytes()


@pytest.mark.parametrize("kind,mode", [("duckdb", "replace"), ("postgres", "merge"), ("parquet", "replace"),
                                       ("sqlite", "append")])
def test_ctrl_c_leaves_the_old_table_and_says_so(work, postgres, kind, mode):
    place = load_old(kind, mode, work, postgres)
    source = csv_with(work, "new.csv", b"", rows=20 * ROWS)
    state, files = place.state(), snapshot(work)
    pipeline = work.pipeline({
        "source": source, "destination": destination_of(kind, place, mode), "fields": FIELDS, "dataset": "t",
    })
    files = snapshot(work)
    process = work.start("run", pipeline)
    time.sleep(0.5)
    if process.poll() is not None:
        pytest.skip("the run was over before it could be interrupted")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    if process.returncode == 0:
        pytest.skip("the run was over before it could be interrupted")
    assert process.returncode in (2, 130, -signal.SIGINT), err.decode()
    settled(place)
    assert place.state() == state
    assert left_behind(work, files) == set()


def test_a_source_that_changes_while_it_is_read_is_noticed(work):
    path = work.path / "growing.csv"
    with open(path, "wb") as file:
        file.write(b"id,tag,secret\n" + b"1,new,x\n" * 200_000)
    target = Place("duckdb", work)
    pipeline = work.pipeline({
        "source": {"path": str(path)}, "destination": target.destination(), "fields": FIELDS | {"id": "keep"},
    })
    process = work.start("run", pipeline)
    while process.poll() is None:
        with open(path, "ab") as file:
            file.write(b"2,new,y\n")
        time.sleep(0.01)
    _, err = process.communicate()
    assert process.returncode == 2, err.decode()
    assert "growing.csv" in err.decode()
    assert not target.file.exists() or not target.rows()
