"""What other people's servers got wrong, a test each."""
import json
import time

import pytest

from support.service import ACCOUNT, REGION, refusal


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]


def test_decrypt_minds_the_context_of_encrypt_and_of_data_keys(kms, key):
    context = {"tenant": "a"}
    blobs = [
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"],
        kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_128", EncryptionContext=context)["CiphertextBlob"],
        kms.generate_data_key_without_plaintext(
            KeyId=key["KeyId"], NumberOfBytes=64, EncryptionContext=context)["CiphertextBlob"],
        kms.generate_data_key_pair_without_plaintext(
            KeyId=key["KeyId"], KeyPairSpec="ECC_NIST_P256", EncryptionContext=context)["PrivateKeyCiphertextBlob"],
    ]
    for blob in blobs:
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
        for wrong in ({}, {"tenant": "b"}, {"Tenant": "a"}, {"tenant": "a", "more": ""}):
            assert refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong) == \
                ("InvalidCiphertextException", "")


def test_decrypt_minds_the_key_it_is_given(kms, key):
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    for name in (key["KeyId"], key["Arn"]):
        assert kms.decrypt(CiphertextBlob=blob, KeyId=name)["Plaintext"] == b"x"
    code, message = refusal(kms.decrypt, CiphertextBlob=blob, KeyId=other)
    assert code == "IncorrectKeyException"
    assert message == "The key ID in the request does not identify a CMK that can perform this operation."


