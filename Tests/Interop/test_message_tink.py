"""Messages, MACs and keysets both ways between coffer and Tink for Python, with fresh keys each time."""
import io
import json
import secrets

import pytest
import tink
from tink import aead, daead, json_proto_keyset_format, mac, proto_keyset_format, secret_key_access, streaming_aead
from tink.integration import awskms
from tink.proto import tink_pb2

for kind in (aead, daead, mac, streaming_aead):
    kind.register()


def templates(module) -> dict:
    return {name: value for name, value in vars(module).items() if isinstance(value, tink_pb2.KeyTemplate)}


AEADS = templates(aead.aead_key_templates)
DETERMINISTIC = templates(daead.deterministic_aead_key_templates)
STREAMS = templates(streaming_aead.streaming_aead_key_templates)
MACS = templates(mac.mac_key_templates)
PREFIXES = [tink_pb2.TINK, tink_pb2.CRUNCHY, tink_pb2.LEGACY, tink_pb2.RAW]


def test_the_templates_are_all_there():
    assert len(AEADS) == 21 and len(DETERMINISTIC) == 1 and len(STREAMS) == 8 and len(MACS) == 5


class Keyset:
    """A keyset of one template, in a file."""

    def __init__(self, work, template, name="keyset.json", prefix=None):
        if prefix is not None:
            copy = tink_pb2.KeyTemplate()
            copy.CopyFrom(template)
            copy.output_prefix_type = prefix
            template = copy
        self.handle = tink.new_keyset_handle(template)
        self.json = json_proto_keyset_format.serialize(self.handle, secret_key_access.TOKEN)
        self.binary = proto_keyset_format.serialize(self.handle, secret_key_access.TOKEN)
        work.write(name, self.json)
        work.write(name + ".bin", self.binary)
        self.argument = f"tink:{name}"
        self.primary = json.loads(self.json)["primaryKeyId"]

    def seal(self, plaintext: bytes, data: bytes) -> bytes:
        if self.is_streaming:
            kept = io.BytesIO()
            kept.close = lambda: None
            with self.handle.primitive(streaming_aead.StreamingAead).new_encrypting_stream(kept, data) as stream:
                stream.write(plaintext)
            return kept.getvalue()
        if self.is_deterministic:
            return self.handle.primitive(daead.DeterministicAead).encrypt_deterministically(plaintext, data)
        return self.handle.primitive(aead.Aead).encrypt(plaintext, data)

    def open(self, message: bytes, data: bytes) -> bytes:
        if self.is_streaming:
            stream = self.handle.primitive(streaming_aead.StreamingAead).new_decrypting_stream(io.BytesIO(message), data)
            with stream:
                return stream.read()
        if self.is_deterministic:
            return self.handle.primitive(daead.DeterministicAead).decrypt_deterministically(message, data)
        return self.handle.primitive(aead.Aead).decrypt(message, data)

    @property
    def is_streaming(self) -> bool:
        return "Streaming" in self.json

    @property
    def is_deterministic(self) -> bool:
        return "AesSivKey" in self.json


def both_ways(work, keyset: Keyset, plaintext: bytes, data: bytes = b"customers", argument=None) -> None:
    argument = argument or keyset.argument
    bound = ["--associated-data", data.decode()] if data else []
    work.write("plain", plaintext)
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", argument, *bound)
    assert keyset.open((work.path / "sealed").read_bytes(), data) == plaintext
    work.write("by-tink", keyset.seal(plaintext, data))
    work.coffer("decrypt", "by-tink", "-o", "opened", "-k", argument, *bound)
    assert (work.path / "opened").read_bytes() == plaintext


@pytest.mark.parametrize("name", [*AEADS, *DETERMINISTIC])
def test_messages_go_both_ways(work, name):
    keyset = Keyset(work, (AEADS | DETERMINISTIC)[name])
    both_ways(work, keyset, secrets.token_bytes(1000))
    both_ways(work, keyset, b"", b"", argument=keyset.argument + ".bin")
    if "RAW" not in name and "NO_PREFIX" not in name:
        found = work.coffer("inspect", "--format", "tink", "by-tink", "--json").json[0]
        assert found["keys"][0]["key"] == str(keyset.primary)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_prefix_goes_both_ways(work, prefix):
    both_ways(work, Keyset(work, AEADS["AES256_GCM"], prefix=prefix), secrets.token_bytes(50))


