"""Every kind of key over the API, checked with another library's cryptography."""
import datetime
import hashlib
import os

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from support.service import refusal

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def check(public, algorithm, signature, message):
    """Throws where the signature is not one."""
    chosen = HASHES.get(algorithm[-3:])
    if algorithm.startswith("RSASSA_PSS"):
        public.verify(signature, message, padding.PSS(padding.MGF1(chosen), chosen.digest_size), chosen)
    elif algorithm.startswith("RSASSA_PKCS1"):
        public.verify(signature, message, padding.PKCS1v15(), chosen)
    elif algorithm.startswith("ECDSA"):
        public.verify(signature, message, ec.ECDSA(chosen))
    else:
        public.verify(signature, message)


@pytest.mark.parametrize("spec", [
    "RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_NIST_EDWARDS25519",
])
def test_signatures(kms, spec):
    made = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    shown = kms.get_public_key(KeyId=made["KeyId"])
    assert shown["KeySpec"] == spec and shown["SigningAlgorithms"] == made["SigningAlgorithms"]
    public = serialization.load_der_public_key(shown["PublicKey"])
    message = os.urandom(100)
    for algorithm in made["SigningAlgorithms"]:
        assert algorithm != "ED25519_PH_SHA_512"
        arguments = {"KeyId": made["KeyId"], "Message": message, "SigningAlgorithm": algorithm}
        signature = kms.sign(**arguments)["Signature"]
        check(public, algorithm, signature, message)
        assert kms.verify(Signature=signature, **arguments)["SignatureValid"] is True
        bent = bytes([signature[0] ^ 1]) + signature[1:]
        assert refusal(kms.verify, Signature=bent, **arguments) == ("KMSInvalidSignatureException", "")
        assert refusal(kms.verify, Signature=signature, **(arguments | {"Message": b"other"})) == \
            ("KMSInvalidSignatureException", "")
        with pytest.raises(InvalidSignature):
            check(public, algorithm, signature, b"other")
        if algorithm == "ED25519_SHA_512":
            continue
        digest = hashlib.new(f"sha{algorithm[-3:]}", message).digest()
        by_digest = {"KeyId": made["KeyId"], "MessageType": "DIGEST", "SigningAlgorithm": algorithm}
        check(public, algorithm, kms.sign(Message=digest, **by_digest)["Signature"], message)
        assert kms.verify(Message=digest, Signature=signature, **by_digest)["SignatureValid"] is True
        assert refusal(kms.sign, Message=digest[:-1], **by_digest) == \
            ("ValidationException", f"Digest is invalid length for algorithm {algorithm}.")


@pytest.mark.parametrize("bits", ["224", "256", "384", "512"])
def test_macs(kms, bits):
    made = kms.create_key(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]
    assert made["MacAlgorithms"] == [f"HMAC_SHA_{bits}"]
    arguments = {"KeyId": made["KeyId"], "Message": b"m", "MacAlgorithm": f"HMAC_SHA_{bits}"}
    mac = kms.generate_mac(**arguments)["Mac"]
    assert len(mac) == int(bits) // 8
    assert kms.verify_mac(Mac=mac, **arguments)["MacValid"] is True
    for wrong in (mac[:-1] + bytes([mac[-1] ^ 1]), mac[:-1], mac + b"\0"):
        assert refusal(kms.verify_mac, Mac=wrong, **arguments) == ("KMSInvalidMacException", "")
    other = "512" if bits != "512" else "256"
    assert refusal(kms.generate_mac, **(arguments | {"MacAlgorithm": f"HMAC_SHA_{other}"})) == (
        "InvalidKeyUsageException", f"Algorithm HMAC_SHA_{other} is incompatible with key spec HMAC_{bits}.")


def test_a_key_is_for_its_usage(kms):
    keys = {
        usage: kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]
        for usage, spec in (("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"), ("SIGN_VERIFY", "ECC_NIST_P256"),
                            ("GENERATE_VERIFY_MAC", "HMAC_256"))
    }
    calls = {
        "Encrypt": (kms.encrypt, {"Plaintext": b"x"}),
        "GenerateDataKey": (kms.generate_data_key, {"KeySpec": "AES_256"}),
        "Sign": (kms.sign, {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}),
        "Verify": (kms.verify, {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256", "Signature": b"x"}),
        "GenerateMac": (kms.generate_mac, {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}),
    }
    good = {"Encrypt": "ENCRYPT_DECRYPT", "GenerateDataKey": "ENCRYPT_DECRYPT", "Sign": "SIGN_VERIFY",
            "Verify": "SIGN_VERIFY", "GenerateMac": "GENERATE_VERIFY_MAC"}
    for name, (call, arguments) in calls.items():
        for usage, key in keys.items():
            if usage != good[name]:
                assert refusal(call, KeyId=key["KeyId"], **arguments) == (
                    "InvalidKeyUsageException", f"{key['Arn']} key usage is {usage} which is not valid for {name}.")


@pytest.mark.parametrize("algorithm, chosen", [
    ("RSAES_OAEP_SHA_1", hashes.SHA1()), ("RSAES_OAEP_SHA_256", hashes.SHA256())])
def test_what_others_encrypt_with_the_public_key_decrypts(kms, algorithm, chosen):
    made = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=made["KeyId"])["PublicKey"])
    blob = public.encrypt(b"hello", padding.OAEP(padding.MGF1(chosen), chosen, None))
    arguments = {"KeyId": made["KeyId"], "EncryptionAlgorithm": algorithm}
    assert kms.decrypt(CiphertextBlob=blob, **arguments)["Plaintext"] == b"hello"
    bent = blob[:-1] + bytes([blob[-1] ^ 1])
    assert refusal(kms.decrypt, CiphertextBlob=bent, **arguments) == ("InvalidCiphertextException", "")
    assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=made["KeyId"])[0] in (
        "InvalidCiphertextException", "InvalidKeyUsageException", "IncorrectKeyException")
    assert refusal(kms.decrypt, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)[0] == "ValidationException"


