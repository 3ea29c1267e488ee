"""The life of a key from outside: what becomes of it as the days go by, and when a process is killed on the way."""
import os
import random
import signal
import sqlite3
import time

from support.clock import later

ROUNDS = int(os.environ.get("COFFER_KILLS", "3")) * 4
PEOPLE = "id,email\n1,ada@example.org\n2,grace@example.org\n"


def show(work, key: str, **options) -> dict:
    return work.coffer("keys", "show", key, "--json", **options).json["key"]


def sealed_material(work, alias: str) -> list[bytes]:
    connection = sqlite3.connect(work.home / "keys.db")
    try:
        rows = connection.execute(
            "SELECT sealed FROM versions WHERE key = (SELECT key FROM aliases WHERE name = ?)", (alias,)).fetchall()
    finally:
        connection.close()
    return [sealed for (sealed,) in rows]


def anywhere(work, what: bytes) -> bool:
    return any(what in path.read_bytes() for path in work.root.rglob("*") if path.is_file())


def table(work):
    work.write("people.csv", PEOPLE)
    destination = {"path": "protected.csv"}
    work.run({"path": "people.csv"}, destination, {"id": "keep", "email": "encrypt"}, key="alias/default")
    return destination


def test_a_key_waits_and_is_destroyed(work):
    work.coffer("keys", "create", "alias/old")
    for _ in range(3):
        work.coffer("keys", "rotate", "alias/old")
    (*_, last) = materials = sealed_material(work, "alias/old")
    assert len(materials) == 4 and all(anywhere(work, material) for material in materials)
    said = work.coffer("keys", "delete", "alias/old", "--days", "7")
    assert "cancel-deletion" in said.err
    key = show(work, "alias/old", env=later(6))
    assert key["state"] == "PendingDeletion" and not key["enabled"] and key["deletion_date"]
    for command in ("rotate", "enable", "disable", "delete"):
        assert "pending deletion" in work.coffer("keys", command, "alias/old", code=2).err
    done = work.coffer("keys", "destroy-due", "--json", env=later(7.1)).json["destroyed"]
    assert [(entry["id"], entry["aliases"]) for entry in done] == [(key["id"], ["alias/old"])]
    for material in materials:
        assert not anywhere(work, material) and not anywhere(work, material[:16]) and not anywhere(work, material[-16:])
    assert "destroyed on" in work.coffer("keys", "show", key["id"], code=2).err
    assert work.coffer("keys", "destroy-due", "--json", env=later(8)).json["destroyed"] == []


def test_every_command_destroys_what_is_due_and_says_so(work):
    work.coffer("keys", "create", "alias/old")
    (material,) = sealed_material(work, "alias/old")
    work.coffer("keys", "delete", "alias/old")
    listed = work.coffer("keys", "list", "--json", env=later(30.1))
    assert "alias/old was destroyed" in listed.err
    assert [key["aliases"] for key in listed.json["keys"]] == [["alias/default"], ["alias/default-mac"]]
    assert not anywhere(work, material)


def test_a_key_is_taken_back(work):
    destination = table(work)
    work.coffer("keys", "delete", "alias/default", "--force")
    assert "can't be revealed" in work.reveal(destination, code=2).err
    work.coffer("keys", "cancel-deletion", "alias/default")
    assert show(work, "alias/default")["state"] == "Disabled"
    work.coffer("keys", "enable", "alias/default")
    assert len(work.reveal(destination, env=later(60))) == 2
    assert "not pending" in work.coffer("keys", "cancel-deletion", "alias/default", code=2).err


def test_a_key_that_data_needs_is_not_deleted_unless_forced(work):
    destination = table(work)
    refused = work.coffer("keys", "delete", "alias/default", code=2)
    assert "protected.csv" in refused.err and "--force" in refused.err
    forced = work.coffer("keys", "delete", "alias/default", "--force", "--days", "7")
    assert "protected.csv" in forced.err and "lost" in forced.err
    assert "destroyed" in work.reveal(destination, code=2, env=later(8)).err


def test_the_waiting_period_has_limits(work):
    for days in ("0", "6", "31", "-7", "1e9", "99999999999999999999"):
        assert work.coffer("keys", "delete", "alias/default", f"--days={days}", code=2).err.startswith("coffer: ")
    assert show(work, "alias/default")["state"] == "Enabled"


def test_a_destruction_that_is_killed_is_finished_by_the_next_command(work):
    chance = random.Random(3)
    for number in range(ROUNDS):
        alias = f"alias/k{number}"
        work.coffer("keys", "create", alias)
        (material,) = sealed_material(work, alias)
        work.coffer("keys", "delete", alias, "--days", "7")
        process = work.start("keys", "destroy-due", env=later(8))
        time.sleep(chance.uniform(0, 0.08))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        work.coffer("keys", "list", env=later(8))
        assert not anywhere(work, material), f"round {number}"
    assert len(work.coffer("keys", "list", "--json").json["keys"]) == 2


def test_a_key_rotates_on_its_day(work):
    destination = table(work)
    said = work.coffer("keys", "rotation", "alias/default", "--every", "90")
    assert "every 90 days" in said.err
    assert len(show(work, "alias/default", env=later(89))["versions"]) == 1
    key = show(work, "alias/default", env=later(90.1))
    assert len(key["versions"]) == 2 and key["rotation"]["days"] == 90
    assert len(work.reveal(destination)) == 2
    work.coffer("keys", "rotation", "alias/default", "--off")
    assert len(show(work, "alias/default", env=later(2000))["versions"]) == 2
    for arguments in (["--every", "89"], ["--every", "2561"], [], ["--every", "90", "--off"], ["--every", "x"]):
        work.coffer("keys", "rotation", "alias/default", *arguments, code=2)
    assert "MAC" in work.coffer("keys", "rotation", "alias/default-mac", "--every", "90", code=2).err


