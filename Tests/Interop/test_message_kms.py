"""Messages under keys of AWS KMS: coffer and the AWS Encryption SDK, both as clients of `coffer serve`."""
import secrets

import aws_encryption_sdk
import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import CreateAwsKmsKeyringInput

PROVIDERS = AwsCryptographicMaterialProviders(MaterialProvidersConfig())


@pytest.fixture
def kms(service):
    return service.client()


def keyring(kms, arn):
    return PROVIDERS.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=arn, kms_client=kms))


@pytest.mark.parametrize("flags", [[], ["--sign"]])
def test_both_open_what_the_other_sealed_under_one_key(service, kms, flags):
    work = service.work
    key = kms.create_key()["KeyMetadata"]
    client = aws_encryption_sdk.EncryptionSDKClient()
    plaintext = secrets.token_bytes(100_000)
    work.write("plain", plaintext)
    argument = f"aws-kms://{key['Arn']}"
    environment = service.environment()
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", argument, "-c", "dataset=customers", *flags, env=environment)
    message = (work.path / "sealed").read_bytes()
    opened, header = client.decrypt(source=message, keyring=keyring(kms, key["Arn"]))
    assert opened == plaintext and header.encryption_context["dataset"] == "customers"
    found = work.coffer("inspect", "sealed", "--json").json[0]
    assert found["keys"] == [{"provider": "aws-kms", "key": key["Arn"]}]
    by_sdk, _ = client.encrypt(
        source=plaintext, keyring=keyring(kms, key["Arn"]), encryption_context={"dataset": "customers"})
    work.write("by-sdk", by_sdk)
    work.coffer("decrypt", "by-sdk", "-o", "opened", "-k", argument, "-c", "dataset=customers", env=environment)
    assert (work.path / "opened").read_bytes() == plaintext


def test_a_key_that_is_disabled_or_another_opens_nothing(service, kms):
    work = service.work
    own, other = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    environment = service.environment()
    work.write("plain", b"plain")
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", f"aws-kms://{own}", env=environment)
    refused = work.coffer("decrypt", "sealed", "-o", "opened", "-k", f"aws-kms://{other}", code=2, env=environment)
    assert "none of the keys given" in refused.err
    kms.disable_key(KeyId=own)
    refused = work.coffer("decrypt", "sealed", "-o", "opened", "-k", f"aws-kms://{own}", code=2, env=environment)
    assert "disabled" in refused.err
    # Without -k nobody is asked but the embedded store.
    work.coffer("decrypt", "sealed", "-o", "opened", code=2, env=environment)
    assert not (work.path / "opened").exists()