@pytest.mark.parametrize("spec", [
    "RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_NIST_EDWARDS25519"])
def test_data_key_pairs(kms, spec):
    key = kms.create_key()["KeyMetadata"]
    context = {"a": "b"}
    made = kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec, EncryptionContext=context)
    private = serialization.load_der_private_key(made["PrivateKeyPlaintext"], None)
    assert private.public_key() == serialization.load_der_public_key(made["PublicKey"])
    assert isinstance(private, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey))
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=key["KeyId"], KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in hidden


@pytest.mark.parametrize("algorithm", [
    "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"])
@pytest.mark.parametrize("size", ["RSA_2048", "RSA_4096"])
def test_material_is_imported(kms, algorithm, size):
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    material = os.urandom(32)
    parameters = kms.get_parameters_for_import(
        KeyId=key["KeyId"], WrappingAlgorithm=algorithm, WrappingKeySpec=size)
    assert parameters["KeyId"] == key["Arn"]
    wrapped = wrap(parameters["PublicKey"], algorithm, material)
    arguments = {"KeyId": key["KeyId"], "ImportToken": parameters["ImportToken"], "EncryptedKeyMaterial": wrapped}
    assert refusal(kms.import_key_material, **arguments) == (
        "ValidationException", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
    kms.import_key_material(ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE", **arguments)
    described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert described["KeyState"] == "Enabled" and described["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE"
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.delete_imported_key_material(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingImport"
    assert refusal(kms.decrypt, CiphertextBlob=blob) == \
        ("KMSInvalidStateException", f"{key['Arn']} is pending import.")
    # Only the same material makes it again what it was.
    parameters = kms.get_parameters_for_import(
        KeyId=key["KeyId"], WrappingAlgorithm=algorithm, WrappingKeySpec=size)
    arguments["ImportToken"] = parameters["ImportToken"]
    other = arguments | {"EncryptedKeyMaterial": wrap(parameters["PublicKey"], algorithm, os.urandom(32))}
    assert refusal(kms.import_key_material, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE", **other)[0] == \
        "IncorrectKeyMaterialException"
    arguments["EncryptedKeyMaterial"] = wrap(parameters["PublicKey"], algorithm, material)
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    kms.import_key_material(ValidTo=later, **arguments)
    described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert described["ExpirationModel"] == "KEY_MATERIAL_EXPIRES" and "ValidTo" in described
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_import_is_for_external_keys(kms):
    own = kms.create_key()["KeyMetadata"]
    message = f"{own['Arn']} origin is AWS_KMS which is not valid for this operation."
    assert refusal(
        kms.get_parameters_for_import, KeyId=own["KeyId"], WrappingAlgorithm="RSAES_OAEP_SHA_256",
        WrappingKeySpec="RSA_2048") == ("UnsupportedOperationException", message)
    assert refusal(kms.delete_imported_key_material, KeyId=own["KeyId"]) == ("UnsupportedOperationException", message)
    external = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert refusal(
        kms.import_key_material, KeyId=external["KeyId"], ImportToken=b"nonsense", EncryptedKeyMaterial=b"x" * 256,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")[0] == "InvalidImportTokenException"
    assert refusal(kms.enable_key_rotation, KeyId=external["KeyId"]) == (
        "UnsupportedOperationException",
        f"{external['Arn']} origin is EXTERNAL which is not valid for this operation.")


def wrap(public, algorithm, material):
    public = serialization.load_der_public_key(public)
    chosen = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(chosen), chosen, None)
    if algorithm.startswith("RSAES"):
        return public.encrypt(material, oaep)
    aes = os.urandom(32)
    return public.encrypt(aes, oaep) + keywrap.aes_key_wrap_with_padding(aes, material)
