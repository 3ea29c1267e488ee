"""What happens to keys by itself is on the record, once, whoever's change it happened in."""
import collections
import json
import time

from support.clock import later
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
