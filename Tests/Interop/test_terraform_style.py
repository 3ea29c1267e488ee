"""Keys, aliases, grants and policies as terraform-provider-aws makes, reads, changes and deletes them: the same calls, and the
same comparisons afterwards, where anything that is not as it was written is a change for ever ("drift")."""
from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from support.service import ACCOUNT, REGION

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
USER = f"arn:aws:iam::{ACCOUNT}:user/admin"


def policy(*more) -> str:
    """A policy as somebody writes it: texts where lists could stand, spaces, another order of names."""
    everything = {
        "Sid": "Owner", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [everything, *more]}, indent=2)


def same_policy(one: str, other: str) -> bool:
    """As the provider compares policies: lists and single texts are the same, and order does not count."""
    def plain(value):
        if isinstance(value, dict):
            return {name: plain(part) for name, part in sorted(value.items())}
        if isinstance(value, list):
            parts = [plain(part) for part in value]
            return parts[0] if len(parts) == 1 else sorted(parts, key=json.dumps)
        return value

    return plain(json.loads(one)) == plain(json.loads(other))


class Key:
    """aws_kms_key."""

    DEFAULTS = {
        "description": "", "enabled": True, "rotation": False, "period": None, "tags": {}, "spec": "SYMMETRIC_DEFAULT",
        "usage": "ENCRYPT_DECRYPT", "multi_region": False,
    }

    def __init__(self, kms, **wanted):
        self.kms, self.wanted, self.id = kms, self.DEFAULTS | wanted, None

    def create(self):
        w = self.wanted
        arguments = {
            "BypassPolicyLockoutSafetyCheck": False, "KeySpec": w["spec"], "KeyUsage": w["usage"],
            "MultiRegion": w["multi_region"]}
        if w["description"]:
            arguments["Description"] = w["description"]
        if "policy" in w:
            arguments["Policy"] = w["policy"]
        if w["tags"]:
            arguments["Tags"] = [{"TagKey": name, "TagValue": value} for name, value in w["tags"].items()]
        self.id = self.kms.create_key(**arguments)["KeyMetadata"]["KeyId"]
        if w["rotation"]:
            self.rotate()
        if not w["enabled"]:
            self.kms.disable_key(KeyId=self.id)
        return self

    def rotate(self):
        period = {"RotationPeriodInDays": self.wanted["period"]} if self.wanted["period"] else {}
        self.kms.enable_key_rotation(KeyId=self.id, **period)

    def read(self) -> dict | None:
        """The state; None where the key is gone or going."""
        try:
            metadata = self.kms.describe_key(KeyId=self.id)["KeyMetadata"]
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NotFoundException"
            return None
        if metadata["KeyState"] == "PendingDeletion":
            return None
        state = {
            "description": metadata["Description"], "enabled": metadata["Enabled"], "spec": metadata["KeySpec"],
            "usage": metadata["KeyUsage"], "multi_region": metadata["MultiRegion"], "arn": metadata["Arn"],
            "customer_spec": metadata["CustomerMasterKeySpec"], "rotation": False, "period": None,
        }
        assert self.kms.list_key_policies(KeyId=self.id)["PolicyNames"] == ["default"]
        state["policy"] = self.kms.get_key_policy(KeyId=self.id, PolicyName="default")["Policy"]
        try:
            status = self.kms.get_key_rotation_status(KeyId=self.id)
            state["rotation"] = status["KeyRotationEnabled"]
            # What an enabled rotation lacks is drift for ever.
            state["period"] = status["RotationPeriodInDays"] if status["KeyRotationEnabled"] else None
        except ClientError as error:
            assert error.response["Error"]["Code"] == "UnsupportedOperationException"
        pages = self.kms.get_paginator("list_resource_tags").paginate(KeyId=self.id)
        state["tags"] = {tag["TagKey"]: tag["TagValue"] for page in pages for tag in page["Tags"]}
        return state

    def plan(self) -> set[str]:
        """What would be changed."""
        state = self.read()
        if state is None:
            return {"create"}
        changes = {
            name for name, value in self.wanted.items()
            if name not in ("policy", "period") and state[name] != value
        }
        if "policy" in self.wanted and not same_policy(self.wanted["policy"], state["policy"]):
            changes.add("policy")
        # The period is computed where nobody writes it.
        if self.wanted["period"] is not None and state["period"] != self.wanted["period"]:
            changes.add("period")
        return changes

    def update(self, **wanted):
        self.wanted |= wanted
        changes, kms = self.plan(), self.kms
        assert changes == set(wanted), "a change that nobody asked for"
        if "enabled" in changes and self.wanted["enabled"]:
            kms.enable_key(KeyId=self.id)
        if changes & {"rotation", "period"}:
            if self.wanted["rotation"]:
                self.rotate()
            else:
                kms.disable_key_rotation(KeyId=self.id)
        if "description" in changes:
            kms.update_key_description(KeyId=self.id, Description=self.wanted["description"])
        if "policy" in changes:
            kms.put_key_policy(
                KeyId=self.id, PolicyName="default", Policy=self.wanted["policy"], BypassPolicyLockoutSafetyCheck=False)
        if "enabled" in changes and not self.wanted["enabled"]:
            kms.disable_key(KeyId=self.id)
        if "tags" in changes:
            old = self.read()["tags"]
            gone = [name for name in old if name not in self.wanted["tags"]]
            if gone:
                kms.untag_resource(KeyId=self.id, TagKeys=gone)
            new = {name: value for name, value in self.wanted["tags"].items() if old.get(name) != value}
            if new:
                kms.tag_resource(KeyId=self.id, Tags=[{"TagKey": n, "TagValue": v} for n, v in new.items()])
        assert self.plan() == set()

    def delete(self):
        answer = self.kms.schedule_key_deletion(KeyId=self.id, PendingWindowInDays=7)
        assert answer["KeyState"] == "PendingDeletion" and answer["PendingWindowInDays"] == 7
        assert self.read() is None
        with pytest.raises(ClientError) as again:
            self.kms.schedule_key_deletion(KeyId=self.id, PendingWindowInDays=7)
        assert again.value.response["Error"]["Code"] == "KMSInvalidStateException"


