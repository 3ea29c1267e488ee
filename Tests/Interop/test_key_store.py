"""The key store from outside: edited by another program, rolled back by a row, cut off, killed, used by several at once."""
import os
import random
import shutil
import signal
import sqlite3
import time

import pytest

ROUNDS = int(os.environ.get("COFFER_KILLS", "3")) * 5


def store(work):
    return work.home / "keys.db"


def sql(work, statement: str, *values) -> None:
    connection = sqlite3.connect(store(work))
    with connection:
        connection.execute(statement, values)
    connection.close()


def rows(work, table: str) -> list[tuple]:
    connection = sqlite3.connect(store(work))
    try:
        return connection.execute(f"SELECT * FROM {table}").fetchall()
    finally:
        connection.close()


def refused(work) -> None:
    """Opening is refused in a sentence, and nothing is changed."""
    before = {path: path.read_bytes() for path in work.files(record=False)}
    result = work.coffer("keys", "list", code=2)
    assert result.err.startswith("coffer: ") and result.out == ""
    assert {path: path.read_bytes() for path in work.files(record=False)} == before
    work.coffer("keys", "rotate", "alias/default", code=2)
    assert {path: path.read_bytes() for path in work.files(record=False)} == before


EDITS = {
    "a key enabled again": "UPDATE keys SET enabled = 1 - enabled",
    "a version enabled again": "UPDATE versions SET enabled = 1 - enabled",
    "aliases turned to each other's key": "UPDATE aliases SET key = (SELECT id FROM keys WHERE id <> aliases.key)",
    "another usage": "UPDATE keys SET usage = 'GENERATE_VERIFY_MAC'",
    "an older date": "UPDATE keys SET created = created - 1000",
    "sealed material altered": "UPDATE versions SET sealed = zeroblob(length(sealed))",
    "material of another key": "UPDATE versions SET sealed = (SELECT sealed FROM versions ORDER BY key DESC LIMIT 1)",
    "another version number": "UPDATE versions SET number = number + 10",
    "a key removed": "DELETE FROM keys WHERE id = (SELECT min(id) FROM keys)",
    "a version removed": "DELETE FROM versions WHERE number = (SELECT max(number) FROM versions)",
    "an alias removed": "DELETE FROM aliases WHERE name = 'alias/default'",
    "a generation later": "UPDATE root SET generation = generation + 1",
    "a generation earlier": "UPDATE root SET generation = generation - 1",
    "no root": "DELETE FROM root",
    "no seal": "DELETE FROM seal",
    "another kind of seal": "UPDATE seal SET kind = 'passphrase'",
    "a scrypt without end": "UPDATE seal SET kind = 'passphrase', log_n = 62, salt = zeroblob(16), nonce = zeroblob(12),"
                            " sealed = zeroblob(48)",
    "a table removed": "DROP TABLE aliases",
    "a trigger": "CREATE TRIGGER t AFTER UPDATE ON root BEGIN DELETE FROM keys; END",
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_store_does_not_open(work, name):
    work.coffer("keys", "rotate", "alias/default")
    sql(work, EDITS[name])
    refused(work)


@pytest.mark.parametrize("table", ["keys", "versions", "aliases", "root"])
def test_an_older_copy_of_one_table_does_not_open(work, table):
    old = rows(work, table)
    work.coffer("keys", "rotate", "alias/default")
    work.coffer("keys", "disable", "alias/default", "--version", "1")
    work.coffer("keys", "create", "alias/more")
    work.coffer("keys", "disable", "alias/more")
    sql(work, f"DELETE FROM {table}")
    for row in old:
        sql(work, f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *row)
    refused(work)


def test_a_broken_file_is_a_sentence(work):
    content = store(work).read_bytes()
    for broken in (b"", b"no database", content[:100], content[:5000], b"\0" * 4096, content[:-4096] + b"\xff" * 4096):
        store(work).write_bytes(broken)
        result = work.coffer("keys", "list", code=None)
        assert result.code in (0, 2)
        assert result.code == 0 or result.err.startswith("coffer: ")
        assert broken not in (b"", b"no database", content[:100], content[:5000], b"\0" * 4096) or result.code == 2
    store(work).write_bytes(content)
    work.coffer("keys", "list")


def test_a_broken_root_key_is_a_sentence(work):
    content = work.root_key.read_bytes()
    *comments, key = content.splitlines(keepends=True)
    head = b"".join(comments)
    for broken in (b"", b"x" * 10, head, head + key[:-4], head + key[:8] + b"\0" + key[9:], b"\xff" * 300):
        work.root_key.write_bytes(broken)
        assert work.coffer("keys", "list", code=2).err.startswith("coffer: ")
    work.root_key.write_bytes(content)
    work.coffer("keys", "list")


def test_a_passphrase_seals_a_store(empty):
    first = {"COFFER_PASSPHRASE": "correct horse battery staple"}
    empty.coffer("init", "--passphrase", env=first)
    assert not empty.root_key.exists()
    empty.coffer("keys", "list", env=first)
    empty.coffer("keys", "list", env={"COFFER_PASSPHRASE": "wrong"}, code=2)
    assert "COFFER_PASSPHRASE" in empty.coffer("keys", "list", code=2).err
    for path in empty.files():
        assert b"correct horse" not in path.read_bytes()


def test_the_store_opens_after_a_process_was_killed_at_any_instant(work):
    seed = time.time_ns() % 1_000_000
    chance = random.Random(seed)
    made = 0
    for round in range(ROUNDS):
        process = work.start("keys", "create", f"alias/k{round}")
        time.sleep(chance.uniform(0, 0.06))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        listed = work.coffer("keys", "list", "--json").json["keys"]
        assert 0 <= len(listed) - 2 - made <= 1, f"seed {seed}, round {round}"
        made = len(listed) - 2
    work.coffer("keys", "create", "alias/last")


def test_several_processes_create_keys_at_once(work):
    processes = [work.start("keys", "create", f"alias/k{n}") for n in range(8)]
    codes = [process.wait(60) for process in processes if process.communicate() is not None]
    assert codes == [0] * 8
    assert len(work.coffer("keys", "list", "--json").json["keys"]) == 10


def test_a_copy_of_the_folder_is_no_copy_of_the_keys(work, tmp_path):
    shutil.copytree(work.home, tmp_path / "copy")
    result = work.coffer(
        "keys", "list", code=2, env={"COFFER_HOME": str(tmp_path / "copy"), "COFFER_ROOT_KEY": str(tmp_path / "none.key")}
    )
    assert "none.key" in result.err
