"""The second implementation of field encryption agrees with the vectors that Coffer wrote."""

import base64
import copy
import hmac
import json
import pathlib
import random
import string

import coffer_field as field
import coffer_format
import pytest
from fastfpe import ff1

VECTORS = json.loads((pathlib.Path(__file__).parents[1] / "Vectors" / "field-encryption.json").read_text())
DATA_KEY = bytes.fromhex(VECTORS["data_key"])
KEY_ID = bytes.fromhex(VECTORS["data_key_id"])
SEGMENT = bytes.fromhex(VECTORS["segment"])


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_the_commitment_and_the_wrapping_context():
    assert field.commitment(DATA_KEY, KEY_ID).hex() == VECTORS["commitment"]
    entry = {"id": text(KEY_ID), "suite": "aes-256-gcm", "tenant": "acme"}
    context = field.wrapping_context(VECTORS["dataset"], entry)
    assert field.canonical_context(context).hex() == VECTORS["wrapping_context"]


@pytest.mark.parametrize("vector", VECTORS["randomized"])
def test_a_randomized_cell_opens_and_is_made_of_what_is_specified(vector):
    key = field.subkey(DATA_KEY, SEGMENT, vector["suite"], VECTORS["dataset"], vector["path"], vector["type"])
    assert key.hex() == vector["subkey"]
    bound = [(one["name"], one["type"], one["value"]) for one in vector["bind"]]
    additional = field.additional_data(SEGMENT, bound)
    assert additional.hex() == vector["additional_data"]
    nonce, plaintext = bytes.fromhex(vector["nonce"]), bytes.fromhex(vector["plaintext"])
    sealed = field.SUITES[vector["suite"]][1](key).encrypt(nonce, plaintext, additional)
    assert (b"\x01" + SEGMENT + nonce + sealed).hex() == vector["cell"]
    assert field.unbase64(vector["text"]).hex() == vector["cell"]


@pytest.mark.parametrize("vector", VECTORS["domains"])
def test_a_domain_key_comes_from_the_mac_key(vector):
    message = field.domain_message(vector["purpose"], vector["domain"])
    assert message.hex() == vector["message"]
    mac = hmac.new(bytes.fromhex(VECTORS["mac_key"]), message, "sha256").digest()
    assert mac.hex() == vector["mac"]
    key, check = field.domain_key(mac, vector["purpose"])
    assert (key.hex(), check.hex()) == (vector["key"], vector["check"])


def keys_of(purpose: str) -> tuple[bytes, bytes]:
    found = next(one for one in VECTORS["domains"] if one["purpose"] == purpose)
    return bytes.fromhex(found["key"]), bytes.fromhex(found["check"])


@pytest.mark.parametrize("vector", VECTORS["deterministic"])
def test_a_deterministic_cell_opens(vector):
    key, check = keys_of("deterministic")
    cell = bytes.fromhex(vector["cell"])
    assert field.open_deterministic(cell, key, check) == vector["value"].encode()
    assert field.open_deterministic(vector["text"], key, check) == vector["value"].encode()
    for bit in range(len(cell) * 8):
        with pytest.raises(field.Refused):
            flipped = bytearray(cell)
            flipped[bit // 8] ^= 1 << bit % 8
            field.open_deterministic(flipped, key, check)


@pytest.mark.parametrize("vector", VECTORS["pseudonyms"])
def test_a_pseudonym_can_be_recomputed(vector):
    assert field.pseudonym(keys_of("hash")[0], vector["value"].encode()) == vector["pseudonym"]


def test_a_catalogue_leads_to_the_value():
    catalogue = field.Catalogue(VECTORS["catalogue"], VECTORS["dataset"], lambda key: DATA_KEY)
    bound, document = VECTORS["randomized"][3], VECTORS["randomized"][5]
    assert catalogue.open("ssn", bound["text"], {"id": "42"}) == b"123-45-6789"
    assert catalogue.open("doc", bytes.fromhex(document["cell"])) == b"{}"
    for refused in [
        lambda: catalogue.open("ssn", bound["text"], {"id": "43"}),
        lambda: catalogue.open("doc", bound["text"]),
        lambda: catalogue.open("doc", document["text"] + "="),
        lambda: field.Catalogue(VECTORS["catalogue"], "other", lambda key: DATA_KEY).open("doc", document["text"]),
        lambda: field.Catalogue(VECTORS["catalogue"], "people", lambda key: bytes(32)).open("doc", document["text"]),
    ]:
        with pytest.raises(field.Refused):
            refused()
    forged = copy.deepcopy(catalogue.document)
    forged["columns"][0].pop("bind")
    with pytest.raises(field.Refused):
        field.Catalogue(forged, "people", lambda key: DATA_KEY).open("ssn", bound["text"])


@pytest.mark.parametrize("vector", VECTORS["kept"], ids=lambda one: f"{one['format'][:20]} {one['value'][:20]}")
def test_a_value_that_keeps_its_format_is_encrypted_and_decrypted_alike(vector):
    format_ = coffer_format.Format(vector["format"], vector["domain"], *keys_of("preserve_format"))
    assert format_.encrypt(vector["value"]) == vector["kept"]
    assert format_.decrypt(vector["kept"]) == vector["value"]


@pytest.mark.parametrize("vector", VECTORS["misfits"])
def test_a_value_that_does_not_fit_opens(vector):
    format_ = coffer_format.Format("alphabet 0123456789", vector["domain"], *keys_of("preserve_format"))
    assert format_.decrypt(vector["text"]) == vector["value"]
    with pytest.raises(field.Refused):
        format_.decrypt(vector["text"][:-1])


@pytest.mark.parametrize("vector", VECTORS["shifts"])
def test_a_subject_is_shifted_by_as_many_days(vector):
    assert coffer_format.shift(keys_of("shift")[0], vector["subject"], vector["limit"]) == vector["days"]


@pytest.mark.parametrize("alphabet", ["0123456789", string.ascii_letters, string.ascii_letters + string.digits])
def test_three_implementations_of_ff1_agree(alphabet):
    random_ = random.Random(7)
    for count in range(6, 60):
        key, tweak = random_.randbytes(32), random_.randbytes(count % 40)
        plain = "".join(random_.choices(alphabet, k=count))
        mine = coffer_format.FF1(key, len(alphabet), tweak)
        sealed = "".join(alphabet[one] for one in mine.run([alphabet.index(one) for one in plain], False))
        assert ff1.encrypt(key.hex(), tweak.hex(), alphabet, plain) == sealed
        assert [alphabet[one] for one in mine.run([alphabet.index(one) for one in sealed], True)] == list(plain)
