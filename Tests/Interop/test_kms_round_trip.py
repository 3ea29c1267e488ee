"""boto3 against the key service: what every client does first."""
import boto3
import pytest
from botocore.exceptions import ClientError

from support.service import ACCOUNT, REGION, refusal


def test_a_key_is_made_and_used(kms):
    made = kms.create_key(Description="orders", Tags=[{"TagKey": "team", "TagValue": "etl"}])["KeyMetadata"]
    assert made["Arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{made['KeyId']}"
    assert made["KeyState"] == "Enabled" and made["Description"] == "orders"
    context = {"dataset": "orders"}
    closed = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"secret", EncryptionContext=context)
    assert closed["KeyId"] == made["Arn"]
    opened = kms.decrypt(CiphertextBlob=closed["CiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == b"secret" and opened["KeyId"] == made["Arn"]
    assert opened["KeyMaterialId"] == made["CurrentKeyMaterialId"]


def test_a_data_key_opens_with_its_context_only(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"a": "b"})
    assert len(made["Plaintext"]) == 32
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["Plaintext"]
    for context in ({}, {"a": "c"}, {"a": "b", "c": "d"}):
        code, message = refusal(kms.decrypt, CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)
        assert (code, message) == ("InvalidCiphertextException", "")


def test_who_one_is(shared_service):
    known = shared_service.client("sts").get_caller_identity()
    assert known["Account"] == ACCOUNT
    assert known["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/admin"
    assert known["UserId"].startswith("AIDA")


def test_nobody_gets_in_without_a_key(shared_service):
    stranger = boto3.client(
        "kms", endpoint_url=shared_service.url, region_name=REGION, aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wrong")
    with pytest.raises(ClientError) as caught:
        stranger.list_keys()
    assert caught.value.response["Error"]["Code"] == "UnrecognizedClientException"


def test_it_stops_in_good_order(service):
    service.client().list_keys()
    assert service.stop() == 0
