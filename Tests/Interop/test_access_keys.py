"""Access keys, key policies and grants on the command line: what is printed, what is kept, what is refused."""
import json
import re
import sqlite3

import pytest

ACCOUNT = {"COFFER_ACCOUNT": "123456789012"}
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/etl"}, "Action": "kms:Decrypt",
                   "Resource": "*"}],
}


def make(work, *flags) -> dict:
    return work.coffer("access-keys", "create", *flags, "--json", env=ACCOUNT).json


def listed(work) -> list[dict]:
    return work.coffer("access-keys", "list", "--json", env=ACCOUNT).json["access_keys"]


def test_an_access_key_is_made_and_its_secret_shown_once(work):
    made = make(work, "--role", "admin")
    assert re.fullmatch("AKIA[A-Z2-7]{16}", made["access_key_id"])
    assert re.fullmatch("[A-Za-z0-9+/]{40}", made["secret_access_key"])
    assert made["arn"] == "arn:aws:iam::123456789012:user/admin" and made["roles"] == ["admin"]
    (key,) = listed(work)
    assert key["access_key_id"] == made["access_key_id"] and key["name"] == "admin"
    everything = work.coffer("access-keys", "list").out + work.coffer("access-keys", "list", "--json").out
    assert made["secret_access_key"] not in everything
    for path in work.root.rglob("*"):
        assert not path.is_file() or made["secret_access_key"].encode() not in path.read_bytes()


def test_an_access_key_has_a_name_roles_a_policy_and_tags(work):
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]}
    path = work.write("policy.json", json.dumps(policy))
    make(work, "--name", "etl", "--role", "key-user", "--role", "auditor", "--policy", path, "--tag", "team=crm")
    (key,) = listed(work)
    assert key["name"] == "etl" and key["roles"] == ["key-user", "auditor"] and json.loads(key["policy"]) == policy
    assert key["tags"] == [{"name": "team", "value": "crm"}] and "revoked" not in key and "last_used" not in key
    assert "key-user,auditor,policy" in work.coffer("access-keys", "list").out
    said = work.coffer("access-keys", "create", "--name", "plain")
    assert "secret access key" in said.out and "once" in said.err


@pytest.mark.parametrize("flags", [
    [], ["--role", "root"], ["--name", "a b"], ["--name", ""], ["--name", "a", "--tag", "team"],
    ["--name", "a", "--policy", "none.json"], ["--name", "a", "--tag", "aws:x=y"],
])
def test_an_access_key_that_is_none_is_refused(work, flags):
    result = work.coffer("access-keys", "create", *flags, code=2)
    assert result.out == "" and result.err.startswith("coffer: ")
    assert listed(work) == []


@pytest.mark.parametrize("text", ["", "no", "{}", "[]", '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}',
                                  '{"Version": "2012-10-17", "Statement": []}x', " " * 40000, "\xff"])
def test_what_is_no_policy_is_refused(work, text):
    path = work.write("policy.json", text.encode("latin-1"))
    assert "policy" in work.coffer("access-keys", "create", "--name", "a", "--policy", path, code=2).err
    assert "policy" in work.coffer("keys", "policy", "put", "alias/default", path, code=2).err
    assert listed(work) == []


def test_a_revoked_access_key_stays_so(work):
    made = make(work, "--role", "admin")
    work.coffer("access-keys", "revoke", made["access_key_id"])
    (key,) = listed(work)
    assert key["revoked"]
    work.coffer("access-keys", "revoke", made["access_key_id"])
    assert listed(work) == [key]
    (sealed,) = sqlite3.connect(work.home / "keys.db").execute("SELECT sealed FROM access_keys").fetchone()
    assert sealed == b""
    assert "access-keys list" in work.coffer("access-keys", "revoke", "AKIAAAAAAAAAAAAAAAAA", code=2).err


