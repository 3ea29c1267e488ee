"""What happens to keys by itself is on the record, once, whoever's change it happened in and whoever is killed over it."""
import collections
import json
import shutil
import signal
import sqlite3
import time

import pytest

from support.clock import killed_at_sync, later
from support.service import Service, wait_until


def recorded(work):
    events = [json.loads(line) for line in work.coffer("audit", "export").out.splitlines()]
    return collections.Counter(
        (event["eventName"], event["resources"][0]["ARN"].split("/")[-1]) for event in events if event["resources"])


def key_id(work, alias):
    return work.coffer("keys", "show", alias, "--json").json["key"]["id"].removeprefix("coffer:")


def test_a_rotation_within_another_change_is_recorded_once(work):
    key = key_id(work, "alias/default")
    work.coffer("keys", "rotation", "alias/default", "--every", "90")
    work.coffer("keys", "tag", "alias/default-mac", "a=b", env=later(91))
    for command in ("list", "destroy-due"):
        work.coffer("keys", command, env=later(92))
    assert recorded(work)["RotateKey", key] == 1


def test_a_look_that_destroys_records_it(work):
    work.coffer("keys", "create", "alias/old")
    key = key_id(work, "alias/old")
    work.coffer("keys", "delete", "alias/old", "--days", "7")
    for _ in range(2):
        work.coffer("keys", "list", env=later(8))
    assert recorded(work)["DeleteKey", key] == 1


def test_destroy_due_beside_a_running_service_is_recorded_once(work):
    ids = []
    for alias in ("alias/a", "alias/b"):
        work.coffer("keys", "create", alias)
        ids.append(key_id(work, alias))
    # To the service, both are due in some seconds.
    for alias in ("alias/a", "alias/b"):
        work.coffer("keys", "delete", alias, "--days", "7")
    running = Service(work).start(env=later(7 - 3 / 86400))
    try:
        done = work.coffer("keys", "destroy-due", "--json", env=later(7.001)).json["destroyed"]
        assert len(done) <= 2
        time.sleep(4)
        work.coffer("keys", "destroy-due", "--json", env=later(8))
    finally:
        assert running.stop() == 0
    counts = recorded(work)
    assert [counts["DeleteKey", key] for key in ids] == [1, 1]


def test_a_service_records_what_it_destroys(work):
    work.coffer("keys", "create", "alias/old")
    key = key_id(work, "alias/old")
    work.coffer("keys", "delete", "alias/old", "--days", "7")
    running = Service(work).start(env=later(8))
    try:
        wait_until(lambda: recorded(work)["DeleteKey", key] == 1, 60)
    finally:
        assert running.stop() == 0
    work.coffer("keys", "list", env=later(9))
    assert recorded(work)["DeleteKey", key] == 1


def events(work):
    return [json.loads(line) for line in work.coffer("audit", "export", env=later(100)).out.splitlines()]


def test_an_event_says_what_happened_and_when(work):
    key = key_id(work, "alias/default")
    work.coffer("keys", "rotation", "alias/default", "--every", "90")
    before = time.time() + 100 * 86400 - 1
    work.coffer("keys", "list", env=later(100))
    (event,) = [event for event in events(work) if event["eventName"] == "RotateKey"]
    said = event["requestParameters"]
    assert said["keyId"].endswith(key) and said["version"] == 2
    assert said["happened"] >= time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before))


def pending(work):
    with sqlite3.connect(work.home / "keys.db") as connection:
        return connection.execute("SELECT count(*), max(tried) FROM due_events").fetchone()


@pytest.mark.parametrize("command", [["list"], ["tag", "alias/default-mac", "a=b"]], ids=["list", "tag"])
def test_a_process_killed_at_any_moment_has_each_event_recorded_once(work, command):
    rotated = key_id(work, "alias/default")
    work.coffer("keys", "rotation", "alias/default", "--every", "90")
    work.coffer("keys", "create", "alias/old")
    gone = key_id(work, "alias/old")
    work.coffer("keys", "delete", "alias/old", "--days", "7")
    before = work.root / "before"
    shutil.copytree(work.home, before)
    moments = set()
    for number in range(1, 100):
        shutil.rmtree(work.home)
        shutil.copytree(before, work.home)
        process = work.start("keys", *command, env=killed_at_sync(number) | later(100))
        _, err = process.communicate(timeout=60)
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, err.decode()
        count, tried = pending(work)
        moments.add("none yet" if count == 0 else "noted" if tried < 0 else "tried")
        work.coffer("keys", "list", env=later(100))
        assert pending(work) == (0, None), number
        counts = collections.Counter(
            (event["eventName"], resource["ARN"].split("/")[-1])
            for event in events(work) for resource in event["resources"])
        assert (counts["RotateKey", rotated], counts["DeleteKey", gone]) == (1, 1), number
    else:
        raise AssertionError("the command was killed a hundred times")
    # Were there no such moments, nothing was tried here.
    assert number > 3 and moments == {"none yet", "noted", "tried"}


def test_a_service_that_is_killed_leaves_what_it_destroyed_for_the_record(work):
    work.coffer("keys", "create", "alias/old")
    key = key_id(work, "alias/old")
    running = Service(work)
    running.access_key()
    # Seven days ago but for some seconds.
    work.coffer("keys", "delete", "alias/old", "--days", "7", env=later(-7 + 5 / 86400))
    running.start()
    try:
        client = running.client()
        # A request does what is due; the service looks each minute for what is to be recorded.
        wait_until(lambda: key not in [one["KeyId"] for one in client.list_keys()["Keys"]], 60)
    finally:
        running.kill()
    for _ in range(2):
        work.coffer("keys", "list")
    assert recorded(work)["DeleteKey", key] == 1
    assert pending(work) == (0, None)
