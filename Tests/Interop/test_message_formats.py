"""Which format is written and read: by --format, by the keys, and by how a message begins."""
import base64
import os
import secrets

import pytest

RAW = "raw-aes://tests/raw?file=raw.key"
FERNET = "fernet:fernet.key"


@pytest.fixture
def keys(work):
    work.write("raw.key", secrets.token_bytes(32))
    work.write("fernet.key", base64.urlsafe_b64encode(os.urandom(32)) + b"\n")
    work.write("plain", b"some plain text")


@pytest.mark.parametrize("arguments, sentences", [
    (["encrypt", "plain", "-o", "x", "--format", "rot13", "-k", RAW], ["no format", "esdk"]),
    (["encrypt", "plain", "-o", "x", "--format", "esdk", "-k", FERNET], ["not keys for", "raw-aes"]),
    (["encrypt", "plain", "-o", "x", "-k", RAW, "-k", FERNET], ["no format takes all"]),
    (["encrypt", "plain", "-o", "x", "--format", "fernet"], ["needs a key", "fernet:PATH"]),
    (["encrypt", "plain", "-o", "x", "-k", FERNET, "--sign"], ["--sign", "Fernet"]),
    (["encrypt", "plain", "-o", "x", "-k", FERNET, "--suite", "0x0478"], ["--suite", "Fernet"]),
    (["encrypt", "plain", "-o", "x", "-k", FERNET, "--frame-length", "10"], ["--frame-length", "Fernet"]),
    (["encrypt", "plain", "-o", "x", "-k", FERNET, "-c", "a=b"], ["--context", "Fernet"]),
    (["encrypt", "plain", "-o", "x", "-k", FERNET, "--required-context", "a=b"], ["--required-context"]),
    (["decrypt", "token", "-o", "x", "-k", FERNET, "--range", "0-1"], ["--range", "Fernet", "--ttl"]),
    (["decrypt", "token", "-o", "x", "-k", FERNET, "--max-keys", "3"], ["--max-keys", "Fernet"]),
    (["decrypt", "token", "-o", "x", "-k", FERNET, "--unsigned-only"], ["--unsigned-only", "Fernet"]),
    (["decrypt", "sealed", "-o", "x", "-k", RAW, "--ttl", "3"], ["--ttl"]),
    (["decrypt", "sealed", "-o", "x", "-k", FERNET, "--format", "esdk"], ["not keys for"]),
    (["decrypt", "sealed", "-o", "x", "-k", RAW, "--format", "fernet"], ["not keys for", "fernet:PATH"]),
])
def test_what_a_format_has_no_use_for_is_refused_by_name(work, keys, arguments, sentences):
    work.coffer("encrypt", "plain", "-o", "token", "-k", FERNET)
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", RAW)
    refused = work.coffer(*arguments, code=2)
    assert all(sentence in refused.err for sentence in sentences), refused.err
    assert not (work.path / "x").exists()


def test_a_folder_of_several_formats_is_opened_with_the_keys_of_all(work, keys):
    (work.path / "sealed").mkdir()
    for name, key in (("a", RAW), ("b", FERNET)):
        work.coffer("encrypt", "plain", "-o", f"sealed/{name}.encrypted", "-k", key)
    work.coffer("decrypt", "sealed", "-r", "-o", "opened", "-k", RAW, "-k", FERNET)
    assert {path.name: path.read_bytes() for path in (work.path / "opened").iterdir()} == {
        "a": b"some plain text", "b": b"some plain text"}
    found = work.coffer("inspect", "sealed/a.encrypted", "sealed/b.encrypted", "plain", "--json").json
    assert [one["format"] for one in found] == ["esdk", "fernet", "text, not encrypted"]
    assert [one["is_encrypted"] for one in found] == [True, True, False]


def test_a_format_without_context_does_not_meet_a_demand_for_one(work, keys):
    work.coffer("encrypt", "plain", "-o", "token", "-k", FERNET)
    config = work.write("coffer.yaml", "decrypt: { require_context: { dataset: customers } }\n")
    refused = work.coffer("decrypt", "token", "-o", "x", "-k", FERNET, code=2, env={"COFFER_CONFIG": str(config)})
    assert "context" in refused.err and not (work.path / "x").exists()


def test_a_passphrase_never_stands_on_the_command_line(work, keys):
    refused = work.coffer("encrypt", "plain", "-o", "x", "-k", "passphrase:hunter2", code=2)
    assert "command line" in refused.err and "hunter2" not in refused.err and not (work.path / "x").exists()
