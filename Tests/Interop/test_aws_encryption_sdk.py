"""The AWS Encryption SDK, unmodified, with its key material from `coffer serve`: keyrings, several keys, and what must fail."""
from __future__ import annotations

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    AesWrappingAlg, CreateAwsKmsKeyringInput, CreateMultiKeyringInput, CreateRawAesKeyringInput,
)

CONTEXT = {"table": "customers", "purpose": "test"}
TEXT = b"a row of a table\n" * 1000


@pytest.fixture(scope="module")
def providers():
    return AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


@pytest.fixture(scope="module")
def sdk():
    return aws_encryption_sdk.EncryptionSDKClient(
        commitment_policy=aws_encryption_sdk.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


@pytest.fixture(scope="module")
def arns(kms):
    return [kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2)]


def keyring(providers, client, arn):
    return providers.create_aws_kms_keyring(input=CreateAwsKmsKeyringInput(kms_key_id=arn, kms_client=client))


def seal(sdk, ring, context=CONTEXT) -> bytes:
    return sdk.encrypt(source=TEXT, keyring=ring, encryption_context=context)[0]


def opens(sdk, message, ring) -> bytes:
    text, header = sdk.decrypt(source=message, keyring=ring)
    assert CONTEXT.items() <= header.encryption_context.items()
    return text


def reasons(error) -> list:
    """An error and everything it was made of."""
    found, open_ends = [], [error]
    while open_ends:
        error = open_ends.pop()
        if error is None or error in found:
            continue
        found.append(error)
        open_ends += [error.__cause__, error.__context__, *(a for a in error.args if isinstance(a, BaseException))]
        open_ends += list(getattr(error, "list", []) or [])
    return found


def test_a_kms_keyring_seals_and_opens(sdk, providers, kms, arns):
    ring = keyring(providers, kms, arns[0])
    message = seal(sdk, ring)
    assert TEXT[:16] not in message and opens(sdk, message, ring) == TEXT


def test_a_kms_keyring_takes_an_alias_arn_to_seal(sdk, providers, kms, arns):
    alias = arns[0].rsplit(":", 1)[0] + ":alias/esdk"
    kms.create_alias(AliasName="alias/esdk", TargetKeyId=arns[0])
    message = seal(sdk, keyring(providers, kms, alias))
    assert opens(sdk, message, keyring(providers, kms, arns[0])) == TEXT


def test_another_key_does_not_open(sdk, providers, kms, arns):
    message = seal(sdk, keyring(providers, kms, arns[0]))
    with pytest.raises(Exception):
        opens(sdk, message, keyring(providers, kms, arns[1]))


def test_an_altered_message_or_context_does_not_open(sdk, providers, kms, arns):
    ring = keyring(providers, kms, arns[0])
    message = seal(sdk, ring)
    for at in (60, len(message) // 2, len(message) - 1):
        with pytest.raises(Exception):
            opens(sdk, message[:at] + bytes([message[at] ^ 1]) + message[at + 1:], ring)
    other = message.replace(b"customers", b"Customers")
    assert other != message
    with pytest.raises(Exception):
        sdk.decrypt(source=other, keyring=ring)


def test_a_message_under_two_keys_opens_with_either(sdk, providers, kms, arns):
    both = providers.create_multi_keyring(
        input=CreateMultiKeyringInput(
            generator=keyring(providers, kms, arns[0]), child_keyrings=[keyring(providers, kms, arns[1])]))
    message = seal(sdk, both)
    for arn in arns:
        assert opens(sdk, message, keyring(providers, kms, arn)) == TEXT
    kms.disable_key(KeyId=arns[0])
    try:
        assert opens(sdk, message, both) == TEXT
        with pytest.raises(Exception):
            opens(sdk, message, keyring(providers, kms, arns[0]))
    finally:
        kms.enable_key(KeyId=arns[0])


def test_a_key_of_ours_and_a_raw_key_share_a_message(sdk, providers, kms, arns):
    raw = providers.create_raw_aes_keyring(
        input=CreateRawAesKeyringInput(
            key_namespace="local", key_name="backup", wrapping_key=bytes(range(32)),
            wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16))
    both = providers.create_multi_keyring(
        input=CreateMultiKeyringInput(generator=keyring(providers, kms, arns[0]), child_keyrings=[raw]))
    message = seal(sdk, both)
    assert opens(sdk, message, raw) == TEXT and opens(sdk, message, both) == TEXT


def test_a_reader_needs_leave_to_decrypt(sdk, providers, kms, arns, shared_service):
    message = seal(sdk, keyring(providers, kms, arns[0]))
    assert opens(sdk, message, keyring(providers, shared_service.client(role="key-user"), arns[0])) == TEXT
    for role in ("auditor", "key-admin"):
        with pytest.raises(Exception) as refused:
            opens(sdk, message, keyring(providers, shared_service.client(role=role), arns[0]))
        assert "AccessDenied" in "".join(map(repr, reasons(refused.value)))


def test_what_was_sealed_before_a_rotation_opens_after_it(sdk, providers, kms, arns):
    ring = keyring(providers, kms, arns[1])
    message = seal(sdk, ring)
    kms.rotate_key_on_demand(KeyId=arns[1])
    assert opens(sdk, message, ring) == TEXT and opens(sdk, seal(sdk, ring), ring) == TEXT
