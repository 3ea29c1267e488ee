"""The AWS command line, unmodified, against `coffer serve`: what a person types."""
from __future__ import annotations

import base64
import json
import os
import subprocess

import pytest

from support.workspace import ROOT


@pytest.fixture(scope="module")
def aws(shared_service, tmp_path_factory):
    """Runs `aws …` and gives its JSON, or the whole process where it is expected to fail."""
    home = tmp_path_factory.mktemp("aws")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= shared_service.environment() | {"HOME": str(home), "AWS_PAGER": "", "AWS_MAX_ATTEMPTS": "1"}

    def run(*words, fails: bool = False):
        done = subprocess.run(
            [str(ROOT / ".venv/bin/python"), str(ROOT / ".venv/bin/aws"), *words, "--output", "json"], cwd=home,
            env=environment, capture_output=True, text=True, timeout=120)
        if fails:
            assert done.returncode != 0, done.stdout
            return done.stderr
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    run.home = home
    return run


def test_a_key_is_made_used_and_destroyed(aws):
    assert aws("sts", "get-caller-identity")["Account"] == "123456789012"
    key = aws("kms", "create-key", "--description", "from the command line", "--tags", "TagKey=team,TagValue=etl")
    key_id = key["KeyMetadata"]["KeyId"]
    aws("kms", "create-alias", "--alias-name", "alias/cli", "--target-key-id", key_id)
    (aws.home / "plain").write_bytes(b"a secret")
    sealed = aws(
        "kms", "encrypt", "--key-id", "alias/cli", "--plaintext", "fileb://plain", "--encryption-context", "a=b")
    (aws.home / "sealed").write_bytes(base64.b64decode(sealed["CiphertextBlob"]))
    opened = aws("kms", "decrypt", "--ciphertext-blob", "fileb://sealed", "--encryption-context", "a=b")
    assert base64.b64decode(opened["Plaintext"]) == b"a secret"
    refused = aws("kms", "decrypt", "--ciphertext-blob", "fileb://sealed", "--encryption-context", "a=c", fails=True)
    assert "InvalidCiphertextException" in refused
    data = aws("kms", "generate-data-key", "--key-id", "alias/cli", "--key-spec", "AES_256")
    assert len(base64.b64decode(data["Plaintext"])) == 32
    assert any(alias["AliasName"] == "alias/cli" for alias in aws("kms", "list-aliases")["Aliases"])
    assert key_id in {entry["KeyId"] for entry in aws("kms", "list-keys")["Keys"]}
    assert aws("kms", "list-resource-tags", "--key-id", key_id)["Tags"] == [{"TagKey": "team", "TagValue": "etl"}]
    aws("kms", "enable-key-rotation", "--key-id", key_id, "--rotation-period-in-days", "90")
    status = aws("kms", "get-key-rotation-status", "--key-id", key_id)
    assert status["KeyRotationEnabled"] is True and status["RotationPeriodInDays"] == 90
    policy = aws("kms", "get-key-policy", "--key-id", key_id, "--policy-name", "default")["Policy"]
    assert json.loads(policy)["Version"] == "2012-10-17"
    aws("kms", "disable-key", "--key-id", key_id)
    refused = aws("kms", "encrypt", "--key-id", "alias/cli", "--plaintext", "fileb://plain", fails=True)
    assert "DisabledException" in refused
    aws("kms", "enable-key", "--key-id", key_id)
    gone = aws("kms", "schedule-key-deletion", "--key-id", key_id, "--pending-window-in-days", "7")
    assert gone["KeyState"] == "PendingDeletion"
    aws("kms", "cancel-key-deletion", "--key-id", key_id)


def test_what_is_signed_and_what_is_said_back(aws):
    key = aws("kms", "create-key", "--key-spec", "ECC_NIST_P256", "--key-usage", "SIGN_VERIFY")["KeyMetadata"]
    (aws.home / "message").write_bytes(b"so it is")
    signed = aws(
        "kms", "sign", "--key-id", key["KeyId"], "--message", "fileb://message", "--signing-algorithm", "ECDSA_SHA_256")
    (aws.home / "signature").write_bytes(base64.b64decode(signed["Signature"]))
    verified = aws(
        "kms", "verify", "--key-id", key["KeyId"], "--message", "fileb://message", "--signature", "fileb://signature",
        "--signing-algorithm", "ECDSA_SHA_256")
    assert verified["SignatureValid"] is True
    (aws.home / "message").write_bytes(b"so it is not")
    refused = aws(
        "kms", "verify", "--key-id", key["KeyId"], "--message", "fileb://message", "--signature", "fileb://signature",
        "--signing-algorithm", "ECDSA_SHA_256", fails=True)
    assert "KMSInvalidSignatureException" in refused


def test_pages_are_read_to_their_end(aws):
    for number in range(5):
        aws("kms", "create-alias", "--alias-name", f"alias/page-{number}", "--target-key-id", target(aws))
    names = aws("kms", "list-aliases", "--page-size", "2")["Aliases"]
    assert {f"alias/page-{number}" for number in range(5)} <= {alias["AliasName"] for alias in names}


def target(aws) -> str:
    return aws("kms", "describe-key", "--key-id", "alias/default")["KeyMetadata"]["KeyId"]
