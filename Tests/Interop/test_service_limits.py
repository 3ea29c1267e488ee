"""What the service bears: connections at once, handshakes and requests that don't end, whole requests over HTTP/2."""
import json
import shutil
import socket
import ssl
import subprocess
import time

import pytest

from support.certificates import certificate, pem
from support.service import ACCOUNT, REGION, Service, refusal

PATIENCE = 30


def _service(work, limits, files=None):
    config = {"account": ACCOUNT, "region": REGION, "limits": limits}
    if files:
        config["tls"] = {"certificate": files[0], "key": files[1]}
    path = work.write("coffer.yaml", json.dumps(config))
    return Service(work, *([] if files else ["--insecure-http"]), "--config", str(path)).start()


def _connect(service):
    host, port = service.url.partition("://")[2].split(":")
    connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
    return connection


def _ask(connection):
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")


def _drip(connection, byte, seconds=PATIENCE):
    """Sends a byte again and again; says whether the other side ended the connection meanwhile."""
    end = time.monotonic() + seconds
    connection.settimeout(0.2)
    try:
        while time.monotonic() < end:
            connection.sendall(byte)
            try:
                return connection.recv(1000) == b""
            except TimeoutError:
                continue
    except (BrokenPipeError, ConnectionResetError):
        return True
    return False


@pytest.fixture
def files(work):
    authority = certificate("authority")
    server = certificate("server", authority)
    pem(work.path / "ca.pem", authority[0])
    return pem(work.path / "server.pem", server[0]), pem(work.path / "server.key", server[1])


def test_more_connections_wait_until_one_is_free(work):
    service = _service(work, {"connections": 2})
    try:
        held = [_connect(service) for _ in range(2)]
        for connection in held:
            _ask(connection)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        waiting = _connect(service)
        _ask(waiting)
        waiting.settimeout(1)
        with pytest.raises(TimeoutError):
            waiting.recv(1000)
        held[0].close()
        waiting.settimeout(PATIENCE)
        assert waiting.recv(1000).startswith(b"HTTP/1.1 200")
    finally:
        service.stop()


def test_a_handshake_that_does_not_end_is_ended(work, files):
    service = _service(work, {"request_seconds": 1}, files)
    try:
        start = time.monotonic()
        silent, half = _connect(service), _connect(service)
        half.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        assert silent.recv(100) == b"" and half.recv(100) == b""
        assert time.monotonic() - start < PATIENCE
        # One that ends is kept longer than that.
        context = ssl.create_default_context(cafile=str(work.path / "ca.pem"))
        with context.wrap_socket(_connect(service), server_hostname="127.0.0.1") as whole:
            time.sleep(1.5)
            _ask(whole)
            assert whole.recv(1000).startswith(b"HTTP/1.1 200")
    finally:
        service.stop()


@pytest.mark.parametrize("start", [
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
], ids=["body", "headers"])
def test_a_request_that_drips_is_ended(work, start):
    service = _service(work, {"request_seconds": 1, "idle_seconds": 2})
    try:
        slow = _connect(service)
        slow.sendall(start)
        assert _drip(slow, b"x"), "it may go on for ever"
        silent = _connect(service)
        silent.sendall(start)
        silent.settimeout(PATIENCE)
        assert silent.recv(100) == b""
        client = service.client()
        assert client.list_keys()["Keys"]
    finally:
        service.stop()


def _signed(service, target, body, role="admin", method="POST", path="/"):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{target}"} if target else {}
    request = AWSRequest(method=method, url=service.url + path, data=body, headers=headers)
    SigV4Auth(Credentials(*service.access_key(role)), "kms", REGION).add_auth(request)
    return dict(request.headers)


def test_whole_requests_over_http_2(work, files):
    if "HTTP2" not in subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout:
        pytest.skip("curl here has no HTTP/2")
    service = _service(work, {}, files)
    try:
        for number in range(3):
            body = json.dumps({"KeyId": "alias/default", "NumberOfBytes": 32, "EncryptionContext": {"n": str(number)}})
            command = ["curl", "-sS", "--http2", "--cacert", str(work.path / "ca.pem"), "-w", "\n%{http_version} %{http_code}\n"]
            for name, value in _signed(service, "GenerateDataKey", body).items():
                command += ["-H", f"{name}: {value}"]
            # Two requests on one connection.
            said = subprocess.run(
                command + ["-d", body, service.url + "/", service.url + "/"], capture_output=True, text=True, check=True)
            lines = said.stdout.splitlines()
            assert lines[1] == lines[3] == "2 200", said
            first, second = json.loads(lines[0]), json.loads(lines[2])
            assert first["Plaintext"] != second["Plaintext"] and len(first["Plaintext"]) == 44
        large = work.write("large", "x" * 300_000)
        said = subprocess.run(command + ["--data-binary", f"@{large}", service.url + "/"], capture_output=True, text=True)
        # It is not read to its end, so that a client that goes on sending may see the connection close instead.
        assert said.stdout.splitlines()[-1] in ("2 413", "0 000"), said
    finally:
        service.stop()


