"""The wire itself: signatures, limits, what is said to strangers. Requests are made by hand."""
import http.client
import json
import signal
import socket
import time
from datetime import datetime, timedelta, timezone

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from support.service import REGION, wait_until

TYPE = "application/x-amz-json-1.1"


class Wire:
    """Signs requests as botocore does, lets a test change them, and sends them."""

    def __init__(self, service):
        self.service = service
        self.host = service.url.split("://")[1]

    def signed(self, operation="ListKeys", body=b"{}", at=None, credentials=None, region=REGION, service="kms"):
        headers = {"Content-Type": TYPE, "X-Amz-Target": f"TrentService.{operation}"}
        request = botocore.awsrequest.AWSRequest("POST", self.service.url + "/", headers=headers, data=body)
        credentials = credentials or botocore.credentials.Credentials(*self.service.access_key())
        signer = botocore.auth.SigV4Auth(credentials, service, region)
        if at is None:
            signer.add_auth(request)
        else:
            self._sign_at(signer, request, at)
        return dict(request.headers.items())

    @staticmethod
    def _sign_at(signer, request, at):
        original = botocore.auth.get_current_datetime
        botocore.auth.get_current_datetime = lambda *_, **__: at.replace(tzinfo=None)
        try:
            signer.add_auth(request)
        finally:
            botocore.auth.get_current_datetime = original

    def send(self, headers, body=b"{}", method="POST", path="/"):
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def refused(self, headers, body=b"{}", **more):
        status, answered, text = self.send(headers, body, **more)
        assert answered["x-amzn-requestid"]
        found = json.loads(text)
        return status, found["__type"]


@pytest.fixture(scope="module")
def wire(shared_service):
    return Wire(shared_service)


def test_a_signed_request_is_answered(wire):
    status, headers, body = wire.send(wire.signed())
    assert status == 200 and headers["content-type"] == TYPE and "x-amzn-requestid" in headers
    assert "Keys" in json.loads(body)


def test_the_same_request_again_is_answered(wire):
    headers = wire.signed("GenerateRandom", b'{"NumberOfBytes":8}')
    answers = [wire.send(headers, b'{"NumberOfBytes":8}') for _ in range(3)]
    assert [status for status, _, _ in answers] == [200] * 3
    assert len({headers["x-amzn-requestid"] for _, headers, _ in answers}) == 3
    assert len({body for _, _, body in answers}) == 3


def test_unsigned(wire):
    unsigned = {"Content-Type": TYPE, "X-Amz-Target": "TrentService.ListKeys"}
    assert wire.refused(unsigned) == (400, "MissingAuthenticationTokenException")


def test_another_body_than_was_signed(wire):
    headers = wire.signed(body=b'{"Limit":1}')
    assert wire.refused(headers, b'{"Limit":2}') == (400, "InvalidSignatureException")


@pytest.mark.parametrize("minutes, is_good", [(-6, False), (-4, True), (4, True), (6, False)])
def test_five_minutes_of_skew_are_borne(wire, minutes, is_good):
    headers = wire.signed(at=datetime.now(timezone.utc) + timedelta(minutes=minutes))
    if is_good:
        assert wire.send(headers)[0] == 200
    else:
        assert wire.refused(headers) == (400, "InvalidSignatureException")


@pytest.mark.parametrize("change, code", [
    (lambda a: a.replace("Signature=", "Signature=0"), "InvalidSignatureException"),
    (lambda a: a[:-1] + ("0" if a[-1] != "0" else "1"), "InvalidSignatureException"),
    (lambda a: a.split(", Signature=")[0], "IncompleteSignatureException"),
    (lambda a: a.replace("SignedHeaders=", "Signed="), "IncompleteSignatureException"),
    (lambda a: a.replace("Credential=AKIA", "Credential=AK IA"), None),
    (lambda a: a.replace("/kms/", "/s3/"), "InvalidSignatureException"),
    (lambda a: a.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), None),
    (lambda a: "Basic dXNlcjpwYXNz", None),
    (lambda a: "", None),
])
def test_an_altered_signature_is_refused_with_a_proper_error(wire, change, code):
    headers = wire.signed()
    headers["Authorization"] = change(headers["Authorization"])
    status, found = wire.refused(headers)
    assert status == 400
    assert found in ([code] if code else [
        "IncompleteSignatureException", "MissingAuthenticationTokenException", "UnrecognizedClientException",
        "InvalidSignatureException"])


