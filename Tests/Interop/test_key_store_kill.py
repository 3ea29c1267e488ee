"""`kill -9` at any instant leaves a key store that opens and holds every key that was acknowledged."""
import random
import signal
import subprocess
import time

ROUNDS = 15


def test_init_killed_leaves_no_store_or_a_whole_one(empty):
    chance = random.Random(1)
    for _ in range(ROUNDS):
        process = empty.start("init")
        time.sleep(chance.uniform(0, 0.04))
        process.kill()
        process.communicate()
        if (empty.home / "keys.db").exists():
            break
    if not (empty.home / "keys.db").exists():
        empty.coffer("init")
    aliases = [alias for key in empty.coffer("keys", "list", "--json").json["keys"] for alias in key["aliases"]]
    assert aliases == ["alias/default", "alias/default-mac"]


def test_changes_killed_lose_nothing_acknowledged(work):
    chance = random.Random(2)
    acknowledged = set()
    for number in range(ROUNDS):
        names = [f"alias/k{number}-{part}" for part in range(3)]
        processes = [(name, work.start("keys", "create", name)) for name in names]
        time.sleep(chance.uniform(0, 0.08))
        for name, process in processes:
            process.send_signal(signal.SIGKILL)
            out, _ = process.communicate()
            if process.returncode == 0 or name.encode() in out:
                acknowledged.add(name)
    work.coffer("keys", "create", "alias/last")
    listed = {alias for key in work.coffer("keys", "list", "--json").json["keys"] for alias in key["aliases"]}
    assert acknowledged | {"alias/default", "alias/default-mac", "alias/last"} <= listed
    check = subprocess.run(
        ["python3", "-c", "import sqlite3,sys; print(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchone()[0])",
         str(work.home / "keys.db")], capture_output=True, text=True, check=True)
    assert check.stdout.strip() == "ok"


def test_writers_at_once_all_succeed(work):
    processes = [work.start("keys", "create", f"alias/at-once-{number}") for number in range(12)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
    assert len(work.coffer("keys", "list", "--json").json["keys"]) == 14