@pytest.mark.parametrize(
    "wanted",
    [
        {}, {"description": "orders", "tags": {"team": "etl", "cost": "7"}}, {"rotation": True},
        {"rotation": True, "period": 180}, {"enabled": False}, {"policy": policy()},
        {"spec": "HMAC_256", "usage": "GENERATE_VERIFY_MAC"}, {"spec": "RSA_2048", "usage": "SIGN_VERIFY"},
        {"spec": "ECC_NIST_P384", "usage": "SIGN_VERIFY"},
        {"policy": policy({
            "Sid": "Readers", "Effect": "Allow", "Principal": {"AWS": [USER]}, "Action": ["kms:Decrypt", "kms:DescribeKey"],
            "Resource": ["*"], "Condition": {"StringEquals": {"kms:EncryptionContext:table": "orders"}}})},
    ],
    ids=lambda wanted: "-".join(wanted) or "default",
)
def test_a_key_has_no_drift_and_goes_away(kms, wanted):
    key = Key(kms, **wanted).create()
    assert key.plan() == set() and key.plan() == set()
    key.delete()


def test_a_key_is_changed_in_every_way(kms):
    key = Key(kms, description="one", tags={"a": "1", "b": "2"}, policy=policy()).create()
    for change in (
        {"description": "two"}, {"tags": {"b": "3", "c": "4"}}, {"rotation": True}, {"rotation": False}, {"enabled": False},
        {"enabled": True}, {"rotation": True, "period": 90}, {"period": 2560},
        {"policy": policy({
            "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}, "Null": {"kms:EncryptionContext:table": True}}})},
        {"description": "", "tags": {}},
    ):
        key.update(**change)
    key.delete()


def test_a_policy_that_locks_everybody_out_is_refused_and_changes_nothing(kms):
    key = Key(kms, policy=policy()).create()
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}, "Action": "kms:Decrypt",
        "Resource": "*"}]})
    for document in (nobody, "{}", "not json"):
        with pytest.raises(ClientError) as refused:
            kms.put_key_policy(KeyId=key.id, PolicyName="default", Policy=document)
        assert refused.value.response["Error"]["Code"] == "MalformedPolicyDocumentException"
    assert key.plan() == set()


