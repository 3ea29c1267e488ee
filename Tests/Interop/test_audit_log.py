"""The record, from outside: another reader agrees, every command is on it, and no attack on its files goes unnamed."""
import json
import os
import random
import shutil
import signal
import subprocess

import pytest

import coffer_audit

ROWS = "id,name,email\n1,Ada,ada@example.org\n2,Grace,grace@example.org\n"
PIPELINE = """
name: people
source: { path: people.csv }
destination: { path: people.parquet }
fields: { id: keep, name: { mask: { keep_first: 1 } }, email: encrypt }
"""


def key(work):
    return work.coffer("audit", "key").out.strip()


def events(work):
    return [json.loads(line) for line in work.coffer("audit", "export").out.splitlines()]


def run(work):
    (work.path / "people.csv").write_text(ROWS)
    (work.path / "p.yaml").write_text(PIPELINE)
    work.coffer("run", "p.yaml")


def test_a_second_reader_finds_the_same_tree(work):
    first, _ = coffer_audit.verify(work.home / "audit", key(work))
    run(work)
    for number in range(3):
        work.coffer("keys", "description", "alias/default", f"text {number}")
    checkpoint, found = coffer_audit.verify(work.home / "audit", key(work))
    assert found == events(work)
    leaves = [coffer_audit.leaf(json_line.encode()) for json_line in work.coffer("audit", "export").out.splitlines()]
    for old in range(1, checkpoint.size + 1):
        proof = coffer_audit.consistency(old, leaves)
        old_root = coffer_audit.root(leaves[:old])
        assert coffer_audit.check_consistency(old, checkpoint.size, old_root, checkpoint.root, proof)
    assert first.root == coffer_audit.root(leaves[:first.size])
    other = coffer_audit.Checkpoint
    with pytest.raises((coffer_audit.InvalidSignature, ValueError)):
        other((work.home / "audit/checkpoint").read_bytes().replace(b"\n" + str(checkpoint.size).encode(), b"\n1", 1), key(work))


def test_proofs_are_checked_by_a_second_reader_and_by_the_command(work):
    for event in events(work):
        work.coffer("audit", "prove", event["eventID"], "-o", "e.tlog-proof")
        text = (work.path / "e.tlog-proof").read_text()
        assert coffer_audit.check_proof(text, key(work)) == event
        assert work.coffer("audit", "prove", "--check", "e.tlog-proof").json == event
        (work.path / "bad.tlog-proof").write_text(text.replace("index ", "index 1", 1))
        work.coffer("audit", "prove", "--check", "bad.tlog-proof", code=1)
    work.coffer("audit", "prove", "no-such-event", code=2)


def test_every_use_and_change_of_a_key_is_on_the_record_and_no_value_is(work):
    run(work)
    work.coffer("reveal", "people.parquet", "--where", "email = 'ada@example.org'", "-o", "out.csv")
    work.coffer("keys", "disable", "alias/nobody", code=2)
    found = events(work)
    names = [event["eventName"] for event in found]
    assert names[:2] == ["CreateKeyStore", "CreateKeyStore"]
    for name in ("Run", "GenerateDataKey", "Reveal", "Decrypt", "DisableKey"):
        assert name in names, name
    phases = [event["additionalEventData"]["phase"] for event in found if event["eventName"] == "Run"]
    assert phases == ["intent", "outcome"]
    done = [event for event in found if event["eventName"] == "Run"][1]
    assert done["responseElements"]["columns"] == {"encrypt": ["email"], "keep": ["id"], "mask": ["name"]}
    assert done["responseElements"]["rows"] == 2
    use = next(event for event in found if event["eventName"] == "GenerateDataKey")
    assert use["requestID"] == done["requestID"] and use["resources"][0]["ARN"].startswith("arn:aws:kms:")
    assert all("keyStoreGeneration" in e["additionalEventData"] for e in found if e["eventName"] == "GenerateDataKey")
    reveal = [event for event in found if event["eventName"] == "Reveal"]
    assert reveal[0]["requestParameters"]["conditionDigest"].startswith("hmac-sha256:")
    assert reveal[1]["responseElements"]["rows"] == 1
    failed = [event for event in found if event["eventName"] == "DisableKey"]
    assert failed[-1]["errorCode"] == "NotFoundException"
    everything = b"".join(p.read_bytes() for p in (work.home / "audit").rglob("*") if p.is_file())
    for value in (b"ada@", b"Grace", b"example.org"):
        assert value not in everything