@pytest.mark.parametrize("name", STREAMS)
def test_streams_go_both_ways(work, name):
    keyset = Keyset(work, STREAMS[name])
    for length in (0, 4096 - 24 - 16, 5_000, 3_000_000):
        both_ways(work, keyset, secrets.token_bytes(length))


def test_keys_are_rotated_and_disabled_as_tink_does(work):
    first = Keyset(work, AEADS["AES256_GCM"])
    old = first.seal(b"old", b"")
    document = json.loads(first.json)
    second = json.loads(Keyset(work, AEADS["XCHACHA20_POLY1305"]).json)
    document["key"] += second["key"]
    document["primaryKeyId"] = second["primaryKeyId"]
    work.write("both.json", json.dumps(document))
    both = json_proto_keyset_format.parse(json.dumps(document), secret_key_access.TOKEN)
    work.write("old", old)
    assert work.coffer("decrypt", "old", "-o", "-", "-k", "tink:both.json").out == "old"
    work.write("plain", b"new")
    work.coffer("encrypt", "plain", "-o", "new", "-k", "tink:both.json")
    new = (work.path / "new").read_bytes()
    assert new[1:5] == second["primaryKeyId"].to_bytes(4, "big")
    assert both.primitive(aead.Aead).decrypt(new, b"") == b"new"
    document["key"][0]["status"] = "DISABLED"
    work.write("both.json", json.dumps(document))
    refused = work.coffer("decrypt", "old", "-o", "none", "-k", "tink:both.json", code=2)
    assert "no key that is enabled" in refused.err and not (work.path / "none").exists()


@pytest.mark.parametrize("name", ["AES256_GCM", "AES128_GCM_HKDF_4KB"])
def test_messages_come_under_the_primary_key_by_rewrapping(work, name):
    template = (AEADS | STREAMS)[name]
    first, second = Keyset(work, template, "first.json"), Keyset(work, template, "second.json")
    document = json.loads(first.json)
    document["key"] += json.loads(second.json)["key"]
    document["primaryKeyId"] = second.primary
    work.write("both.json", json.dumps(document))
    plaintext = secrets.token_bytes(10_000)
    work.write("message", first.seal(plaintext, b"x"))
    rewrap = ["rewrap", "message", "-k", "tink:both.json", "--associated-data", "x"]
    work.coffer(*rewrap)
    once = (work.path / "message").read_bytes()
    assert second.open(once, b"x") == plaintext
    work.coffer(*rewrap)
    assert (work.path / "message").read_bytes() == once
    # To keys of the store, and so into another format.
    work.coffer(*rewrap, "--to", "alias/default")
    work.coffer("decrypt", "message", "-o", "opened")
    assert (work.path / "opened").read_bytes() == plaintext


@pytest.mark.parametrize("form", ["json", "binary"])
def test_an_encrypted_keyset_opens_with_another_keyset(work, form):
    kek, other = Keyset(work, AEADS["AES256_GCM"], "kek.json"), Keyset(work, AEADS["AES256_GCM"], "other.json")
    keyset = Keyset(work, AEADS["AES128_GCM_SIV"])
    module = json_proto_keyset_format if form == "json" else proto_keyset_format
    for data, end in ((b"", ""), (b"team a", "&associated-data=team%20a")):
        work.write("encrypted", module.serialize_encrypted(keyset.handle, kek.handle.primitive(aead.Aead), data))
        both_ways(work, keyset, secrets.token_bytes(500), argument=f"tink:encrypted?kek=tink:kek.json{end}")
        refused = work.coffer("decrypt", "by-tink", "-o", "none", "-k", f"tink:encrypted?kek=tink:other.json{end}", code=2)
        assert "does not open the Tink keyset" in refused.err
    refused = work.coffer("decrypt", "by-tink", "-o", "none", "-k", "tink:encrypted", code=2)
    assert "?kek=" in refused.err
    if form == "json":
        found = work.coffer("inspect", "encrypted", "keyset.json", "--json").json
        assert [one["is_encrypted"] for one in found] == [True, False]
        assert [one["keys"][0]["key"] for one in found] == [str(keyset.primary)] * 2
        assert found[1]["keys"][0] == {
            "provider": "AesGcmSivKey", "key": str(keyset.primary), "status": "ENABLED", "prefix": "TINK",
            "is_primary": True}
        secret = json.loads(keyset.json)["key"][0]["keyData"]["value"]
        assert secret not in work.coffer("inspect", "keyset.json").out


