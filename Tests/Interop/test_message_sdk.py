"""Messages both ways between coffer and the AWS Encryption SDK for Python, with fresh keys each time."""
import base64
import os
import secrets

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    AesWrappingAlg,
    CreateDefaultCryptographicMaterialsManagerInput,
    CreateMultiKeyringInput,
    CreateRawAesKeyringInput,
    CreateRawRsaKeyringInput,
    CreateRequiredEncryptionContextCMMInput,
    PaddingScheme,
)
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.identifiers import Algorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SUITES = [0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378, 0x0478, 0x0578]
COMMITTING = (0x0478, 0x0578)
PADDINGS = {
    "pkcs1": PaddingScheme.PKCS1,
    "oaep-sha1": PaddingScheme.OAEP_SHA1_MGF1,
    "oaep-sha256": PaddingScheme.OAEP_SHA256_MGF1,
    "oaep-sha384": PaddingScheme.OAEP_SHA384_MGF1,
    "oaep-sha512": PaddingScheme.OAEP_SHA512_MGF1,
}
WRAPPING = {16: AesWrappingAlg.ALG_AES128_GCM_IV12_TAG16, 24: AesWrappingAlg.ALG_AES192_GCM_IV12_TAG16}
CONTEXT = {"dataset": "customers", "\U0001F600": "smile", "\uffff": "last", "empty": ""}
PROVIDERS = AwsCryptographicMaterialProviders(MaterialProvidersConfig())