def test_an_unknown_access_key_and_a_wrong_secret(wire):
    key, secret = wire.service.access_key()
    unknown = botocore.credentials.Credentials("AKIAIOSFODNN7EXAMPLE", secret)
    assert wire.refused(wire.signed(credentials=unknown)) == (400, "UnrecognizedClientException")
    wrong = botocore.credentials.Credentials(key, secret[:-1] + "?")
    assert wire.refused(wire.signed(credentials=wrong)) == (400, "InvalidSignatureException")
    session = botocore.credentials.Credentials(key, secret, "a session token")
    assert wire.refused(wire.signed(credentials=session)) == (400, "UnrecognizedClientException")


def test_a_signature_for_another_region(wire):
    assert wire.refused(wire.signed(region="eu-west-1")) == (400, "InvalidSignatureException")


def test_a_revoked_access_key_is_refused_at_once(service):
    made = service.work.coffer("access-keys", "create", "--role", "admin", "--name", "gone", "--json").json
    wire = Wire(service)
    credentials = botocore.credentials.Credentials(made["access_key_id"], made["secret_access_key"])
    assert wire.send(wire.signed(credentials=credentials))[0] == 200
    service.work.coffer("access-keys", "revoke", made["access_key_id"])
    assert wire.refused(wire.signed(credentials=credentials)) == (400, "UnrecognizedClientException")


def test_operations_that_are_none(wire):
    assert wire.refused(wire.signed("Nonsense")) == (400, "UnknownOperationException")
    assert wire.refused(wire.signed("CreateCustomKeyStore")) == (400, "UnsupportedOperationException")
    status, _, _ = wire.send({}, method="GET", path="/")
    assert status == 400


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{", b'{"Limit":"1"}', b'{"Limit":1.5}', b'{"Limit":1,"Limit":2}', b"[" * 100_000, b'{"Limit":1e400}',
    b'{"Marker":"\xff"}', b'{"Marker":"\\ud800"}', b"null", b'{"Limit":null}', b'{"Unknown":{"a":[1,{}]}}',
])
def test_strange_bodies_get_an_answer(wire, body):
    status, _, text = wire.send(wire.signed(body=body), body)
    if body in (b"", b'{"Limit":null}', b'{"Unknown":{"a":[1,{}]}}'):
        assert status == 200, text
    else:
        assert status == 400 and json.loads(text)["__type"] in ("SerializationException", "ValidationException")


def test_a_body_that_is_too_long_is_refused_unread(wire):
    body = b'{"Policy":"' + b"x" * 400_000 + b'"}'
    try:
        status, _, text = wire.send(wire.signed(body=body), body)
    except (BrokenPipeError, ConnectionResetError):
        return
    assert status == 413 and json.loads(text)["__type"] == "RequestEntityTooLargeException"


