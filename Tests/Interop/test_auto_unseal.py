"""A key store that is sealed by a key of another service: here `coffer serve`, spoken to as AWS KMS is."""
import sqlite3

import pytest

from support.service import ACCOUNT, REGION
from support.workspace import Workspace


def key_of(work, alias: str) -> str:
    """The URI of a new key of the service."""
    made = work.coffer("keys", "create", alias, "--json").json
    return f"aws-kms://arn:aws:kms:{REGION}:{ACCOUNT}:key/{made['id']}"


@pytest.fixture
def sealed(service, tmp_path) -> tuple[Workspace, dict]:
    """A workspace whose store is sealed by a key of the service, and what every command there needs."""
    key = key_of(service.work, "alias/unseal")
    other = Workspace(tmp_path / "sealed")
    env = service.environment() | {"COFFER_SEAL": key}
    said = other.coffer("init", "--seal-key", key, env=env)
    assert key in said.out and "lost" in said.err and not other.root_key.exists()
    return other, env


def test_a_store_opens_by_a_key_of_another_service(sealed):
    other, env = sealed
    other.coffer("keys", "create", "alias/ssn", env=env)
    assert "alias/ssn" in other.coffer("keys", "list", env=env).out
    (kind,) = sqlite3.connect(other.home / "keys.db").execute("SELECT kind FROM seal").fetchone()
    assert kind == "kms"
    other.coffer("keys", "rotate-root", env=env)
    other.coffer("keys", "backup", "b", env=env)
    other.coffer("keys", "restore", "b", "--verify", env=env)
    assert "alias/ssn" in other.coffer("keys", "list", env=env).out


def test_it_does_not_open_without_that_key(sealed, service):
    other, env = sealed
    assert "COFFER_SEAL" in other.coffer("keys", "list", env=env | {"COFFER_SEAL": ""}, code=2).err
    mine = key_of(service.work, "alias/mine")
    assert "did not seal" in other.coffer("keys", "list", env=env | {"COFFER_SEAL": mine}, code=2).err
    service.work.coffer("keys", "disable", "alias/unseal")
    other.coffer("keys", "list", env=env, code=2)
    service.work.coffer("keys", "enable", "alias/unseal")
    other.coffer("keys", "list", env=env)