class Key:
    """One raw key, as coffer and as the SDK name it."""

    def __init__(self, work, kind: str, name: str = "key one"):
        self.name = name
        if kind.startswith("aes"):
            material = secrets.token_bytes(int(kind[3:]) // 8)
            work.write(f"{name}.key", material)
            escaped = name.replace(" ", "%20")
            self.argument = f"raw-aes://tests/{escaped}?file={escaped}.key"
            wrapping = WRAPPING.get(len(material), AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16)
            self.keyring = PROVIDERS.create_raw_aes_keyring(CreateRawAesKeyringInput(
                key_namespace="tests", key_name=name, wrapping_key=material, wrapping_alg=wrapping))
            self.public_argument = self.argument
        else:
            pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            private = pair.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            public = pair.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            work.write("private.pem", private)
            work.write("public.pem", public)
            self.argument = f"raw-rsa://tests/rsa?file=private.pem&padding={kind}"
            self.public_argument = f"raw-rsa://tests/rsa?file=public.pem&padding={kind}"
            self.keyring = PROVIDERS.create_raw_rsa_keyring(CreateRawRsaKeyringInput(
                key_namespace="tests", key_name="rsa", padding_scheme=PADDINGS[kind], public_key=public,
                private_key=private))


def client(suite: int = 0x0478):
    policy = (
        CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT if suite in COMMITTING
        else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)


def algorithm(suite: int) -> Algorithm:
    return next(one for one in Algorithm if one.algorithm_id == suite)


def seal_by_sdk(keyring, plaintext: bytes, suite: int, frame_length: int = 4096, context=None) -> bytes:
    return client(suite).encrypt(
        source=plaintext, keyring=keyring, algorithm=algorithm(suite), frame_length=frame_length,
        encryption_context=context or {})[0]


def flags(suite: int) -> list[str]:
    return ["--commitment", "require" if suite in COMMITTING else "forbid"]


def context_flags(context: dict) -> list[str]:
    return [part for name, value in context.items() for part in ("-c", f"{name}={value}")]


LENGTHS = [0, 1, 127, 128, 129, 5000]


@pytest.mark.parametrize("suite", SUITES)
def test_the_sdk_opens_what_coffer_sealed(work, suite):
    key = Key(work, "aes256")
    for length in LENGTHS:
        plaintext = secrets.token_bytes(length)
        source = work.write("plain", plaintext)
        work.coffer(
            "encrypt", source, "-o", "sealed", "-k", key.argument, "--suite", hex(suite), "--frame-length", 128,
            *context_flags(CONTEXT), *flags(suite))
        message = (work.path / "sealed").read_bytes()
        opened, header = client(suite).decrypt(source=message, keyring=key.keyring)
        assert opened == plaintext
        assert CONTEXT.items() <= header.encryption_context.items()
        assert header.algorithm.algorithm_id == suite


@pytest.mark.parametrize("suite", SUITES)
def test_coffer_opens_what_the_sdk_sealed(work, suite):
    key = Key(work, "aes256")
    for length in LENGTHS:
        for frame_length in (128, 4096):
            plaintext = secrets.token_bytes(length)
            work.write("sealed", seal_by_sdk(key.keyring, plaintext, suite, frame_length, CONTEXT))
            work.coffer(
                "decrypt", "sealed", "-o", "opened", "-k", key.argument, "--commitment", "allow", *context_flags(CONTEXT))
            assert (work.path / "opened").read_bytes() == plaintext


def test_coffer_opens_messages_without_frames(work):
    key = Key(work, "aes256")
    for suite in (0x0178, 0x0478, 0x0578):
        plaintext = secrets.token_bytes(700_000)
        work.write("sealed", seal_by_sdk(key.keyring, plaintext, suite, frame_length=0))
        work.coffer("decrypt", "sealed", "-o", "opened", "-k", key.argument, "--commitment", "allow")
        assert (work.path / "opened").read_bytes() == plaintext


@pytest.mark.parametrize("kind", ["aes128", "aes192", "aes256", *PADDINGS])
def test_every_raw_key_wraps_for_the_other(work, kind):
    key = Key(work, kind)
    plaintext = secrets.token_bytes(1000)
    source = work.write("plain", plaintext)
    # A public key is enough to encrypt.
    work.coffer("encrypt", source, "-o", "sealed", "-k", key.public_argument)
    assert client().decrypt(source=(work.path / "sealed").read_bytes(), keyring=key.keyring)[0] == plaintext
    work.write("sealed", seal_by_sdk(key.keyring, plaintext, 0x0578))
    work.coffer("decrypt", "sealed", "-o", "opened", "-k", key.argument)
    assert (work.path / "opened").read_bytes() == plaintext
    if key.public_argument != key.argument:
        (work.path / "opened").unlink()
        work.coffer("decrypt", "sealed", "-o", "opened", "-k", key.public_argument, code=2)
        assert not (work.path / "opened").exists()


def test_each_of_several_recipients_opens_alone(work):
    keys = [Key(work, "aes256", name="a"), Key(work, "aes128", name="b"), Key(work, "oaep-sha512")]
    plaintext = secrets.token_bytes(10_000)
    source = work.write("plain", plaintext)
    named = [part for key in keys for part in ("-k", key.argument)]
    work.coffer("encrypt", source, "-o", "sealed", *named, "--sign")
    together = PROVIDERS.create_multi_keyring(CreateMultiKeyringInput(
        generator=keys[0].keyring, child_keyrings=[key.keyring for key in keys[1:]]))
    by_sdk = work.write("by-sdk", seal_by_sdk(together, plaintext, 0x0578))
    for key in keys:
        assert client().decrypt(source=(work.path / "sealed").read_bytes(), keyring=key.keyring)[0] == plaintext
        work.coffer("decrypt", by_sdk, "-o", "opened", "-k", key.argument)
        assert (work.path / "opened").read_bytes() == plaintext
    inspected = work.coffer("inspect", "sealed", "--json").json[0]
    assert [key["key"] for key in inspected["keys"]] == ["a", "b", "rsa"]
    assert inspected["signature"] == "holds"


def required(keyring, names):
    manager = PROVIDERS.create_default_cryptographic_materials_manager(
        CreateDefaultCryptographicMaterialsManagerInput(keyring=keyring))
    return PROVIDERS.create_required_encryption_context_cmm(CreateRequiredEncryptionContextCMMInput(
        underlying_cmm=manager, required_encryption_context_keys=names))


def test_context_that_is_not_in_the_message_is_required_by_both(work):
    key = Key(work, "aes256")
    plaintext = secrets.token_bytes(1000)
    source = work.write("plain", plaintext)
    work.coffer("encrypt", source, "-o", "sealed", "-k", key.argument, "-c", "a=1", "--required-context", "tenant=7")
    message = (work.path / "sealed").read_bytes()
    opened = client().decrypt(
        source=message, materials_manager=required(key.keyring, ["tenant"]), encryption_context={"tenant": "7", "a": "1"})
    assert opened[0] == plaintext
    assert b"tenant" not in message
    by_sdk = client().encrypt(
        source=plaintext, materials_manager=required(key.keyring, ["tenant"]),
        encryption_context={"tenant": "7", "a": "1"})[0]
    work.write("by-sdk", by_sdk)
    work.coffer("decrypt", "by-sdk", "-o", "opened", "-k", key.argument, "-c", "tenant=7")
    assert (work.path / "opened").read_bytes() == plaintext
    for wrong in ([], ["-c", "tenant=8"], ["-c", "tenant=7", "-c", "a=2"], ["-c", "tenant=7", "-c", "more=1"]):
        refused = work.coffer("decrypt", "by-sdk", "-o", "refused", "-k", key.argument, *wrong, code=2)
        assert "coffer: " in refused.err and not (work.path / "refused").exists()


def test_a_message_in_base64_is_named_as_such(work):
    key = Key(work, "aes256")
    text = base64.encodebytes(seal_by_sdk(key.keyring, os.urandom(100), 0x0478))
    work.write("text", text)
    refused = work.coffer("decrypt", "text", "-o", "opened", "-k", key.argument, code=2)
    assert "base64 -d" in refused.err
