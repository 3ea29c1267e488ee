"""JWE tokens, both ways with joserfc: fresh keys each run, and what must not be taken."""
import json
import secrets

import pytest
from joserfc import jwe
from joserfc.jwe import JWERegistry
from joserfc.jwk import KeySet, OctKey, RSAKey

ALGORITHMS = ["dir", "A256KW", "A256GCMKW", "RSA-OAEP-256"]
CONTENTS = {"A128GCM": 16, "A256GCM": 32, "A128CBC-HS256": 32, "A256CBC-HS512": 64}
EVERYTHING = JWERegistry(algorithms=ALGORITHMS + list(CONTENTS), strict_check_header=False)
EVERYTHING.max_ciphertext_length = 1 << 24
EVERYTHING.max_plaintext_length = 1 << 24


def key_for(algorithm: str, content: str = "A256GCM", **parameters):
    if algorithm == "RSA-OAEP-256":
        return RSAKey.generate_key(2048, parameters or None, private=True)
    return OctKey.generate_key((CONTENTS[content] if algorithm == "dir" else 32) * 8, parameters or None)


def store(work, name: str, key, private: bool = True) -> str:
    work.write(name, json.dumps(key.as_dict(private=private)))
    return f"jwk:{name}"


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_tokens_go_both_ways(work, algorithm, content):
    key = key_for(algorithm, content)
    own = store(work, "own.json", key)
    other = store(work, "public.json", key, private=False) if algorithm == "RSA-OAEP-256" else own
    for length in (0, 50_000):
        plaintext = secrets.token_bytes(length)
        work.write("plain", plaintext)
        work.coffer("encrypt", "plain", "-o", "token", "-k", other, "--algorithm", f"{algorithm}/{content}")
        token = (work.path / "token").read_bytes().decode()
        assert jwe.decrypt_compact(token, key, registry=EVERYTHING).plaintext == plaintext
        token = jwe.encrypt_compact({"alg": algorithm, "enc": content}, plaintext, key, registry=EVERYTHING)
        work.write("token", token + "\n")
        work.coffer("decrypt", "token", "-o", "opened", "-k", own)
        assert (work.path / "opened").read_bytes() == plaintext
    found = work.coffer("inspect", "token", "--json").json[0]
    assert (found["format"], found["algorithms"]) == ("jwe", f"{algorithm}, {content}")
    if algorithm == "RSA-OAEP-256":
        refused = work.coffer("decrypt", "token", "-o", "none", "-k", other, code=2)
        assert "none of the keys" in refused.err and not (work.path / "none").exists()


def test_a_set_of_keys_opens_what_one_of_them_sealed(work):
    keys = [key_for("A256KW", kid=f"key-{i}") for i in range(3)] + [key_for("RSA-OAEP-256", kid="rsa")]
    document = KeySet(keys).as_dict(private=True)
    document["keys"] += [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "oct", "use": "sig", "k": "AA"}]
    work.write("set.json", json.dumps(document))
    work.write("plain", b"for one of them")
    for index, algorithm in ((2, "A256KW"), (3, "RSA-OAEP-256")):
        token = jwe.encrypt_compact({"alg": algorithm, "enc": "A256GCM", "kid": keys[index].kid}, b"for one of them",
                                    keys[index], registry=EVERYTHING)
        work.write("token", token)
        assert work.coffer("decrypt", "token", "-o", "-", "-k", "jwk:set.json").out == "for one of them"
    # The first key of a set seals, and the token says which that was.
    work.coffer("encrypt", "plain", "-o", "token", "-k", "jwk:set.json")
    token = (work.path / "token").read_text()
    opened = jwe.decrypt_compact(token, keys[0], registry=EVERYTHING)
    assert opened.plaintext == b"for one of them" and opened.protected["kid"] == "key-0"
    assert work.coffer("inspect", "token", "--json").json[0]["keys"][0]["key"] == "key-0"


def test_a_key_is_used_only_for_what_its_jwk_says(work):
    key = key_for("A256KW")
    for extra, fits in (({}, True), ({"alg": "A256KW"}, True), ({"alg": "dir"}, False), ({"alg": "A256GCMKW"}, False),
                        ({"alg": "A256GCM"}, False), ({"use": "enc"}, True), ({"use": "sig"}, False),
                        ({"key_ops": ["unwrapKey"]}, True), ({"key_ops": ["wrapKey"]}, False),
                        ({"kid": "named"}, True), ({"alg": "HS256"}, False)):
        work.write("key.json", json.dumps(key.as_dict(private=True) | extra))
        work.write("token", jwe.encrypt_compact({"alg": "A256KW", "enc": "A256GCM"}, b"x", key, registry=EVERYTHING))
        work.coffer("decrypt", "token", "-o", "opened", "-k", "jwk:key.json", code=0 if fits else 2)
        assert (work.path / "opened").exists() == fits, extra
        (work.path / "opened").unlink(missing_ok=True)
    # A token that names another key is not tried.
    work.write("key.json", json.dumps(key.as_dict(private=True) | {"kid": "mine"}))
    work.write("token", jwe.encrypt_compact({"alg": "A256KW", "enc": "A256GCM", "kid": "other"}, b"x", key,
                                            registry=EVERYTHING))
    work.coffer("decrypt", "token", "-o", "opened", "-k", "jwk:key.json", code=2)


@pytest.mark.parametrize("header", [
    {"zip": "DEF"}, {"crit": ["exp"], "exp": 1}, {"alg": "none"}, {"alg": "RSA1_5"}, {"enc": "none"},
    {"alg": "PBES2-HS256+A128KW", "p2c": 1_000_000_000, "p2s": "AAAA"},
])
def test_what_a_header_must_not_say_is_refused(work, header):
    from base64 import urlsafe_b64encode

    key = key_for("A256KW")
    own = store(work, "own.json", key)
    token = jwe.encrypt_compact({"alg": "A256KW", "enc": "A256GCM"}, b"x", key, registry=EVERYTHING)
    changed = urlsafe_b64encode(json.dumps({"alg": "A256KW", "enc": "A256GCM"} | header).encode()).rstrip(b"=").decode()
    work.write("token", ".".join([changed, *token.split(".")[1:]]))
    refused = work.coffer("decrypt", "token", "-o", "none", "-k", own, code=2)
    assert "JWE token" in refused.err and not (work.path / "none").exists()


@pytest.mark.parametrize("document, sentence", [
    ("no json", "no JWK"), ("{}", "kind"), ('{"kty":"EC"}', "kind"), ('{"kty":"oct","k":"AA"}', "16, 32 or 64"),
    ('{"kty":"RSA","n":"AQAB","e":"AQAB"}', "RSA key"), ('{"keys":[]}', "no key"),
    ('{"kty":"oct","kty":"oct","k":"AA"}', "no JWK"),
])
def test_what_is_no_key_is_refused(work, document, sentence):
    work.write("key.json", document)
    work.write("plain", b"x")
    refused = work.coffer("encrypt", "plain", "-o", "none", "-k", "jwk:key.json", code=2)
    assert sentence in refused.err and not (work.path / "none").exists()


def test_a_signed_token_is_no_encrypted_one(work):
    work.write("token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.AAAA")
    assert work.coffer("inspect", "token", "--json").json[0]["is_encrypted"] is False
    key = store(work, "own.json", key_for("A256KW"))
    work.coffer("decrypt", "token", "-o", "none", "-k", key, code=2)