def alias(kms, name: str) -> dict | None:
    """As the provider finds one: by reading them all."""
    for page in kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 3}):
        for entry in page["Aliases"]:
            if entry["AliasName"] == name:
                return entry
    return None


def test_an_alias_is_made_moved_and_deleted(kms):
    one, two = Key(kms).create(), Key(kms).create()
    kms.create_alias(AliasName="alias/terraform", TargetKeyId=one.id)
    for key in (one, two):
        if key is two:
            kms.update_alias(AliasName="alias/terraform", TargetKeyId=two.id)
        entry = alias(kms, "alias/terraform")
        assert entry["TargetKeyId"] == key.id
        assert entry["AliasArn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/terraform"
        assert kms.describe_key(KeyId="alias/terraform")["KeyMetadata"]["Arn"] == key.read()["arn"]
        assert one.plan() == two.plan() == set(), "an alias is no change of its key"
    with pytest.raises(ClientError) as taken:
        kms.create_alias(AliasName="alias/terraform", TargetKeyId=one.id)
    assert taken.value.response["Error"]["Code"] == "AlreadyExistsException"
    kms.delete_alias(AliasName="alias/terraform")
    assert alias(kms, "alias/terraform") is None
    with pytest.raises(ClientError) as gone:
        kms.delete_alias(AliasName="alias/terraform")
    assert gone.value.response["Error"]["Code"] == "NotFoundException"


def grant(kms, key: str, grant_id: str) -> dict | None:
    for page in kms.get_paginator("list_grants").paginate(KeyId=key, PaginationConfig={"PageSize": 2}):
        for entry in page["Grants"]:
            if entry["GrantId"] == grant_id:
                return entry
    return None


@pytest.mark.parametrize(
    "constraints", [None, {"EncryptionContextEquals": {"table": "orders"}}, {"EncryptionContextSubset": {"a": "b", "c": "d"}}])
@pytest.mark.parametrize("ending", ["revoke", "retire"])
def test_a_grant_is_made_read_and_ended(kms, constraints, ending):
    key = Key(kms).create()
    wanted = {
        "Name": "terraform", "GranteePrincipal": USER, "RetiringPrincipal": USER,
        "Operations": ["Encrypt", "Decrypt", "GenerateDataKey"],
    } | ({"Constraints": constraints} if constraints else {})
    made = kms.create_grant(KeyId=key.id, **wanted)
    others = [kms.create_grant(KeyId=key.id, GranteePrincipal=USER, Operations=["Decrypt"])["GrantId"] for _ in range(3)]
    for _ in range(2):
        state = grant(kms, key.id, made["GrantId"])
        assert state["Name"] == wanted["Name"] and state["GranteePrincipal"] == state["RetiringPrincipal"] == USER
        assert set(state["Operations"]) == set(wanted["Operations"])
        assert state.get("Constraints") == constraints
        assert state["KeyId"] == key.read()["arn"]
    # The same once more is the same grant.
    assert kms.create_grant(KeyId=key.id, **wanted)["GrantId"] == made["GrantId"]
    assert key.plan() == set()
    if ending == "revoke":
        kms.revoke_grant(KeyId=key.id, GrantId=made["GrantId"])
    else:
        kms.retire_grant(KeyId=key.read()["arn"], GrantId=made["GrantId"])
    assert grant(kms, key.id, made["GrantId"]) is None
    assert all(grant(kms, key.id, other) for other in others)
    key.delete()


def test_the_data_sources_read(kms, shared_service):
    key = Key(kms, spec="RSA_2048", usage="SIGN_VERIFY").create()
    public = kms.get_public_key(KeyId=key.id)
    assert public["KeySpec"] == "RSA_2048" and public["KeyUsage"] == "SIGN_VERIFY" and public["SigningAlgorithms"]
    identity = shared_service.client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT and identity["Arn"] == USER