def test_an_auditor_reads_the_record_from_elsewhere_and_others_do_not(service, work):
    import urllib.error
    import urllib.request

    import coffer_audit

    def get(path, role="auditor", sign=True):
        headers = _signed(service, None, None, role, "GET", path) if sign else {}
        with urllib.request.urlopen(urllib.request.Request(service.url + path, headers=headers)) as answer:
            return answer.read()

    def refused(*arguments, **options):
        with pytest.raises(urllib.error.HTTPError) as error:
            get(*arguments, **options)
        return json.loads(error.value.read())["__type"]

    service.client().create_key()
    deadline = time.monotonic() + PATIENCE
    key = work.coffer("audit", "key").out.strip()
    while True:
        checkpoint = coffer_audit.Checkpoint(get("/audit/checkpoint"), key)
        if checkpoint.size > 5 or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    hashes = get(f"/audit/tile/0/000.p/{checkpoint.size}")
    leaves = [hashes[at:at + 32] for at in range(0, len(hashes), 32)]
    assert coffer_audit.root(leaves) == checkpoint.root
    bundle = get(f"/audit/tile/entries/000.p/{checkpoint.size}")
    length = int.from_bytes(bundle[:2], "big")
    assert coffer_audit.leaf(bundle[2:2 + length]) == leaves[0]
    for role in ("key-user", "key-admin"):
        assert refused("/audit/checkpoint", role) == "AccessDeniedException"
    assert refused("/audit/checkpoint", sign=False) == "MissingAuthenticationTokenException"
    for path in ("journal/00000000000000000000", "../root.key", "tile/0/../../../root.key", "tile/0/0", "tile/0/000.p/00",
                 "tile/0/999", "lock", "tile//000", "checkpoint/", "tile/entries/x000/000"):
        assert refused(f"/audit/{path}") in ("NotFoundException", "InvalidSignatureException"), path
    denied = [json.loads(line) for line in work.coffer("audit", "export").out.splitlines()]
    assert any(event["eventName"] == "ReadAudit" and event.get("errorCode") == "AccessDenied" for event in denied)


def test_grant_tokens_that_were_not_made_here_are_refused(service):
    kms = service.client()
    key = kms.create_key()["KeyMetadata"]
    user = service.client("sts", "key-user").get_caller_identity()["Arn"]
    grant = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=user, Operations=["Encrypt"])
    arguments = {"KeyId": key["KeyId"], "Plaintext": b"x"}
    assert kms.encrypt(**arguments, GrantTokens=[grant["GrantToken"]])["CiphertextBlob"]
    other = grant["GrantToken"][:-8] + ("AAAAAAA=" if not grant["GrantToken"].endswith("AAAAAAA=") else "BBBBBBA=")
    for token in ("x", "A" * 132, other):
        assert refusal(kms.encrypt, **arguments, GrantTokens=[grant["GrantToken"], token])[0] == "InvalidGrantTokenException"
    # That of a grant which is no more gives nothing, and takes nothing.
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=grant["GrantId"])
    assert kms.encrypt(**arguments, GrantTokens=[grant["GrantToken"]])["CiphertextBlob"]


def test_policies_of_another_account_are_said_at_start(work):
    moved = Service(work).start()
    key = moved.client().create_key()["KeyMetadata"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}]}
    moved.client().put_key_policy(KeyId=key["KeyId"], Policy=json.dumps(policy))
    moved.process.terminate()
    assert "another account" not in moved.process.communicate()[1].decode()
    process = work.start("serve", "--insecure-http", "--listen", "127.0.0.1:0", "--account", "210987654321")
    process.stdout.readline()
    process.terminate()
    said = process.communicate()[1].decode()
    assert f"was written for account {ACCOUNT}" in said and key["KeyId"] in said
