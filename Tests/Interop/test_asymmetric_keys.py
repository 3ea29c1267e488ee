"""Keys made elsewhere come in, and whoever has a public key can check and encrypt, with other implementations."""
import os
import subprocess

import pytest
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat, load_der_public_key, load_pem_public_key,
)

KINDS = {
    "RSA_2048": (rsa.RSAPublicKey, 2048), "RSA_3072": (rsa.RSAPublicKey, 3072), "ECC_NIST_P256": (ec.SECP256R1, 256),
    "ECC_NIST_P384": (ec.SECP384R1, 384), "ECC_NIST_P521": (ec.SECP521R1, 521),
    "ECC_NIST_EDWARDS25519": (ed25519.Ed25519PublicKey, None),
}


def show(work, key: str, **options) -> dict:
    return work.coffer("keys", "show", key, "--json", **options).json["key"]


@pytest.mark.parametrize("spec", KINDS)
def test_a_public_key_is_read_by_others(work, spec):
    made = work.coffer("keys", "create", "alias/signing", "--spec", spec, "--usage", "sign", "--json").json
    assert (made["spec"], made["usage"], made["origin"], made["state"]) == (spec, "sign", "AWS_KMS", "Enabled")
    pem = work.coffer("keys", "public-key", "alias/signing").out
    key = load_pem_public_key(pem.encode())
    kind, size = KINDS[spec]
    assert isinstance(key.curve if spec.startswith("ECC_NIST_P") else key, kind)
    assert size is None or key.key_size == size
    file = work.write("key.pem", pem)
    read = subprocess.run(["openssl", "pkey", "-pubin", "-in", file, "-pubout"], capture_output=True, text=True)
    assert read.returncode == 0 and read.stdout == pem
    assert work.coffer("keys", "public-key", "alias/signing", "--json").json["public_key"] == pem


def test_keys_are_for_one_use_and_some_have_no_public_key(work):
    assert "--usage" in work.coffer("keys", "create", "alias/a", "--spec", "RSA_2048", code=2).err
    for arguments in (
        ("--spec", "ECC_NIST_P256", "--usage", "encrypt"), ("--spec", "HMAC_224", "--usage", "sign"),
        ("--spec", "SYMMETRIC_DEFAULT", "--usage", "mac"), ("--spec", "RSA_1024"), ("--origin", "elsewhere"),
    ):
        said = work.coffer("keys", "create", "alias/a", *arguments, code=2)
        assert said.err.startswith("coffer: ") and said.out == ""
    assert "no public key" in work.coffer("keys", "public-key", "alias/default", code=2).err
    work.coffer("keys", "create", "alias/signing", "--usage", "sign")
    said = work.coffer("keys", "rotate", "alias/signing", code=2).err
    assert "ECC_NIST_P256" in said and "do not rotate" in said


def parameters(work, alias: str, algorithm: str, spec: str = "RSA_2048"):
    folder = work.path / f"import-{len(list(work.path.glob('import-*')))}"
    folder.mkdir()
    said = work.coffer(
        "keys", "import", alias, "--parameters", folder, "--wrapping-algorithm", algorithm, "--wrapping-spec", spec, "--json")
    assert said.json["wrapping_algorithm"] == algorithm and "before" in said.err
    return load_der_public_key((folder / "wrapping-key.der").read_bytes()), folder / "import-token.bin"


def wrap(material: bytes, key, algorithm: str) -> bytes:
    hash = hashes.SHA1 if algorithm.endswith("_1") else hashes.SHA256
    oaep = padding.OAEP(padding.MGF1(hash()), hash(), None)
    if algorithm.startswith("RSAES"):
        return key.encrypt(material, oaep)
    kek = os.urandom(32)
    return key.encrypt(kek, oaep) + keywrap.aes_key_wrap_with_padding(kek, material)


def give(work, alias: str, material: bytes, algorithm: str, *flags, code=0, env=None):
    key, token = parameters(work, alias, algorithm)
    wrapped = work.write("wrapped.bin", wrap(material, key, algorithm))
    return work.coffer("keys", "import", alias, "--material", wrapped, "--token", token, *flags, "--json", code=code, env=env)


@pytest.mark.parametrize(
    "algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"])
def test_an_aes_key_comes_in(work, algorithm):
    made = work.coffer("keys", "create", "alias/ours", "--origin", "external", "--json")
    assert made.json["state"] == "PendingImport" and made.json["versions"] == [] and "keys import" in made.err
    work.write("people.csv", "id,email\n1,ada@example.org\n")
    source, destination = {"path": "people.csv"}, {"path": "protected.csv"}
    fields = {"id": "keep", "email": "encrypt"}
    assert "import" in work.run(source, destination, fields, key="alias/ours", code=2).err
    imported = give(work, "alias/ours", b"k" * 32, algorithm).json
    assert (imported["state"], imported["origin"], len(imported["versions"])) == ("Enabled", "EXTERNAL", 1)
    work.run(source, destination, fields, key="alias/ours")
    assert work.reveal(destination)[0]["email"] == "ada@example.org"