@pytest.fixture(scope="module")
def remote(shared_service, kms):
    """A key of the service: how coffer names it, the settings to reach it, Tink's client of it, and its workspace."""
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    uri = "aws-kms://" + arn
    return uri, shared_service.environment(), awskms.new_client(boto3_client=kms, key_uri=uri).get_aead(uri), arn


def test_keysets_and_envelopes_under_a_key_of_a_service_go_both_ways(shared_service, remote):
    uri, environment, client, arn = remote
    work = shared_service.work
    keyset = Keyset(work, AEADS["AES256_GCM"])
    work.write("encrypted", json_proto_keyset_format.serialize_encrypted(keyset.handle, client, b"team"))
    plaintext = secrets.token_bytes(70_000)
    work.write("plain", plaintext)
    bound = ["--associated-data", "table"]
    argument = f"tink:encrypted?kek={uri}&associated-data=team"
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", argument, *bound, env=environment)
    assert keyset.open((work.path / "sealed").read_bytes(), b"table") == plaintext
    for template in ("AES128_GCM", "AES256_GCM", "XCHACHA20_POLY1305", "AES256_CTR_HMAC_SHA256", "AES256_EAX", "AES256_GCM_SIV"):
        envelope = aead.KmsEnvelopeAead(AEADS[template], client)
        argument = f"tink-kms:{uri}?dek={template}"
        work.coffer("encrypt", "plain", "-o", "sealed", "-k", argument, *bound, env=environment)
        assert envelope.decrypt((work.path / "sealed").read_bytes(), b"table") == plaintext
        work.write("by-tink", envelope.encrypt(plaintext, b"table"))
        work.coffer("decrypt", "by-tink", "-o", "opened", "-k", argument, *bound, env=environment)
        assert (work.path / "opened").read_bytes() == plaintext
    # The same key without the service between: the store is the same.
    local = f"tink-kms:{arn.rpartition('/')[2]}?dek=AES256_GCM_SIV"
    work.coffer("decrypt", "by-tink", "-o", "opened", "-k", local, *bound)
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", local, *bound)
    assert envelope.decrypt((work.path / "sealed").read_bytes(), b"table") == plaintext
    refused = work.coffer("decrypt", "by-tink", "-o", "none", "-k", argument, code=2, env=environment)
    assert "does not open" in refused.err and not (work.path / "none").exists()


@pytest.mark.parametrize("kind", ["remote", "envelope"])
def test_keysets_that_name_a_key_of_a_service_work_as_in_tink(shared_service, remote, monkeypatch, kind):
    uri, environment, _, _ = remote
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    awskms.AwsKmsClient.register_client(uri, None)
    create = aead.aead_key_templates.create_kms_envelope_aead_key_template
    template = create(uri, AEADS["AES256_GCM"]) if kind == "envelope" else (
        aead.aead_key_templates.create_kms_aead_key_template(uri))
    work = shared_service.work
    keyset = Keyset(work, template)
    work.write("plain", b"a row")
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", keyset.argument, "--associated-data", "x", env=environment)
    assert keyset.open((work.path / "sealed").read_bytes(), b"x") == b"a row"
    work.write("by-tink", keyset.seal(b"a row", b"x"))
    opened = work.coffer(
        "decrypt", "by-tink", "-o", "-", "-k", keyset.argument, "--associated-data", "x", env=environment)
    assert opened.out == "a row"
    work.coffer("decrypt", "by-tink", "-o", "none", "-k", keyset.argument, env=environment, code=2)
    assert not (work.path / "none").exists()


@pytest.mark.parametrize("name", ["AES256_GCM", "AES256_SIV", "AES256_GCM_HKDF_4KB", "AES128_CTR_HMAC_SHA256_4KB"])
def test_an_altered_message_leaves_nothing(work, name):
    keyset = Keyset(work, (AEADS | DETERMINISTIC | STREAMS)[name])
    message = keyset.seal(secrets.token_bytes(10_000), b"a")
    flips = [message[:at] + bytes([message[at] ^ 1]) + message[at + 1:] for at in (0, 3, 20, 5_000, len(message) - 1)]
    for damaged in (message[:-1], message + b"\0", message[:4096], message[:3], b"", *flips):
        work.write("damaged", damaged)
        work.write("out", b"before")
        work.coffer("decrypt", "damaged", "-o", "out", "-k", keyset.argument, "--associated-data", "a", code=2)
        assert (work.path / "out").read_bytes() == b"before"
    work.write("whole", message)
    work.write("data", b"a")
    work.coffer("decrypt", "whole", "-o", "out", "-k", keyset.argument, "--associated-data", "b", code=2)
    work.coffer("decrypt", "whole", "-o", "out", "-k", keyset.argument, code=2)
    assert (work.path / "out").read_bytes() == b"before"
    work.coffer("decrypt", "whole", "-o", "out", "-k", keyset.argument, "--associated-data", "@data")
    assert len((work.path / "out").read_bytes()) == 10_000


