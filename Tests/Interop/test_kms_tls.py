"""The service over TLS: versions, ciphers, HTTP/2, client certificates."""
import json
import socket
import ssl

import pytest

from support.certificates import certificate, pem
from support.service import ACCOUNT, REGION, Service
from support.witness import Witness


@pytest.fixture
def certificates(work):
    authority = certificate("authority")
    server = certificate("server", authority)
    client = certificate("client", authority)
    return {
        "ca": pem(work.path / "ca.pem", authority[0]), "certificate": pem(work.path / "server.pem", server[0]),
        "key": pem(work.path / "server.key", server[1]), "client": pem(work.path / "client.pem", *client),
    }


@pytest.fixture
def secure(work, certificates, request):
    tls = {"certificate": certificates["certificate"], "key": certificates["key"]}
    if getattr(request, "param", None) == "mutual":
        tls["client_ca"] = certificates["ca"]
    work.write("coffer.yaml", json.dumps({"account": ACCOUNT, "region": REGION, "tls": tls}))
    running = Service(work, "--config", str(work.path / "coffer.yaml")).start()
    try:
        yield running
    finally:
        running.stop()


def _handshake(service, context):
    host, port = service.url.removeprefix("https://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname=host) as connection:
            return connection.version(), connection.cipher()[0], connection.selected_alpn_protocol()


def _context(certificates, **versions):
    context = ssl.create_default_context(cafile=certificates["ca"])
    for name, version in versions.items():
        setattr(context, name, version)
    return context


def test_a_client_works_over_tls(secure, certificates):
    assert secure.url.startswith("https://")
    key, secret = secure.access_key()
    import boto3

    client = boto3.client(
        "kms", endpoint_url=secure.url, region_name=REGION, verify=certificates["ca"], aws_access_key_id=key,
        aws_secret_access_key=secret)
    made = client.create_key()["KeyMetadata"]["KeyId"]
    assert client.decrypt(CiphertextBlob=client.encrypt(KeyId=made, Plaintext=b"x")["CiphertextBlob"])["Plaintext"] == b"x"


def test_tls_13_first_and_12_with_forward_secrecy(secure, certificates):
    version, _, _ = _handshake(secure, _context(certificates))
    assert version == "TLSv1.3"
    version, cipher, _ = _handshake(secure, _context(certificates, maximum_version=ssl.TLSVersion.TLSv1_2))
    assert version == "TLSv1.2" and cipher.startswith("ECDHE-") and ("GCM" in cipher or "POLY1305" in cipher)
    weak = _context(certificates, maximum_version=ssl.TLSVersion.TLSv1_2)
    weak.set_ciphers("AES256-SHA:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        _handshake(secure, weak)


def test_http_2_where_the_client_wants_it(secure, certificates):
    context = _context(certificates)
    context.set_alpn_protocols(["h2", "http/1.1"])
    assert _handshake(secure, context)[2] == "h2"
    context = _context(certificates)
    context.set_alpn_protocols(["http/1.1"])
    assert _handshake(secure, context)[2] == "http/1.1"


@pytest.mark.parametrize("secure", ["mutual"], indirect=True)
def test_client_certificates_where_they_are_asked_for(secure, certificates):
    # In TLS 1.3 the refusal comes with the first read.
    with_none = _context(certificates, maximum_version=ssl.TLSVersion.TLSv1_2)
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        _handshake(secure, with_none)
    with_one = _context(certificates, maximum_version=ssl.TLSVersion.TLSv1_2)
    with_one.load_cert_chain(certificates["client"])
    assert _handshake(secure, with_one)[0] == "TLSv1.2"


def test_our_own_client_verifies_it_by_the_authority_it_is_told(secure, certificates, empty, tmp_path_factory):
    from support.workspace import Workspace

    user = Workspace(tmp_path_factory.mktemp("user"))
    env = secure.environment() | {"COFFER_CONFIG": str(user.path / "coffer.yaml")}
    env.pop("AWS_ENDPOINT_URL")
    kms = {"endpoint": secure.url, "region": REGION}
    user.write("a.txt", "text")
    pem(user.path / "other.pem", certificate("another authority")[0])

    def encrypt(code, **more):
        user.write("coffer.yaml", json.dumps({"kms": kms | more}))
        return user.coffer("encrypt", "a.txt", "-o", "a.enc", "-k", "aws-kms://alias/default", code=code, env=env)

    encrypt(0, ca=certificates["ca"])
    assert user.coffer("decrypt", "a.enc", "-o", "-", "-k", "aws-kms://alias/default", env=env).out == "text"
    (user.path / "a.enc").unlink()
    # The system's authorities and a stranger's don't stand behind it; and its name is not another one.
    for more in ({}, {"ca": "other.pem"}):
        assert "its certificate is not trusted" in encrypt(2, **more).err
    authority = certificate("a third authority")
    another = certificate("another", authority, address="127.0.0.2")
    own = pem(user.path / "another.pem", another[0]), pem(user.path / "another.key", another[1])
    with Witness(*own) as impostor:
        kms["endpoint"] = impostor.url.partition("/logs")[0]
        refused = encrypt(2, ca=pem(user.path / "third.pem", authority[0]))
        assert "its certificate is for another name" in refused.err and impostor.requests == []
    kms["endpoint"] = secure.url
    assert "has no certificates" in encrypt(2, ca=certificates["key"]).err
    assert not (user.path / "a.enc").exists()


def test_files_that_are_none_are_named(work, certificates):
    work.write("coffer.yaml", json.dumps({"tls": {"certificate": certificates["key"], "key": "missing"}}))
    refused = work.coffer("serve", "--listen", "127.0.0.1:0", "--config", work.path / "coffer.yaml", code=2)
    assert "server.key can't be read as certificates in PEM" in refused.err
    work.write("coffer.yaml", json.dumps({"tls": {"certificate": certificates["certificate"], "key": "missing"}}))
    refused = work.coffer("serve", "--listen", "127.0.0.1:0", "--config", work.path / "coffer.yaml", code=2)
    assert "missing can't be read as a private key in PEM" in refused.err