def test_raw_noise_does_not_hurt(wire):
    host, port = wire.host.split(":")
    for noise in (b"\x00" * 100, b"GET\r\n\r\n", b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
                  b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 200,
                  b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            connection.sendall(noise)
            connection.settimeout(2)
            try:
                connection.recv(4096)
            except (TimeoutError, ConnectionResetError):
                pass
    assert wire.send(wire.signed())[0] == 200


def test_health_is_told_to_anybody(wire):
    status, _, body = wire.send({}, body=None, method="GET", path="/healthz")
    assert status == 200 and json.loads(body) == {"status": "ok"}
    for path in ("/health", "/healthz/x", "/metrics"):
        assert wire.send({}, body=None, method="GET", path=path)[0] == 400


def test_identity_over_the_query_protocol(wire):
    credentials = botocore.credentials.Credentials(*wire.service.access_key())
    form = "Action=GetCallerIdentity&Version=2011-06-15"
    for method, path, body in (("POST", "/", form), ("GET", "/?" + form, None)):
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        request = botocore.awsrequest.AWSRequest(method, wire.service.url + path, headers=headers, data=body)
        botocore.auth.SigV4Auth(credentials, "sts", REGION).add_auth(request)
        status, headers, text = wire.send(dict(request.headers.items()), body, method=method, path=path)
        assert status == 200 and headers["content-type"] == "text/xml", text
        assert b"<Arn>arn:aws:iam::123456789012:user/admin</Arn>" in text
    status, _, text = wire.send({"Content-Type": "application/x-www-form-urlencoded"}, form)
    assert status == 403 and b"<Code>MissingAuthenticationToken</Code>" in text


def test_a_presigned_query_is_answered(wire):
    credentials = botocore.credentials.Credentials(*wire.service.access_key())
    request = botocore.awsrequest.AWSRequest(
        "GET", wire.service.url + "/?Action=GetCallerIdentity&Version=2011-06-15")
    botocore.auth.SigV4QueryAuth(credentials, "sts", REGION, expires=60).add_auth(request)
    path = request.url.removeprefix(wire.service.url)
    status, _, text = wire.send({}, None, method="GET", path=path)
    assert status == 200 and b"<GetCallerIdentityResult>" in text
    status, _, text = wire.send({}, None, method="GET", path=path[:-1] + ("0" if path[-1] != "0" else "1"))
    assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in text


def test_who_asks_too_often_is_told_so(work):
    from support.service import Service

    running = Service(
        work, "--insecure-http", "--account", "123456789012", "--region", REGION,
        config={"throttle": {"requests_per_second": 1, "burst": 3}}).start()
    try:
        wire = Wire(running)
        headers = wire.signed()
        answers = [wire.send(headers) for _ in range(5)]
        assert [status for status, _, _ in answers[:3]] == [200] * 3
        assert json.loads(answers[4][2]) == {"__type": "ThrottlingException", "message": "Rate exceeded"}
        time.sleep(1.2)
        assert wire.send(headers)[0] == 200
    finally:
        running.stop()


def test_connections_are_kept_and_idle_ones_closed(work):
    from support.service import Service

    running = Service(
        work, "--insecure-http", "--account", "123456789012", "--region", REGION,
        config={"limits": {"idle_seconds": 1}}).start()
    try:
        wire = Wire(running)
        connection = http.client.HTTPConnection(wire.host, timeout=10)
        for _ in range(3):
            connection.request("POST", "/", body=b"{}", headers=wire.signed())
            answer = connection.getresponse()
            assert answer.status == 200
            answer.read()
        kept = connection.sock
        assert kept is not None
        kept.settimeout(10)
        assert kept.recv(1) == b""
    finally:
        running.stop()


def test_a_stop_waits_for_what_was_begun(service):
    client = service.client()
    client.list_keys()
    process = service.process
    process.send_signal(signal.SIGTERM)
    wait_until(lambda: process.poll() is not None)
    assert process.returncode == 0
    assert service.work.coffer("keys", "list").code == 0


def test_plain_http_is_for_this_machine_and_on_request(work):
    refused = work.coffer("serve", "--listen", "127.0.0.1:0", code=2)
    assert "there is no certificate to serve with" in refused.err
    refused = work.coffer("serve", "--listen", "0.0.0.0:0", "--insecure-http", code=2)
    assert "plain HTTP is for this machine only" in refused.err
    taken = socket.create_server(("127.0.0.1", 0))
    with taken:
        refused = work.coffer(
            "serve", "--listen", f"127.0.0.1:{taken.getsockname()[1]}", "--insecure-http", code=2)
        assert "can't listen on" in refused.err


@pytest.mark.parametrize("text, sentence", [
    ("acount: 123456789012\n", "“acount” is not a key"),
    ("account: 12\n", "the account must be twelve digits"),
    ("region: US East\n", "the region must be written like us-east-1"),
    ("listen: 8443\n", "listen must be an address and a port"),
    ("throttle: { burst: 3 }\n", "throttle lacks “requests_per_second”"),
    ("limits: { connections: 0 }\n", "limits.connections must be a whole number from 1 to 100000"),
    ("tls: { certificate: a.pem }\n", "tls lacks “key”"),
])
def test_a_configuration_that_is_none_is_named_with_its_line(work, text, sentence):
    path = work.write("coffer.yaml", "region: us-east-1\n" * ("region" not in text) + text)
    refused = work.coffer("serve", "--insecure-http", "--listen", "127.0.0.1:0", "--config", path, code=2)
    assert f"coffer.yaml: line {text.count(chr(10)) + ('region' not in text)}: " in refused.err
    assert sentence in refused.err


def test_where_it_listens_is_printed_as_json(work):
    process = work.start(
        "serve", "--insecure-http", "--listen", "127.0.0.1:0", "--account", "123456789012", "--region", REGION,
        "--json")
    try:
        text = b""
        while not text.endswith(b"}\n"):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            text += line
        found = json.loads(text)
        assert found["listening"].startswith("http://127.0.0.1:")
        assert (found["account"], found["region"]) == ("123456789012", REGION)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        process.stdout.close()
        process.stderr.close()
