"""Who may do what over the API: roles, key policies, grants."""
import json

import pytest

from support.service import ACCOUNT, REGION, refusal

DENIED = "AccessDeniedException"


def user(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def policy(*statements) -> str:
    account = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*",
               "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [account, *statements]})


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]


@pytest.fixture(scope="module")
def key_user(shared_service):
    return shared_service.client("kms", "key-user", "--name", "etl")


def nobody(shared_service, name):
    """A client of a user without any role that allows the use of keys."""
    return shared_service.client("kms", "auditor", "--name", name)


def test_a_key_user_uses_keys_and_runs_none(kms, key_user, key):
    blob = key_user.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert key_user.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    for call, arguments in (
        (key_user.create_key, {}), (key_user.disable_key, {"KeyId": key["KeyId"]}),
        (key_user.schedule_key_deletion, {"KeyId": key["KeyId"]}),
        (key_user.put_key_policy, {"KeyId": key["KeyId"], "Policy": policy()}),
        (key_user.create_alias, {"AliasName": "alias/mine", "TargetKeyId": key["KeyId"]}),
    ):
        code, message = refusal(call, **arguments)
        assert code == DENIED
        assert message.startswith(f"User: {user('etl')} is not authorized to perform: kms:")
        assert "because no identity-based policy allows the kms:" in message
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_key_admin_is_no_key_user(shared_service, kms, key):
    admin = shared_service.client("kms", "key-admin", "--name", "keeper")
    made = admin.create_key()["KeyMetadata"]["KeyId"]
    admin.disable_key(KeyId=made)
    admin.enable_key(KeyId=made)
    blob = kms.encrypt(KeyId=made, Plaintext=b"x")["CiphertextBlob"]
    for call, arguments in (
        (admin.encrypt, {"KeyId": made, "Plaintext": b"x"}), (admin.decrypt, {"CiphertextBlob": blob}),
        (admin.generate_data_key, {"KeyId": made, "KeySpec": "AES_256"}),
        (admin.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": made}),
    ):
        assert refusal(call, **arguments)[0] == DENIED
    # Nor does it help to let itself in.
    admin.put_key_policy(KeyId=made, Policy=policy(
        {"Effect": "Allow", "Principal": {"AWS": user("keeper")}, "Action": "kms:*", "Resource": "*"}))
    assert refusal(admin.decrypt, CiphertextBlob=blob)[0] == DENIED


def test_an_explicit_deny_wins(kms, key_user, key):
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(
        {"Effect": "Deny", "Principal": {"AWS": user("etl")}, "Action": "kms:Decrypt", "Resource": "*"}))
    blob = key_user.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    code, message = refusal(key_user.decrypt, CiphertextBlob=blob)
    assert code == DENIED and message.endswith("with an explicit deny in a policy")


def test_a_key_policy_binds_the_encryption_context(shared_service, kms, key):
    client = nobody(shared_service, "reader")
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy({
        "Effect": "Allow", "Principal": {"AWS": user("reader")}, "Action": ["kms:Decrypt", "kms:Encrypt"],
        "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionContext:dataset": "orders"}}}))
    context = {"dataset": "orders", "more": "x"}
    blob = client.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    assert client.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x"
    for wrong in ({}, {"dataset": "people"}, {"dataset2": "orders"}):
        assert refusal(client.encrypt, KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=wrong)[0] == DENIED


@pytest.mark.parametrize("condition, is_good", [
    ({"StringEquals": {"kms:RequestAlias": "alias/by-name"}}, True),
    ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/by-name"}}, True),
    ({"StringEquals": {"aws:ResourceTag/team": "etl"}}, True),
    ({"StringEquals": {"aws:ResourceTag/team": "web"}}, False),
    ({"Bool": {"aws:SecureTransport": "false"}}, True),
    ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, True),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
    ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, True),
    ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, True),
    ({"StringEquals": {"kms:KeyOrigin": "AWS_KMS"}}, True),
    ({"StringEquals": {"kms:KeyUsage": "SIGN_VERIFY"}}, False),
    ({"StringEquals": {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}}, True),
    ({"StringEquals": {"aws:RequestedRegion": REGION}}, True),
    ({"StringLike": {"aws:UserAgent": "Boto3*"}}, True),
    ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, False),
    ({"Null": {"kms:EncryptionContextKeys": "true"}}, True),
    ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
])
def test_conditions_see_the_request(service_of_conditions, condition, is_good):
    admin, client, key = service_of_conditions
    admin.put_key_policy(KeyId=key, Policy=policy({
        "Effect": "Allow", "Principal": {"AWS": user("reader")}, "Action": "kms:Encrypt", "Resource": "*",
        "Condition": condition}))
    if is_good:
        client.encrypt(KeyId="alias/by-name", Plaintext=b"x")
    else:
        assert refusal(client.encrypt, KeyId="alias/by-name", Plaintext=b"x")[0] == DENIED


@pytest.fixture(scope="module")
def service_of_conditions(shared_service, kms):
    key = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "etl"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/by-name", TargetKeyId=key)
    return kms, nobody(shared_service, "reader"), key