def test_a_log_that_is_gone_or_altered_keeps_keys_from_being_used(work):
    run(work)
    audit = work.home / "audit"
    assert work.coffer("audit", "verify").out.startswith("pass")
    shutil.move(audit, work.root / "aside")
    said = work.coffer("keys", "create", "alias/x", code=2).err
    assert "gone" in said
    assert work.coffer("audit", "verify", "--json", code=1).json["findings"][0]["kind"] == "removed"
    shutil.copytree(work.root / "aside", audit, dirs_exist_ok=True)
    journal = sorted((audit / "journal").glob("0*"))[-1]
    whole = journal.read_bytes()
    journal.write_bytes(whole[: len(whole) // 2])
    assert "truncated" in work.coffer("keys", "create", "alias/x", code=2).err
    journal.write_bytes(whole)
    work.coffer("keys", "create", "alias/x")


def test_a_store_put_back_is_named_and_with_its_log_against_a_witness(work):
    witness = work.root / "witness"
    environment = {"COFFER_AUDIT_WITNESS": str(witness)}
    work.coffer("keys", "create", "alias/a", env=environment)
    for path in work.home.glob("keys.db-*"):
        assert path.name in ("keys.db-wal", "keys.db-shm")
    shutil.copytree(work.home, work.root / "old")
    work.coffer("keys", "create", "alias/b", env=environment)
    for path in work.home.glob("keys.db*"):
        path.unlink()
    for path in (work.root / "old").glob("keys.db*"):
        shutil.copy(path, work.home)
    found = work.coffer("audit", "verify", "--json", code=1).json["findings"]
    assert [finding["kind"] for finding in found] == ["rolledBack"]
    assert "rolled back" in work.coffer("keys", "create", "alias/c").err
    assert "KeyStoreRolledBack" in [event["eventName"] for event in events(work)]
    # Store and log together: only what was kept elsewhere knows.
    shutil.rmtree(work.home)
    shutil.copytree(work.root / "old", work.home)
    assert work.coffer("audit", "verify").out.startswith("pass")
    found = work.coffer("audit", "verify", "--checkpoint", witness, "--json", code=1).json["findings"]
    assert [finding["kind"] for finding in found] == ["rolledBack"]
    assert "rolled back" in work.coffer("keys", "create", "alias/d", code=2, env=environment).err


def test_processes_killed_lose_no_acknowledged_event(work):
    chance = random.Random(5)
    acknowledged = set()
    for number in range(12):
        processes = [(text := f"n-{number}-{part}", work.start("keys", "description", "alias/default", text)) for part in range(3)]
        try:
            processes[0][1].wait(timeout=chance.uniform(0.02, 0.5))
        except subprocess.TimeoutExpired:
            pass
        for text, process in processes:
            process.send_signal(signal.SIGKILL)
            out, _ = process.communicate()
            if process.returncode == 0 or b"enabled" in out:
                acknowledged.add(text)
    work.coffer("keys", "description", "alias/default", "last")
    assert work.coffer("audit", "verify").out.startswith("pass")
    found = [e for e in events(work) if e["eventName"] == "UpdateKeyDescription"]
    intents = {e["requestID"] for e in found if e["additionalEventData"]["phase"] == "intent"}
    outcomes = {e["requestID"] for e in found if e["additionalEventData"]["phase"] == "outcome"}
    assert intents == outcomes, "an intent without an outcome was not reconciled"
    done = {
        e["requestParameters"]["description"] for e in found
        if e["additionalEventData"]["phase"] == "outcome" and "errorCode" not in e
    }
    assert acknowledged | {"last"} <= done


def test_processes_at_once_share_one_log(work):
    processes = [work.start("keys", "create", f"alias/k{number}") for number in range(6)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err.decode()
    coffer_audit.verify(work.home / "audit", key(work))
    assert sum(e["eventName"] == "CreateKey" for e in events(work)) == 12


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_keeps_keys_from_being_used_and_says_so(work):
    script = f"""
    set -e
    mkdir -p {work.root}/keep && cp -a {work.home}/audit/. {work.root}/keep/
    mount -t tmpfs -o size=3m none {work.home}/audit || exit 77
    cp -a {work.root}/keep/. {work.home}/audit/
    {work.coffer_path} keys description alias/default before
    dd if=/dev/zero of={work.home}/audit/filler bs=4k 2>/dev/null || true
    for i in 1 2 3 4 5 6; do {work.coffer_path} keys description alias/default "full $i" || echo "refused $i"; done
    rm {work.home}/audit/filler
    {work.coffer_path} keys description alias/default after
    {work.coffer_path} audit verify
    {work.coffer_path} audit export
    """
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", script], env=work.environment(), capture_output=True, text=True, timeout=180)
    if done.returncode == 77:
        pytest.skip("a tmpfs can't be mounted here")
    assert done.returncode == 0, done.stderr
    assert "refused" in done.stdout and "full" in done.stderr
    assert "pass" in done.stdout
    described = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"eventV')]
    last = [e for e in described if e["eventName"] == "UpdateKeyDescription"][-1]
    assert last["requestParameters"]["description"] == "after" and "errorCode" not in last


def test_exports_and_prunes(work):
    trail = work.coffer("audit", "export", "--format", "cloudtrail").json["Records"]
    assert len(trail) == len(events(work)) and all(len(record["eventTime"]) == 20 for record in trail)
    assert work.coffer("audit", "export", "--to", "2001-01-01").out == ""
    assert "nothing to prune" in work.coffer("audit", "prune", "--before", "2001-01-01").out
    work.coffer("audit", "export", "--from", "yesterday", code=2)
    lines = work.coffer("audit", "tail", "-n", "1", "--json").out.splitlines()
    assert len(lines) == 1 and json.loads(lines[0]) == events(work)[-1]