def test_a_disabled_key_does_nothing(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    disabled = ("DisabledException", f"{key['Arn']} is disabled.")
    for call, arguments in (
        (kms.encrypt, {"KeyId": key["KeyId"], "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": blob}),
        (kms.generate_data_key, {"KeyId": key["KeyId"], "KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyId": key["KeyId"], "KeyPairSpec": "ECC_NIST_P256"}),
        (kms.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": key["KeyId"]}),
        (kms.enable_key_rotation, {"KeyId": key["KeyId"]}),
        (kms.rotate_key_on_demand, {"KeyId": key["KeyId"]}),
    ):
        assert refusal(call, **arguments) == disabled
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_dry_run_does_nothing(kms, key):
    dry = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    grantee = f"arn:aws:iam::{ACCOUNT}:user/etl"
    grant = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=grantee, Operations=["Encrypt"])
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    es256 = {"KeyId": signing, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    hmac = {"KeyId": mac, "Message": b"m", "MacAlgorithm": "HMAC_SHA_256"}
    for call, arguments in (
        (kms.encrypt, {"KeyId": key["KeyId"], "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": blob}),
        (kms.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": key["KeyId"]}),
        (kms.generate_data_key, {"KeyId": key["KeyId"], "KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeyId": key["KeyId"], "KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyId": key["KeyId"], "KeyPairSpec": "RSA_2048"}),
        (kms.generate_data_key_pair_without_plaintext, {"KeyId": key["KeyId"], "KeyPairSpec": "RSA_2048"}),
        (kms.create_grant, {"KeyId": key["KeyId"], "GranteePrincipal": grantee, "Operations": ["Decrypt"]}),
        (kms.revoke_grant, {"KeyId": key["KeyId"], "GrantId": grant["GrantId"]}),
        (kms.retire_grant, {"GrantToken": grant["GrantToken"]}),
        (kms.sign, es256),
        (kms.verify, es256 | {"Signature": kms.sign(**es256)["Signature"]}),
        (kms.generate_mac, hmac),
        (kms.verify_mac, hmac | {"Mac": kms.generate_mac(**hmac)["Mac"]}),
    ):
        assert refusal(call, DryRun=True, **arguments) == dry, call
    assert [g["GrantId"] for g in kms.list_grants(KeyId=key["KeyId"])["Grants"]] == [grant["GrantId"]]
    # A dry run of what would fail fails as it would.
    assert refusal(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"a": "b"}, DryRun=True)[0] == \
        "InvalidCiphertextException"


def test_schedule_key_deletion_says_how_the_key_stands(kms, key):
    answer = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert answer["KeyState"] == "PendingDeletion" and answer["PendingWindowInDays"] == 7
    assert answer["KeyId"] == key["Arn"]
    assert abs(answer["DeletionDate"].timestamp() - time.time() - 7 * 86400) < 120
    pending = ("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    assert refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == pending
    assert refusal(kms.enable_key, KeyId=key["KeyId"]) == pending
    assert refusal(kms.schedule_key_deletion, KeyId=key["KeyId"]) == pending
    described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert described["KeyState"] == "PendingDeletion" and not described["Enabled"]
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    assert refusal(kms.cancel_key_deletion, KeyId=key["KeyId"]) == \
        ("KMSInvalidStateException", f"{key['Arn']} is not pending deletion.")


@pytest.mark.parametrize("days", [1, 6, 31])
def test_a_deletion_window_is_7_to_30_days(kms, key, days):
    code, message = refusal(kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=days)
    assert code == "ValidationException"
    assert f"Value '{days}' at 'pendingWindowInDays' failed to satisfy constraint" in message


def test_rotation_status_has_its_period(kms, key):
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key["KeyId"])
    assert status["KeyRotationEnabled"] is True and status["RotationPeriodInDays"] == 90
    assert abs(status["NextRotationDate"].timestamp() - time.time() - 90 * 86400) < 120
    kms.enable_key_rotation(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["RotationPeriodInDays"] == 90
    kms.disable_key_rotation(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is False


@pytest.mark.parametrize("spec, usage", [
    ("HMAC_256", "GENERATE_VERIFY_MAC"), ("RSA_2048", "SIGN_VERIFY"), ("ECC_NIST_P256", "SIGN_VERIFY"),
    ("RSA_2048", "ENCRYPT_DECRYPT"),
])
def test_only_symmetric_keys_rotate(kms, spec, usage):
    other = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    for call in (kms.get_key_rotation_status, kms.enable_key_rotation, kms.rotate_key_on_demand, kms.list_key_rotations):
        assert refusal(call, KeyId=other)[0] == "UnsupportedOperationException"


def test_re_encrypt_finds_its_source(kms, key):
    other = kms.create_key()["KeyMetadata"]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationKeyId=other["KeyId"],
        DestinationEncryptionContext={"c": "d"})
    assert moved["SourceKeyId"] == key["Arn"] and moved["KeyId"] == other["Arn"]
    assert moved["SourceKeyMaterialId"] == key["CurrentKeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"c": "d"})["Plaintext"] == b"x"
    assert refusal(
        kms.re_encrypt, CiphertextBlob=blob, SourceKeyId=other["KeyId"], SourceEncryptionContext={"a": "b"},
        DestinationKeyId=other["KeyId"])[0] == "IncorrectKeyException"
    assert refusal(kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=other["KeyId"]) == \
        ("InvalidCiphertextException", "")


def test_external_keys_begin_without_material(kms):
    made = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert made["KeyState"] == "PendingImport" and not made["Enabled"] and made["Origin"] == "EXTERNAL"
    assert refusal(kms.encrypt, KeyId=made["KeyId"], Plaintext=b"x") == \
        ("KMSInvalidStateException", f"{made['Arn']} is pending import.")


def test_aliases_are_taken_where_aws_takes_them_and_nowhere_else(kms, key):
    alias = f"alias/test-{key['KeyId'][:8]}"
    kms.create_alias(AliasName=alias, TargetKeyId=key["KeyId"])
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"
    blob = kms.encrypt(KeyId=alias, Plaintext=b"x")["CiphertextBlob"]
    for name in (key["KeyId"], key["Arn"], alias, arn):
        assert kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == key["Arn"]
        assert kms.decrypt(KeyId=name, CiphertextBlob=blob)["Plaintext"] == b"x"
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == key["Arn"]
        kms.generate_data_key(KeyId=name, KeySpec="AES_256")
        kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=name, DestinationKeyId=name)
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    for name in (alias, arn):
        for call, more in (
            (kms.enable_key_rotation, {}), (kms.disable_key_rotation, {}), (kms.get_key_rotation_status, {}),
            (kms.rotate_key_on_demand, {}), (kms.list_key_rotations, {}), (kms.get_key_policy, {}),
            (kms.put_key_policy, {"Policy": policy}), (kms.list_key_policies, {}), (kms.list_resource_tags, {}),
            (kms.tag_resource, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}), (kms.untag_resource, {"TagKeys": ["a"]}),
            (kms.enable_key, {}), (kms.disable_key, {}), (kms.schedule_key_deletion, {}),
            (kms.update_key_description, {"Description": ""}), (kms.list_grants, {}), (kms.get_key_last_usage, {}),
        ):
            assert refusal(call, KeyId=name, **more) == ("NotFoundException", f"Invalid keyId '{name}'"), call


def test_names_of_no_key_are_refused_in_aws_words(kms):
    missing = "1234abcd-12ab-34cd-56ef-1234567890ab"
    own = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{missing}"
    for name, message in (
        ("fake-key-id", "Invalid keyId 'fake-key-id'"),
        ("134f2428cec14b25a1ae9048164dba47", "Invalid keyId '134f2428cec14b25a1ae9048164dba47'"),
        ("mrk-fake-key-id", "Invalid keyId 'mrk-fake-key-id'"),
        (missing, f"Key '{own}' does not exist"),
        (own, f"Key '{own}' does not exist"),
        (own.replace(ACCOUNT, "111111111111"), f"Key '{own.replace(ACCOUNT, '111111111111')}' does not exist"),
        (own.replace(REGION, "eu-west-1"), "Invalid arn eu-west-1"),
        ("alias/nothing", f"Alias arn:aws:kms:{REGION}:{ACCOUNT}:alias/nothing is not found."),
    ):
        assert refusal(kms.describe_key, KeyId=name) == ("NotFoundException", message)


def test_pages_are_whole_and_markers_are_checked(shared_service, kms):
    wanted = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}
    found, marker, pages = [], None, 0
    while True:
        page = kms.list_keys(Limit=2, **({"Marker": marker} if marker else {}))
        assert len(page["Keys"]) <= 2
        found += [key["KeyId"] for key in page["Keys"]]
        pages += 1
        if not page["Truncated"]:
            assert "NextMarker" not in page
            break
        marker = page["NextMarker"]
    assert len(found) == len(set(found)) and wanted <= set(found) and pages >= 3
    assert refusal(kms.list_keys, Marker="nonsense")[0] == "InvalidMarkerException"
    # A marker of one list is none of another.
    assert refusal(kms.list_aliases, Marker=marker)[0] == "InvalidMarkerException"
    unchecked = shared_service.client(parameter_validation=False)
    for limit in (0, 1001):
        code, message = refusal(unchecked.list_keys, Limit=limit)
        assert code == "ValidationException" and f"Value '{limit}' at 'limit'" in message


def test_validation_errors_are_counted_and_worded_as_aws_does(shared_service, kms):
    client = shared_service.client(parameter_validation=False)
    assert refusal(client.generate_random, NumberOfBytes=1025) == (
        "ValidationException",
        "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
        "Member must have value less than or equal to 1024")
    code, message = refusal(
        client.create_key, KeyUsage="RANDOM", Tags=[{"TagKey": "k" * 129, "TagValue": "v" * 257}])
    assert code == "ValidationException" and message.startswith("3 validation errors detected: ")
    assert "Value 'RANDOM' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: " \
        "[ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC]" in message
    assert f"Value '{'k' * 129}' at 'tags.1.member.tagKey' failed to satisfy constraint: " \
        "Member must have length less than or equal to 128" in message
    assert f"Value '{'v' * 257}' at 'tags.1.member.tagValue'" in message
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert refusal(client.encrypt, KeyId=key, Plaintext=b"x" * 4097) == (
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096")


def test_old_material_still_decrypts_after_a_rotation(kms, key):
    old = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"old")
    assert kms.rotate_key_on_demand(KeyId=key["KeyId"])["KeyId"] == key["KeyId"]
    now = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["CurrentKeyMaterialId"]
    assert now != key["CurrentKeyMaterialId"]
    opened = kms.decrypt(CiphertextBlob=old["CiphertextBlob"])
    assert opened["Plaintext"] == b"old" and opened["KeyMaterialId"] == key["CurrentKeyMaterialId"]
    fresh = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    assert fresh["KeyMaterialId"] == now
    rotations = kms.list_key_rotations(KeyId=key["KeyId"])["Rotations"]
    assert [(r["RotationType"], r["KeyMaterialId"]) for r in rotations] == [("ON_DEMAND", now)]
    whole = kms.list_key_rotations(KeyId=key["KeyId"], IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [r["KeyMaterialState"] for r in whole] == ["NON_CURRENT", "CURRENT"]


def test_a_policy_must_be_one_and_must_not_lock_everybody_out(kms, key):
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy="{")[0] == "MalformedPolicyDocumentException"
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/somebody"}, "Action": "kms:Encrypt",
        "Resource": "*"}]})
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=nobody) == (
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.")
    assert refusal(kms.create_key, Policy=nobody)[0] == "MalformedPolicyDocumentException"
    kms.put_key_policy(KeyId=key["KeyId"], Policy=nobody, BypassPolicyLockoutSafetyCheck=True)
    assert refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x")[0] == "AccessDeniedException"


@pytest.mark.parametrize("spec, algorithm, limit", [
    ("RSA_2048", "RSAES_OAEP_SHA_1", 214), ("RSA_2048", "RSAES_OAEP_SHA_256", 190),
    ("RSA_3072", "RSAES_OAEP_SHA_1", 342), ("RSA_3072", "RSAES_OAEP_SHA_256", 318),
    ("RSA_4096", "RSAES_OAEP_SHA_1", 470), ("RSA_4096", "RSAES_OAEP_SHA_256", 446),
])
def test_rsa_encrypts_what_fits(kms, spec, algorithm, limit):
    made = kms.create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    arguments = {"KeyId": made, "EncryptionAlgorithm": algorithm}
    blob = kms.encrypt(Plaintext=b"x" * limit, **arguments)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, **arguments)["Plaintext"] == b"x" * limit
    assert refusal(kms.encrypt, Plaintext=b"x" * (limit + 1), **arguments) == (
        "ValidationException",
        f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {limit} bytes.")


def test_sizes_at_their_bounds(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x" * 4096)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x" * 4096
    for count in (1, 1024):
        assert len(kms.generate_random(NumberOfBytes=count)["Plaintext"]) == count
        assert len(kms.generate_data_key(KeyId=key["KeyId"], NumberOfBytes=count)["Plaintext"]) == count


def test_a_context_or_policy_that_is_too_long_is_refused(kms, key):
    code, message = refusal(
        kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b" * 8192})
    assert code == "ValidationException" and "'encryptionContext'" in message
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b" * 8191})
    long = json.dumps({"Version": "2012-10-17", "Id": "x" * 40_000, "Statement": []})
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], Policy=long)[0] == "LimitExceededException"
