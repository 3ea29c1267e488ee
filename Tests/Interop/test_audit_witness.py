"""The witness of the record that is a server: what it is sent, and what happens where it fails, hangs or is an impostor."""
import json
import shutil
import time
import urllib.request

import pytest

import coffer_audit
from support.certificates import certificate, pem
from support.service import Service, wait_until
from support.witness import Witness


def configure(work, witness, **more) -> None:
    work.home.mkdir(exist_ok=True)
    (work.home / "coffer.yaml").write_text(json.dumps({"audit": {"witness": witness}} | more))


def events(work, name=None) -> list[dict]:
    found = [json.loads(line) for line in work.coffer("audit", "export").out.splitlines()]
    return [event for event in found if name in (None, event["eventName"])]


def change(work, text="a description"):
    return work.coffer("keys", "description", "alias/default", text)


@pytest.fixture
def witness():
    with Witness() as running:
        yield running


def test_a_command_sends_the_signed_checkpoint(work, witness):
    configure(work, {"url": witness.url, "authorization": "env:WITNESS_TOKEN"})
    work.coffer("keys", "description", "alias/default", "x", env={"WITNESS_TOKEN": "Bearer sesame"})
    key = work.coffer("audit", "key").out.strip()
    checkpoint = coffer_audit.Checkpoint(witness.notes[-1], key)
    assert witness.notes[-1] == (work.home / "audit/checkpoint").read_bytes()
    assert checkpoint.size == len(events(work))
    method, path, headers = witness.requests[-1]
    assert (method, path) == ("POST", "/logs/coffer?token=in-the-address")
    assert headers["Content-Type"].startswith("text/plain") and headers["Authorization"] == "Bearer sesame"


def test_a_log_that_was_put_back_is_named_by_its_witness(work, witness):
    configure(work, witness.url)
    change(work)
    shutil.copytree(work.home / "audit", work.path / "older")
    change(work, "later")
    assert work.coffer("audit", "verify").out.startswith("pass")
    shutil.rmtree(work.home / "audit")
    shutil.copytree(work.path / "older", work.home / "audit")
    assert "rolledBack" in work.coffer("audit", "verify", code=1).out
    assert "rolledBack" in work.coffer("audit", "verify", "--checkpoint", witness.url, code=1).out
    refused = work.coffer("serve", "--insecure-http", "--listen", "127.0.0.1:0", code=2)
    assert "rolled back" in refused.err and "token" not in refused.err
    # What the witness has must be signed by this log.
    witness.notes[:] = [b"coffer/audit/other\n999\nAAAA\n\n\xe2\x80\x94 x AAAAAAAA\n"]
    assert "not signed" in work.coffer("audit", "verify", code=2).err


def test_a_witness_that_fails_is_said_once_and_holds_nobody_up(work, witness):
    configure(work, witness.url)
    change(work)
    witness.status = 403
    first = change(work, "1")
    assert "answered with HTTP status 403" in first.err and "in-the-address" not in first.err
    asked = len(witness.requests)
    # The next command doesn't even ask, and says nothing.
    assert change(work, "2").err == "" and len(witness.requests) == asked
    assert len(events(work, "AuditWitnessUnreachable")) == 1
    witness.status = 200
    verified = work.coffer("audit", "verify", "--json").json
    assert any("no checkpoint reached the witness since" in note for note in verified["notes"])
    # A minute later it is tried again.
    failed = work.home / "audit/witness.failed"
    failed.write_text(failed.read_text().replace("2", "1", 1).replace(" 2", " 1", 1))
    assert "reached again" in change(work, "3").err
    assert len(events(work, "AuditWitnessReached")) == 1 and not failed.exists()
    assert work.coffer("audit", "verify", "--json").json["notes"] == []


def test_a_witness_that_hangs_ends_a_command_in_time(work, witness):
    configure(work, witness.url)
    witness.hangs = True
    start = time.monotonic()
    said = change(work)
    assert "no answer in time" in said.err and time.monotonic() - start < 30
    assert len(events(work, "UpdateKeyDescription")) == 2