def test_openssl_wraps_material(work):
    work.coffer("keys", "create", "alias/ours", "--origin", "external")
    _, token = parameters(work, "alias/ours", "RSAES_OAEP_SHA_256", "RSA_3072")
    work.write("material.bin", b"o" * 32)
    subprocess.run(
        ["openssl", "pkeyutl", "-encrypt", "-in", "material.bin", "-out", "wrapped.bin", "-pubin", "-keyform", "DER",
         "-inkey", token.parent / "wrapping-key.der", "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256",
         "-pkeyopt", "rsa_mgf1_md:sha256"], cwd=work.path, check=True)
    work.coffer("keys", "import", "alias/ours", "--material", "wrapped.bin", "--token", token)
    assert show(work, "alias/ours")["state"] == "Enabled"


def test_private_keys_come_in_and_nothing_else(work):
    private = {
        "RSA_2048": rsa.generate_private_key(65537, 2048), "ECC_NIST_P384": ec.generate_private_key(ec.SECP384R1()),
        "ECC_NIST_EDWARDS25519": ed25519.Ed25519PrivateKey.generate(),
    }
    algorithm = "RSA_AES_KEY_WRAP_SHA_256"
    for spec, key in private.items():
        alias = f"alias/{spec}"
        work.coffer("keys", "create", alias, "--spec", spec, "--usage", "sign", "--origin", "external")
        for other in private.values():
            if other is not key:
                der = other.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
                assert "not material" in give(work, alias, der, algorithm, code=2).err
        give(work, alias, key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), algorithm)
        expected = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        assert work.coffer("keys", "public-key", alias).out == expected.decode()


def test_material_is_the_same_for_good_and_may_be_deleted(work):
    work.coffer("keys", "create", "alias/ours", "--origin", "external")
    first = give(work, "alias/ours", b"k" * 32, "RSAES_OAEP_SHA_256").json
    assert "not the material" in give(work, "alias/ours", b"l" * 32, "RSAES_OAEP_SHA_256", code=2).err
    deleted = work.coffer("keys", "import", "alias/ours", "--delete-material", "--json").json
    assert deleted["state"] == "PendingImport" and deleted["versions"] == []
    again = give(work, "alias/ours", b"k" * 32, "RSAES_OAEP_SHA_256", "--expires-after-days", "5").json
    assert again["expires"] and again["versions"][0]["material"] == first["versions"][0]["material"]
    from support.clock import later

    assert show(work, "alias/ours", env=later(4))["state"] == "Enabled"
    for _ in range(2):
        assert show(work, "alias/ours", env=later(5.1))["state"] == "PendingImport"
    assert work.coffer("audit", "export").out.count("DeleteExpiredKeyMaterial") == 1


def test_a_token_is_for_its_key_and_its_day(work):
    from support.clock import later

    for name in ("a", "b"):
        work.coffer("keys", "create", f"alias/{name}", "--origin", "external")
    key, token = parameters(work, "alias/a", "RSAES_OAEP_SHA_256")
    work.write("wrapped.bin", wrap(b"k" * 32, key, "RSAES_OAEP_SHA_256"))
    arguments = ("--material", "wrapped.bin", "--token", token)
    assert "not an import token" in work.coffer("keys", "import", "alias/b", *arguments, code=2).err
    assert "good for a day" in work.coffer("keys", "import", "alias/a", *arguments, code=2, env=later(1.1)).err
    altered = token.read_bytes()
    token.write_bytes(altered[:-1] + bytes([altered[-1] ^ 1]))
    assert "not an import token" in work.coffer("keys", "import", "alias/a", *arguments, code=2).err
    token.write_bytes(altered)
    work.coffer("keys", "rotate-root", "--forget")
    assert "not an import token" in work.coffer("keys", "import", "alias/a", *arguments, code=2).err
    assert show(work, "alias/a")["state"] == "PendingImport"


def test_a_token_outlives_a_rotation_of_the_root_key(work):
    work.coffer("keys", "create", "alias/a", "--origin", "external")
    key, token = parameters(work, "alias/a", "RSAES_OAEP_SHA_256")
    work.write("wrapped.bin", wrap(b"k" * 32, key, "RSAES_OAEP_SHA_256"))
    for _ in range(2):
        work.coffer("keys", "rotate-root")
    work.coffer("keys", "import", "alias/a", "--material", "wrapped.bin", "--token", token)
    assert show(work, "alias/a")["state"] == "Enabled"


def test_parameters_overwrite_nothing(work):
    work.coffer("keys", "create", "alias/a", "--origin", "external")
    work.write("wrapping-key.der", b"mine")
    assert "can't be written" in work.coffer("keys", "import", "alias/a", "--parameters", ".", code=2).err
    assert (work.path / "wrapping-key.der").read_bytes() == b"mine"