def test_a_key_says_what_it_is_about_and_when_it_was_used(work):
    assert "last_use" not in show(work, "alias/default")
    table(work)
    work.coffer("keys", "tag", "alias/default", "team=crm", "class=personal data")
    work.coffer("keys", "untag", "alias/default", "team")
    work.coffer("keys", "description", "alias/default", "names of customers")
    key = show(work, "alias/default")
    assert key["tags"] == [{"name": "class", "value": "personal data"}]
    assert key["description"] == "names of customers"
    assert key["last_use"]["operation"] == "GenerateDataKey"
    shown = work.coffer("keys", "show", "alias/default").out
    assert "names of customers" in shown and "class=personal data" in shown and "GenerateDataKey" in shown
    for tag in ("team", "=x", "aws:x=1", "a;b=1", "a=" + "x" * 257):
        assert work.coffer("keys", "tag", "alias/default", tag, code=2).err.startswith("coffer: ")


def test_the_root_key_is_rotated(work):
    destination = table(work)
    old = work.root_key.read_text().splitlines()[-1]
    rotation = work.coffer("keys", "rotate-root", "--json").json
    assert old.split(" ")[1] == rotation["previous"] != rotation["current"]
    lines = [line for line in work.root_key.read_text().splitlines() if not line.startswith("#")]
    assert lines[0].split(" ")[1] == rotation["current"] and lines[1] == old
    assert work.root_key.stat().st_mode & 0o777 == 0o600
    assert len(work.reveal(destination)) == 2
    alone = work.write("alone.key", old + "\n")
    alone.chmod(0o600)
    work.coffer("keys", "list", code=2, env={"COFFER_ROOT_KEY": str(alone)})
    work.coffer("keys", "rotate-root", "--forget")
    assert old not in work.root_key.read_text()
    assert len(work.reveal(destination)) == 2


def test_a_passphrase_is_changed(empty):
    first = {"COFFER_PASSPHRASE": "correct horse battery staple"}
    empty.coffer("init", "--passphrase", env=first)
    empty.coffer("keys", "rotate-root", "--new-passphrase", env=first, code=2)
    empty.coffer("keys", "rotate-root", "--new-passphrase", env=first | {"COFFER_NEW_PASSPHRASE": "another horse"})
    assert "passphrase" in empty.coffer("keys", "list", env=first, code=2).err
    empty.coffer("keys", "list", env={"COFFER_PASSPHRASE": "another horse"})


def test_a_rotation_of_the_root_key_that_is_killed_loses_nothing(work):
    destination = table(work)
    chance = random.Random(4)
    for number in range(ROUNDS):
        process = work.start("keys", "rotate-root", "--forget")
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        work.coffer("keys", "rotate", "alias/default")
    assert len(work.reveal(destination)) == 2
    assert len(show(work, "alias/default")["versions"]) == ROUNDS + 1


def test_a_backup_brings_a_lost_store_back(work):
    destination = table(work)
    made = work.coffer("keys", "backup", "b", "--json").json
    assert made["keys"] == 2 and made["versions"] == 2
    backup = work.path / "b"
    assert backup.stat().st_mode & 0o777 == 0o600 and b"alias/" not in backup.read_bytes()
    assert work.coffer("keys", "restore", "b", "--verify", "--json").json == made
    assert "already" in work.coffer("keys", "backup", "b", code=2).err
    assert "--force" in work.coffer("keys", "restore", "b", code=2).err
    for path in work.home.glob("keys.db*"):
        path.unlink()
    assert "destroyed after" in work.coffer("keys", "restore", "b").err
    assert len(work.reveal(destination)) == 2


def test_a_damaged_backup_is_refused_and_changes_nothing(work):
    work.coffer("keys", "backup", "b")
    content = (work.path / "b").read_bytes()
    before = (work.home / "keys.db").read_bytes()
    for bad in (b"", b"x", content[:50], content[:-1], content + b"x", content[:-40] + b"\0" * 40):
        (work.path / "b").write_bytes(bad)
        for flags in (["--verify"], ["--force"]):
            assert work.coffer("keys", "restore", "b", *flags, code=2).err.startswith("coffer: ")
    assert (work.home / "keys.db").read_bytes() == before


def test_a_restore_does_not_bring_a_destroyed_key_back(work):
    work.coffer("keys", "create", "alias/old")
    (material,) = sealed_material(work, "alias/old")
    work.coffer("keys", "backup", "b")
    work.coffer("keys", "delete", "alias/old", "--days", "7")
    work.coffer("keys", "destroy-due", env=later(8))
    said = work.coffer("keys", "restore", "b", "--force", env=later(8))
    assert "alias/old stays destroyed" in said.err
    aliases = [key["aliases"] for key in work.coffer("keys", "list", "--json", env=later(8)).json["keys"]]
    assert aliases == [["alias/default"], ["alias/default-mac"]]
    assert not anywhere(work, material)


def test_a_restore_that_is_killed_leaves_the_old_store_or_the_new_one(work):
    destination = table(work)
    work.coffer("keys", "backup", "b")
    chance = random.Random(5)
    for _ in range(ROUNDS):
        work.coffer("keys", "create", "alias/more")
        process = work.start("keys", "restore", "b", "--force")
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert len(work.coffer("keys", "list", "--json").json["keys"]) in (2, 3)
        work.coffer("keys", "restore", "b", "--force")
    assert len(work.reveal(destination)) == 2