def test_a_witness_that_gives_nothing_back_is_a_note(work, witness):
    witness.keeps = False
    configure(work, witness.url)
    change(work)
    verified = work.coffer("audit", "verify", "--json").json
    assert verified["findings"] == [] and "was not compared" in verified["notes"][0]
    assert "in-the-address" not in json.dumps(verified)
    assert "no checkpoint" in work.coffer("audit", "verify", "--checkpoint", witness.url, code=2).err
    witness.status = 307
    assert "status 307" in work.coffer("audit", "verify", code=2).err


def test_a_file_and_a_server_both_are_witnesses(work, witness):
    file = work.path / "kept"
    configure(work, [str(file), witness.url])
    change(work)
    assert file.read_bytes() == witness.notes[-1]
    configure(work, [witness.url, witness.url])
    assert "one file and one address" in work.coffer("audit", "verify", code=2).err


def test_a_service_sends_checkpoints_and_health_says_where_that_fails(work, witness):
    configure(work, witness.url)
    witness.status = 503
    service = Service(work).start()
    try:
        client = service.client()
        key = client.create_key()["KeyMetadata"]["KeyId"]

        def health():
            with urllib.request.urlopen(service.url + "/healthz") as answer:
                return json.loads(answer.read())

        wait_until(lambda: "warnings" in health(), 60)
        assert health()["status"] == "ok" and "HTTP status 503" in health()["warnings"][0]
        assert "in-the-address" not in json.dumps(health())
        # Keys are used all the same.
        assert client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        # Tried again, and not by all clients at once.
        assert len([1 for method, _, _ in witness.requests if method == "POST"]) > 1
        witness.status = 200
    finally:
        assert service.stop() == 0
    assert witness.notes, "the last checkpoint goes when the service ends"
    assert len(events(work, "AuditWitnessUnreachable")) == 1 and len(events(work, "AuditWitnessReached")) == 1
    assert work.coffer("audit", "verify").code == 0


def test_a_service_ends_though_its_witness_hangs(work, witness):
    configure(work, witness.url)
    witness.hangs = True
    service = Service(work).start()
    service.client().create_key()
    start = time.monotonic()
    assert service.stop() == 0 and time.monotonic() - start < 30


def test_a_witness_over_tls_is_verified_by_its_own_authority(work):
    authority = certificate("authority")
    pem(work.path / "witness.pem", certificate("witness", authority)[0])
    own = certificate("witness", authority)
    files = pem(work.path / "server.pem", own[0]), pem(work.path / "server.key", own[1])
    (work.home / "ca.pem").parent.mkdir(exist_ok=True)
    pem(work.home / "ca.pem", authority[0])
    with Witness(*files) as witness:
        configure(work, {"url": witness.url, "ca": "ca.pem"})
        assert change(work).err == ""
        assert len(witness.notes) == 1 and work.coffer("audit", "verify").code == 0
        # Another authority, or the system's: nothing is sent.
        pem(work.home / "ca.pem", certificate("another authority")[0])
        (work.home / "audit/witness.failed").unlink(missing_ok=True)
        assert "its certificate is not trusted" in change(work, "x").err
        assert len(witness.notes) == 1
        configure(work, {"url": witness.url, "ca": "missing.pem"})
        assert "has no certificates" in work.coffer("audit", "verify", code=2).err


@pytest.mark.parametrize("value, sentence", [
    ("http://witness.example/x", "must be on this machine"),
    ({"url": "https://somebody@witness.example/x"}, "must be a host and a port"),
    ({"url": "https://witness.example/a b"}, "the address of the webhook is none"),
    ({"url": "https://witness.example/x", "authorization": "Bearer written-out"}, "where the secret is"),
    ({"url": "https://witness.example/x", "token": "env:X"}, "is not a key of audit.witness"),
])
def test_addresses_that_are_none_are_refused(work, value, sentence):
    configure(work, value)
    refused = work.coffer("keys", "description", "alias/default", "x", code=2)
    assert sentence in refused.err and "written-out" not in refused.err
