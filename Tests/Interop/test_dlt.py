"""What dlt's documentation shows of encryption: fields of nested rows sealed with the AWS Encryption SDK before they are loaded
into DuckDB, with its KMS client pointed at `coffer serve`."""
from __future__ import annotations

import os
import subprocess
import sys

import aws_encryption_sdk
import duckdb
import pytest
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import KMSMasterKey

PARENTS = [
    {"parent_id": 1, "parent_name": "Ada", "children": [
        {"child_id": 1, "child_name": "Bo", "security_key": 12345}, {"child_id": 2, "child_name": "Cy", "security_key": 6789}]},
    {"parent_id": 2, "parent_name": "Di", "children": [{"child_id": 3, "child_name": "Ed", "security_key": 99911}]},
]

# dlt keeps its settings by process and folder, so it gets both of its own.
SCRIPT = """
import json, os, sys
import aws_encryption_sdk, boto3, dlt
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import KMSMasterKey

kms = boto3.client("kms", endpoint_url=os.environ["ENDPOINT"])
master_key = KMSMasterKey(key_id=sys.argv[1], client=kms)
client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)

def seal(record):
    for child in record["children"]:
        sealed, _ = client.encrypt(source=str(child["security_key"]).encode(), key_provider=master_key)
        child["security_key"] = sealed.hex()
    return record

@dlt.resource(name="parents", write_disposition="replace")
def parents():
    yield from json.loads(sys.argv[2])

pipeline = dlt.pipeline(
    "family", destination=dlt.destinations.duckdb(sys.argv[3]), dataset_name="people", pipelines_dir=os.getcwd())
pipeline.run(parents().add_map(seal)).raise_on_failed_jobs()
"""


@pytest.fixture(scope="module")
def key(kms) -> str:
    return kms.create_key()["KeyMetadata"]["Arn"]


def load(shared_service, key, folder, role="key-user", code=0):
    import json

    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DLT_"))}
    environment |= shared_service.environment(role) | {
        "ENDPOINT": shared_service.url, "HOME": str(folder), "RUNTIME__DLTHUB_TELEMETRY": "false",
    }
    environment.pop("AWS_ENDPOINT_URL")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, key, json.dumps(PARENTS), str(folder / "family.duckdb")], cwd=folder,
        env=environment, capture_output=True, text=True, timeout=180)
    assert (done.returncode == 0) == (code == 0), done.stdout + done.stderr
    return done


def sealed(folder) -> list[tuple[int, str]]:
    with duckdb.connect(str(folder / "family.duckdb"), read_only=True) as connection:
        return connection.execute(
            "SELECT child_id, security_key FROM people.parents__children ORDER BY child_id").fetchall()


def test_the_example_of_dlt_works_against_the_service(shared_service, kms, key, tmp_path):
    load(shared_service, key, tmp_path)
    rows = sealed(tmp_path)
    assert [child for child, _ in rows] == [1, 2, 3]
    client = aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    opened = [
        client.decrypt(source=bytes.fromhex(text), key_provider=KMSMasterKey(key_id=key, client=kms))[0]
        for _, text in rows
    ]
    assert opened == [b"12345", b"6789", b"99911"]
    assert b"99911" not in (tmp_path / "family.duckdb").read_bytes()


def test_who_may_not_use_the_key_loads_nothing(shared_service, key, tmp_path):
    done = load(shared_service, key, tmp_path, role="auditor", code=1)
    assert "AccessDenied" in done.stderr or "not authorized" in done.stderr
    assert not (tmp_path / "family.duckdb").exists() or not tables(tmp_path)


def tables(folder) -> list:
    with duckdb.connect(str(folder / "family.duckdb"), read_only=True) as connection:
        return connection.execute("SELECT 1 FROM information_schema.tables WHERE table_name = 'parents__children'").fetchall()