def test_a_policy_comes_back_to_the_byte(work):
    default = json.loads(work.coffer("keys", "policy", "get", "alias/default", env=ACCOUNT).out)
    assert default["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    text = json.dumps(POLICY, indent=3)
    work.coffer("keys", "policy", "put", "alias/default", work.write("p.json", text), env=ACCOUNT)
    assert work.coffer("keys", "policy", "get", "alias/default", env=ACCOUNT).out == text + "\n"
    work.coffer("keys", "policy", "put", "alias/default-mac", stdin=text.encode(), env=ACCOUNT)
    assert work.coffer("keys", "policy", "get", "alias/default-mac", env=ACCOUNT).out == text + "\n"
    work.coffer("keys", "policy", "put", "alias/default", "--default", env=ACCOUNT)
    assert json.loads(work.coffer("keys", "policy", "get", "alias/default", env=ACCOUNT).out) == default
    work.coffer("keys", "policy", "get", "alias/none", code=2)


def test_grants_are_given_listed_and_taken_back(work):
    def grants(*flags):
        return work.coffer("keys", "grant", "list", *flags, "--json", env=ACCOUNT).json["grants"]

    def create(*flags, code=0):
        return work.coffer("keys", "grant", "create", "alias/default", *flags, "--json", env=ACCOUNT, code=code)

    one = create("--to", "etl", "--operations", "Decrypt", "GenerateDataKey", "--retiring", "boss", "--name", "nightly",
                 "--context", "team=crm").json
    again = create("--to", "etl", "--operation", "GenerateDataKey", "--operation", "Decrypt", "--retiring", "boss",
                   "--name", "nightly", "--context", "team=crm").json
    assert one["grant_id"] == again["grant_id"] and one["grant_token"] != again["grant_token"]
    (grant,) = grants("alias/default")
    assert grant["grantee"] == "arn:aws:iam::123456789012:user/etl" and grant["operations"] == ["Decrypt", "GenerateDataKey"]
    assert grant["context_subset"] == [{"name": "team", "value": "crm"}] and "context_equals" not in grant
    assert grants("--retirable-by", "boss") == [grant] and grants("--retirable-by", "etl") == []
    two = create("--to", "arn:aws:iam::210987654321:user/x", "--operation", "Encrypt", "--context-equals", "a=b").json
    assert len(grants("alias/default")) == 2
    assert "= {a=b}" in work.coffer("keys", "grant", "list", "alias/default").out
    work.coffer("keys", "grant", "retire", "--token", again["grant_token"])
    work.coffer("keys", "grant", "revoke", "alias/default", two["grant_id"])
    assert grants("alias/default") == []
    for gone in (["retire", "--token", one["grant_token"]], ["revoke", "alias/default", two["grant_id"]],
                 ["retire", "alias/default", one["grant_id"]], ["retire", "--token", "x"], ["retire"]):
        assert work.coffer("keys", "grant", *gone, code=2).err.startswith("coffer: ")
    for bad in (["--to", "etl"], ["--operation", "Decrypt"], ["--to", "etl", "--operation", "Sign"],
                ["--to", "etl", "--operation", "Everything"], ["--to", "*", "--operation", "Decrypt", "--context", "a"]):
        assert create(*bad, code=2).err.startswith("coffer: ")
    assert grants("alias/default") == []


EDITS = {
    "more roles": "UPDATE access_keys SET roles = 'admin'",
    "a revoked access key good again": "UPDATE access_keys SET revoked = 0, sealed = zeroblob(68)",
    "another user": "UPDATE access_keys SET name = 'root'",
    "another policy": "UPDATE policies SET document = replace(document, 'Decrypt', '*')",
    "no policy": "DELETE FROM policies",
    "another grantee": "UPDATE grants SET grantee = 'arn:aws:iam::123456789012:user/mallory'",
    "more operations": "UPDATE grants SET operations = 'Decrypt Encrypt'",
    "no constraint": "UPDATE grants SET context_subset = ''",
    "a grant on another key": "UPDATE grants SET key = (SELECT id FROM keys WHERE id <> grants.key)",
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_store_does_not_open(work, name):
    revoked = make(work, "--role", "key-user")["access_key_id"]
    work.coffer("access-keys", "revoke", revoked)
    work.coffer("keys", "policy", "put", "alias/default", stdin=json.dumps(POLICY).encode())
    work.coffer("keys", "grant", "create", "alias/default", "--to", "etl", "--operation", "Decrypt", "--context", "a=b")
    connection = sqlite3.connect(work.home / "keys.db")
    with connection:
        assert connection.execute(EDITS[name]).rowcount == 1
    connection.close()
    assert "altered" in work.coffer("access-keys", "list", code=2).err
