"""`coffer policy test`, `policy check` and `keys access`: decisions explained, policies checked, keys reviewed."""
import json

import pytest

ACCOUNT = "111122223333"
REALM = {"COFFER_ACCOUNT": ACCOUNT, "COFFER_REGION": "eu-central-1"}
ROOT = {
    "Sid": "Account", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*",
}


def user(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def decide(work, *flags, code: int):
    return work.coffer("policy", "test", *flags, "--json", code=code, env=REALM).json


@pytest.fixture
def keys(work):
    """Access keys of etl, a key user, and ops, a key administrator; alias/default lets hr decrypt with its context."""
    for name, role in (("etl", "key-user"), ("ops", "key-admin")):
        work.coffer("access-keys", "create", "--name", name, "--role", role, env=REALM)
    hr = {
        "Sid": "Hr", "Effect": "Allow", "Principal": {"AWS": user("hr")}, "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:dataset": "hr"}},
    }
    work.coffer("keys", "policy", "put", "alias/default", work.write("policy.json", policy(ROOT, hr)), env=REALM)
    return work


def test_the_exit_status_is_the_decision_and_the_reason_names_the_statement(keys):
    allowed = decide(keys, "--key", "alias/default", "--principal", "etl", "--action", "Decrypt", code=0)
    assert allowed["reason"] == "role key-user, statement “UseKeys”"
    denied = decide(keys, "--key", "alias/default", "--principal", "ops", "--action", "kms:Decrypt", code=1)
    assert denied["reason"] == "role key-admin, statement “UseNone”" and denied["explicit"]
    silent = decide(keys, "--key", "alias/default", "--principal", "nobody", "--action", "Decrypt", code=1)
    assert not silent["explicit"]


def test_a_condition_that_fails_is_shown_with_what_the_request_had(keys):
    ask = ("--key", "alias/default", "--principal", "hr", "--action", "Decrypt")
    assert decide(keys, *ask, "--context", "dataset=hr", code=0)["reason"] == "key policy, statement “Hr”"
    answer = decide(keys, *ask, "--context", "dataset=crm", code=1)
    line = next(line for line in answer["statements"] if "Hr" in line["statement"])
    failed = [check for check in line["checks"] if not check["holds"]]
    assert [check["subject"] for check in failed] == ["StringEquals kms:EncryptionContext:dataset"]
    assert "hr" in failed[0]["detail"] and "crm" in failed[0]["detail"]
    text = keys.coffer("policy", "test", *ask, "--context", "dataset=crm", code=1, env=REALM).out
    assert text.startswith("denied: nothing allows it") and "no   StringEquals kms:EncryptionContext:dataset" in text


@pytest.mark.parametrize("key, spec, code", [("alias/default", "SYMMETRIC_DEFAULT", 0), ("alias/default", "RSA_2048", 1)])
def test_what_the_key_is_counts_without_being_said(keys, key, spec, code):
    only = keys.write("only.json", policy(ROOT | {"Condition": {"StringEquals": {
        "kms:KeySpec": spec, "kms:KeyUsage": "ENCRYPT_DECRYPT", "kms:KeyOrigin": "AWS_KMS"}}}))
    decide(keys, "--key", key, "--principal", "etl", "--action", "Decrypt", "--policy", only, code=code)


def test_a_policy_can_be_tried_in_the_place_of_the_keys_own(keys):
    closed = keys.write("closed.json", policy(ROOT | {"Principal": {"AWS": user("ops")}}))
    ask = ("--key", "alias/default", "--principal", "etl", "--action", "Decrypt")
    decide(keys, *ask, code=0)
    decide(keys, *ask, "--policy", closed, code=1)
    decide(keys, *ask, code=0)


def test_a_grant_counts_and_is_named(keys):
    keys.coffer(
        "keys", "grant", "create", "alias/default", "--to", user("guest"), "--operation", "Decrypt", env=REALM)
    answer = keys.coffer("keys", "access", "alias/default", "--json", env=REALM).json["access"]
    guest = [entry for entry in answer if entry["principal"] == user("guest")]
    assert [entry["kind"] for entry in guest] == ["decrypt"] and guest[0]["ways"][0]["through"].startswith("grant ")


def test_the_review_of_a_key_lists_who_can_do_what_and_why(keys):
    answer = keys.coffer("keys", "access", "alias/default", "--json", env=REALM).json
    assert answer["arn"].startswith(f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/")
    may = {(entry["principal"].rsplit("/")[-1], entry["kind"]): entry for entry in answer["access"]}
    assert {kind for name, kind in may if name == "etl"} == {"encrypt", "decrypt", "look"}
    assert {kind for name, kind in may if name == "ops"} == {"change", "destroy", "share", "look"}
    assert {kind for name, kind in may if name == "hr"} == {"decrypt"}
    way = may["hr", "decrypt"]["ways"]
    assert way == [{"through": "key policy, statement “Hr”", "conditional": True}]
    assert may["etl", "encrypt"]["ways"][0]["through"].startswith("role key-user, statement “UseKeys”, by key policy")


def test_a_revoked_access_key_is_not_in_the_review(keys):
    listed = keys.coffer("access-keys", "list", "--json", env=REALM).json["access_keys"]
    for key in listed:
        keys.coffer("access-keys", "revoke", key.get("access_key_id") or key["id"], env=REALM)
    answer = keys.coffer("keys", "access", "alias/default", "--json", env=REALM).json
    assert {entry["principal"] for entry in answer["access"]} == {user("hr")}


def test_a_claim_to_be_somebody_else_is_refused(empty):
    result = empty.coffer(
        "policy", "test", "--role", "admin", "--principal", "etl", "--action", "Decrypt", "--condition", "aws:username=root",
        code=2)
    assert "--principal" in result.err


def test_time_and_tags_are_part_of_the_question(empty):
    night = {
        "Effect": "Allow", "Action": "kms:*", "Resource": "*",
        "Condition": {
            "DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}, "StringEquals": {"aws:PrincipalTag/team": "data"},
        },
    }
    ask = ("--policy", empty.write("p.json", policy(night)), "--principal", "etl", "--action", "Encrypt")
    time, tag = "aws:CurrentTime=2026-12-31T23:59:59Z", "aws:PrincipalTag/team=data"
    decide(empty, *ask, "--condition", time, "--condition", tag, code=0)
    decide(empty, *ask, "--condition", "aws:CurrentTime=2027-01-01T00:00:00Z", "--condition", tag, code=1)
    decide(empty, *ask, "--condition", time, code=1)


def test_a_policy_is_checked_and_what_is_hardly_meant_is_said(empty):
    good = empty.write("good.json", policy(ROOT))
    assert empty.coffer("policy", "check", good).out == "a key policy of 1 statement\n"
    misspelt = policy(ROOT, {
        "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransprot": "false"}}})
    result = empty.coffer("policy", "check", empty.write("typo.json", misspelt), code=1)
    assert "aws:SecureTransport" in result.out
    bad = empty.coffer("policy", "check", empty.write("bad.json", policy(ROOT | {"Effect": "Perhaps"})), code=2)
    assert "statement 1: Effect must be Allow or Deny" in bad.err
    assert empty.coffer("policy", "check", "missing.json", code=2).err.startswith("coffer: missing.json can't be read")


@pytest.mark.parametrize("role", ["admin", "key-admin", "key-user", "auditor"])
def test_the_policy_of_a_role_is_shown_and_in_order(empty, role):
    text = empty.coffer("policy", "show", role).out
    assert json.loads(text)["Version"] == "2012-10-17"
    assert empty.coffer("policy", "check", "-", stdin=text.encode()).code == 0