def test_a_grant_lets_somebody_in_and_out(shared_service, kms, key):
    client = nobody(shared_service, "grantee")
    assert refusal(client.encrypt, KeyId=key["KeyId"], Plaintext=b"x")[0] == DENIED
    made = kms.create_grant(
        KeyId=key["KeyId"], GranteePrincipal=user("grantee"), RetiringPrincipal=user("grantee"),
        Operations=["Encrypt", "Decrypt"], Name="etl",
        Constraints={"EncryptionContextSubset": {"dataset": "orders"}})
    again = kms.create_grant(
        KeyId=key["KeyId"], GranteePrincipal=user("grantee"), RetiringPrincipal=user("grantee"),
        Operations=["Encrypt", "Decrypt"], Name="etl",
        Constraints={"EncryptionContextSubset": {"dataset": "orders"}})
    assert again["GrantId"] == made["GrantId"] and again["GrantToken"] != made["GrantToken"]
    context = {"dataset": "orders", "day": "1"}
    blob = client.encrypt(
        KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=context, GrantTokens=[made["GrantToken"]]
    )["CiphertextBlob"]
    assert client.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x"
    assert refusal(client.encrypt, KeyId=key["KeyId"], Plaintext=b"x")[0] == DENIED
    assert refusal(client.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256", EncryptionContext=context)[0] == \
        DENIED
    listed = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    assert [(g["GrantId"], g["GranteePrincipal"], g["Name"]) for g in listed] == \
        [(made["GrantId"], user("grantee"), "etl")]
    assert listed[0]["Constraints"] == {"EncryptionContextSubset": {"dataset": "orders"}}
    assert [g["GrantId"] for g in kms.list_retirable_grants(RetiringPrincipal=user("grantee"))["Grants"]] == \
        [made["GrantId"]]
    client.retire_grant(GrantToken=made["GrantToken"])
    assert refusal(client.decrypt, CiphertextBlob=blob, EncryptionContext=context)[0] == DENIED
    assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == []


def test_a_grant_is_revoked_by_who_may(shared_service, kms, key):
    client = nobody(shared_service, "grantee-2")
    made = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user("grantee-2"), Operations=["Encrypt"])
    client.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    assert refusal(client.revoke_grant, KeyId=key["KeyId"], GrantId=made["GrantId"])[0] == DENIED
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
    assert refusal(client.encrypt, KeyId=key["KeyId"], Plaintext=b"x")[0] == DENIED
    assert refusal(kms.revoke_grant, KeyId=key["KeyId"], GrantId=made["GrantId"])[0] == "NotFoundException"


def test_a_grant_is_retired_by_its_id(shared_service, kms, key):
    client = nobody(shared_service, "grantee-3")
    other = nobody(shared_service, "grantee-4")
    made = kms.create_grant(
        KeyId=key["KeyId"], GranteePrincipal=user("grantee-3"), RetiringPrincipal=user("grantee-3"),
        Operations=["Encrypt"])
    assert refusal(other.retire_grant, KeyId=key["Arn"], GrantId=made["GrantId"])[0] == DENIED
    client.retire_grant(KeyId=key["Arn"], GrantId=made["GrantId"])
    assert refusal(client.retire_grant, KeyId=key["Arn"], GrantId=made["GrantId"])[0] == "NotFoundException"
    assert refusal(client.retire_grant, GrantToken=made["GrantToken"])[0] == "InvalidGrantTokenException"
    assert refusal(client.retire_grant, KeyId=key["Arn"])[0] == "ValidationException"


def test_re_encrypt_needs_both_sides(shared_service, kms, key):
    other = kms.create_key()["KeyMetadata"]
    client = nobody(shared_service, "mover")
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user("mover"), Operations=["ReEncryptFrom"])
    code, message = refusal(client.re_encrypt, CiphertextBlob=blob, DestinationKeyId=other["KeyId"])
    assert code == DENIED and "kms:ReEncryptTo" in message and other["Arn"] in message
    kms.create_grant(KeyId=other["KeyId"], GranteePrincipal=user("mover"), Operations=["ReEncryptTo"])
    client.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other["KeyId"])
    code, message = refusal(client.re_encrypt, CiphertextBlob=blob, DestinationKeyId=key["KeyId"])
    assert code == DENIED and "kms:ReEncryptTo" in message


def test_aliases_need_alias_and_key(shared_service, kms, key):
    blob = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["kms:CreateAlias"], "Resource": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/own-*"}]})
    path = shared_service.work.write("alias-policy.json", blob)
    client = shared_service.client("kms", "auditor", "--name", "namer", "--policy", str(path))
    code, message = refusal(client.create_alias, AliasName="alias/own-1", TargetKeyId=key["KeyId"])
    assert code == DENIED and key["Arn"] in message
    code, message = refusal(client.create_alias, AliasName="alias/other", TargetKeyId=key["KeyId"])
    assert code == DENIED and "alias/other" in message
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy({
        "Effect": "Allow", "Principal": {"AWS": user("namer")}, "Action": "kms:CreateAlias", "Resource": "*"}))
    client.create_alias(AliasName="alias/own-1", TargetKeyId=key["KeyId"])


def test_the_policy_of_a_key_comes_back_as_it_was_put(kms, key):
    first = json.loads(kms.get_key_policy(KeyId=key["KeyId"])["Policy"])
    assert first["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    text = policy()
    kms.put_key_policy(KeyId=key["KeyId"], Policy=text, PolicyName="default")
    assert kms.get_key_policy(KeyId=key["KeyId"])["Policy"] == text
    assert kms.list_key_policies(KeyId=key["KeyId"])["PolicyNames"] == ["default"]
    assert refusal(kms.get_key_policy, KeyId=key["KeyId"], PolicyName="other") == \
        ("NotFoundException", "No such policy exists")


def test_a_dry_run_is_authorized(key_user, key):
    assert refusal(key_user.create_grant, KeyId=key["KeyId"], GranteePrincipal=user("x"), Operations=["Encrypt"],
                   DryRun=True)[0] == DENIED
