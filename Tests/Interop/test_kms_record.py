"""No record, no operation: what the service does when its audit log is taken away."""
import json
import shutil
import urllib.error
import urllib.request

from support.service import refusal


def health(service) -> tuple[int, dict]:
    try:
        with urllib.request.urlopen(service.url + "/healthz", timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_without_its_record_the_service_does_nothing_and_says_so(service):
    kms = service.client(read_timeout=60)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert health(service) == (200, {"status": "ok"})
    shutil.rmtree(service.work.home / "audit")
    for call, arguments in (
        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}), (kms.encrypt, {"KeyId": key, "Plaintext": b"x"}),
        (kms.create_key, {}), (kms.disable_key, {"KeyId": key}), (kms.list_keys, {}),
    ):
        code, message = refusal(call, **arguments)
        assert (code, message) == (
            "DependencyTimeoutException", "The audit log can not be written, so no operation is carried out.")
    status, found = health(service)
    assert status == 503 and found["status"] == "failing"
    assert found["troubles"] == ["the audit log can't be written, so no key is used"]


def test_every_answer_is_on_the_record_by_its_request_id(service):
    kms = service.client()
    made = kms.create_key(Description="orders")
    key = made["KeyMetadata"]["KeyId"]
    used = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"dataset": "orders"})
    refused = refusal(kms.decrypt, CiphertextBlob=used["CiphertextBlob"], EncryptionContext={"dataset": "people"})
    assert refused == ("InvalidCiphertextException", "")
    service.stop()
    recorded = b"".join(
        path.read_bytes() for path in sorted((service.work.home / "audit").rglob("*")) if path.is_file())
    for answer in (made, used):
        assert answer["ResponseMetadata"]["RequestId"].encode() in recorded
    assert b"InvalidCiphertextException" in recorded and b"encryption context" in recorded
    assert used["Plaintext"] not in recorded