@pytest.mark.parametrize("arguments, sentences", [
    (["encrypt", "plain", "-o", "x", "-k", "tink:mac.json"], ["MAC", "seals nothing"]),
    (["encrypt", "plain", "-o", "x", "-k", "tink:plain"], ["plain: ", "neither JSON nor protobuf"]),
    (["encrypt", "plain", "-o", "x", "-k", "tink:none"], ["none", "can't be read"]),
    (["encrypt", "plain", "-o", "x", "-k", "tink:nope.json"], ["google.crypto.tink.Nope", "AesGcmKey"]),
    (["encrypt", "plain", "-o", "x", "-k", "tink:aead.json", "-k", "tink:aead.json"], ["one keyset"]),
    (["encrypt", "plain", "-o", "x", "-k", "tink:aead.json", "-c", "a=b"], ["--context", "--associated-data"]),
    (["encrypt", "plain", "-o", "x", "-k", "tink:open.json"], ["open.json", "chmod 600"]),
    (["encrypt", "plain", "-o", "x", "-k", "tink-kms:alias/default?dek=ROT13"], ["template", "AES256_GCM"]),
    (["encrypt", "plain", "-o", "x", "-k", "alias/default", "--associated-data", "a"], ["--associated-data"]),
])
def test_trouble_is_said_in_a_sentence(work, arguments, sentences):
    work.write("plain", b"plain text\n")
    Keyset(work, MACS["AES_CMAC"], "mac.json")
    good = Keyset(work, AEADS["AES256_GCM"], "aead.json")
    work.write("nope.json", good.json.replace("AesGcmKey", "Nope"))
    work.write("open.json", good.json).chmod(0o666)
    refused = work.coffer(*arguments, code=2)
    assert all(sentence in refused.err for sentence in sentences), refused.err
    assert not (work.path / "x").exists()


def test_a_keyset_is_imported_into_the_store(service):
    """What an imported key gives: the same material. MACs come out the same; messages of Tink need the keyset."""
    work, kms = service.work, service.client()
    keyset = Keyset(work, MACS["HMAC_SHA256_256BITTAG"], "mac.json", prefix=tink_pb2.RAW)
    work.coffer("keys", "create", "alias/mac", "--origin", "external", "--spec", "HMAC_256")
    work.coffer("keys", "import", "alias/mac", "--tink", "mac.json")
    made = kms.generate_mac(KeyId="alias/mac", Message=b"a row", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert made == keyset.handle.primitive(mac.Mac).compute_mac(b"a row")

    sealer = Keyset(work, AEADS["AES256_GCM"], "aead.json")
    work.coffer("keys", "create", "alias/aead", "--origin", "external")
    wrong = work.coffer("keys", "import", "alias/aead", "--tink", "mac.json", code=2)
    assert "HMAC_256" in wrong.err
    imported = work.coffer("keys", "import", "alias/aead", "--tink", "aead.json", "--json").json
    assert imported["state"] == "Enabled"
    work.write("plain", b"a row")
    work.coffer("encrypt", "plain", "-o", "sealed", "-k", "alias/aead")
    assert work.coffer("decrypt", "sealed", "-o", "-", "-k", "alias/aead").out == "a row"
    work.write("by-tink", sealer.seal(b"a row", b""))
    assert work.coffer("decrypt", "by-tink", "-o", "-", "-k", "tink:aead.json").out == "a row"
    # The same material once more, in a store that lost it.
    work.coffer("keys", "import", "alias/aead", "--delete-material")
    work.coffer("keys", "import", "alias/aead", "--tink", "aead.json")
    assert work.coffer("decrypt", "sealed", "-o", "-", "-k", "alias/aead").out == "a row"
    Keyset(work, AEADS["AES256_GCM"], "other.json")
    work.coffer("keys", "import", "alias/aead", "--tink", "other.json", code=2)
    Keyset(work, AEADS["AES128_GCM"], "short.json")
    refused = work.coffer("keys", "import", "alias/aead", "--tink", "short.json", code=2)
    assert "neither AES-256-GCM nor HMAC" in refused.err
