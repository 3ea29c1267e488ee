"""Tink's client of AWS KMS, unmodified, against `coffer serve`: keysets and envelopes under our keys."""
from __future__ import annotations

import io

import pytest
import tink
from tink import aead, secret_key_access  # noqa: F401
from tink.integration import awskms


@pytest.fixture(scope="module")
def uri(kms) -> str:
    aead.register()
    return "aws-kms://" + kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture(scope="module")
def remote(kms, uri):
    """An AEAD whose every call is one to the service."""
    return awskms.new_client(boto3_client=kms, key_uri=uri).get_aead(uri)


def test_the_service_seals_and_opens(remote):
    sealed = remote.encrypt(b"a secret", b"for this")
    assert remote.decrypt(sealed, b"for this") == b"a secret"
    for data in (b"", b"for that"):
        with pytest.raises(tink.TinkError):
            remote.decrypt(sealed, data)
    for at in (0, len(sealed) // 2, len(sealed) - 1):
        with pytest.raises(tink.TinkError):
            remote.decrypt(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1:], b"for this")


def test_a_keyset_is_kept_under_a_key_of_the_service(remote, kms, uri):
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    sealed = handle.primitive(aead.Aead).encrypt(b"a row", b"table")
    kept = io.StringIO()
    handle.write_with_associated_data(tink.JsonKeysetWriter(kept), remote, b"keyset")
    reader = tink.JsonKeysetReader(kept.getvalue())
    again = tink.KeysetHandle.read_with_associated_data(reader, remote, b"keyset")
    assert again.primitive(aead.Aead).decrypt(sealed, b"table") == b"a row"
    other = awskms.new_client(boto3_client=kms).get_aead("aws-kms://" + kms.create_key()["KeyMetadata"]["Arn"])
    with pytest.raises(tink.TinkError):
        tink.KeysetHandle.read_with_associated_data(tink.JsonKeysetReader(kept.getvalue()), other, b"keyset")


def test_an_envelope_has_a_data_key_of_its_own(remote):
    envelope = aead.KmsEnvelopeAead(aead.aead_key_templates.AES256_GCM, remote)
    text = b"row after row " * 10_000
    first, second = (envelope.encrypt(text, b"table") for _ in range(2))
    assert first != second and len(first) > len(text)
    assert envelope.decrypt(first, b"table") == text
    with pytest.raises(tink.TinkError):
        envelope.decrypt(first, b"another table")


def test_a_registered_client_finds_the_service_by_the_environment(shared_service, uri, monkeypatch):
    for name, value in shared_service.environment().items():
        monkeypatch.setenv(name, value)
    remote = awskms.AwsKmsClient(uri, None).get_aead(uri)
    assert remote.decrypt(remote.encrypt(b"x", b""), b"") == b"x"
