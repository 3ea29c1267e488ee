"""The key service while things go wrong: killed under load, a full disk, a clock that jumps, a new root key. Nothing that was
acknowledged is lost, and every answer that held a key is on the record.

`COFFER_KILLS` says how often to kill (scripts/soak); a few times by default.
"""
import collections
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import threading
import time
import urllib.error
import urllib.request

import botocore.exceptions
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from support.clock import later
from support.service import Service, wait_until

KILLS = int(os.environ.get("COFFER_KILLS", "4"))
# What a client sees of a server that is gone; anything else it says is an answer.
GONE = (botocore.exceptions.EndpointConnectionError, botocore.exceptions.ConnectionClosedError,
        botocore.exceptions.ReadTimeoutError, botocore.exceptions.HTTPClientError)


class Load:
    """Clients that work until they are told to stop, and remember what was acknowledged."""

    def __init__(self, service, threads=4):
        self.service = service
        self.acknowledged = collections.defaultdict(list)
        self.errors = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def work(self, number):
        chance = random.Random(number)
        client = self.service.client()
        own = []
        while not self.stopping.is_set():
            try:
                self.step(client, chance, own)
            except GONE:
                time.sleep(0.02)
            except Exception as error:  # shown by the test, in its own thread
                self.errors.append(error)
                return

    def step(self, client, chance, own):
        what = chance.choice(["create", "data key", "data key", "data key", "alias", "tag", "import"])
        if what == "import" and len(self.acknowledged["imported"]) < 8:
            return self.import_key(client)
        if what == "create" or not own:
            made = client.create_key(Description="chaos")
            self.note("CreateKey", made)
            own.append(made["KeyMetadata"]["KeyId"])
            self.acknowledged["keys"].append(own[-1])
            return
        key = chance.choice(own)
        if what == "data key":
            made = client.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"n": "1"})
            self.note("GenerateDataKey", made)
            self.acknowledged["data keys"].append((key, made["CiphertextBlob"], made["Plaintext"]))
        elif what == "alias":
            name = f"alias/{key}-{chance.randrange(1 << 40)}"
            self.note("CreateAlias", client.create_alias(AliasName=name, TargetKeyId=key))
            self.acknowledged["aliases"].append((name, key))
        else:
            value = str(chance.randrange(1 << 40))
            name = f"t{chance.randrange(1 << 40)}"
            try:
                self.note("TagResource", client.tag_resource(KeyId=key, Tags=[{"TagKey": name, "TagValue": value}]))
            except client.exceptions.TagException:  # fifty are enough
                return
            self.acknowledged["tags"].append((key, name, value))

    def import_key(self, client):
        """A key with material from elsewhere: made, then imported."""
        made = client.create_key(Origin="EXTERNAL")
        self.note("CreateKey", made)
        key = made["KeyMetadata"]["KeyId"]
        how = client.get_parameters_for_import(
            KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
        public = serialization.load_der_public_key(how["PublicKey"])
        wrapped = public.encrypt(
            os.urandom(32), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), label=None))
        self.note("ImportKeyMaterial", client.import_key_material(
            KeyId=key, ImportToken=how["ImportToken"], EncryptedKeyMaterial=wrapped,
            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE"))
        self.acknowledged["imported"].append(key)

    def note(self, operation, answer):
        self.acknowledged["requests"].append((operation, answer["ResponseMetadata"]["RequestId"]))


def recorded(service):
    """How many outcomes the record has for each request id, by operation."""
    found = collections.Counter()
    for line in service.work.coffer("audit", "export", "--format", "jsonl").out.splitlines():
        event = json.loads(line)
        if event.get("additionalEventData", {}).get("phase") != "intent":
            found[(event["eventName"], event["requestID"])] += 1
    return found


def check(service, load):
    assert not load.errors, load.errors
    done = load.acknowledged
    assert len(done["requests"]) > 20, "there was no load"
    client = service.client()
    there = {key["KeyId"] for page in client.get_paginator("list_keys").paginate() for key in page["Keys"]}
    assert set(done["keys"]) <= there
    aliases = {entry["AliasName"]: entry.get("TargetKeyId")
               for page in client.get_paginator("list_aliases").paginate() for entry in page["Aliases"]}
    for key in done["imported"]:
        assert client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
        assert client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    for name, key in done["aliases"]:
        assert aliases[name] == key
    for key, blob, plaintext in random.Random(0).sample(done["data keys"], min(50, len(done["data keys"]))):
        assert client.decrypt(CiphertextBlob=blob, EncryptionContext={"n": "1"})["Plaintext"] == plaintext
    for key in {key for key, _, _ in done["tags"]}:
        tags = {tag["TagKey"]: tag["TagValue"] for tag in client.list_resource_tags(KeyId=key)["Tags"]}
        for owner, name, value in done["tags"]:
            assert owner != key or tags[name] == value
    print(len(done["requests"]), "acknowledged operations")
    outcomes = recorded(service)
    missing = [request for request in done["requests"] if outcomes[request] != 1]
    assert not missing, f"{len(missing)} of {len(done['requests'])} acknowledged operations are not on the record once"
    service.work.coffer("audit", "verify")


def test_killed_under_load_loses_nothing(service):
    chance = random.Random(3)
    with Load(service) as load:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.2))
            service.kill()
            service.start()
        time.sleep(0.5)
    check(service, load)


def test_a_root_key_rotated_under_load(service):
    with Load(service) as load:
        for _ in range(3):
            time.sleep(0.4)
            service.work.coffer("keys", "rotate-root")
        time.sleep(0.4)
    check(service, load)
    service.stop()
    service.start()
    check(service, load)


@pytest.mark.parametrize("days", [40, -40])
def test_a_clock_that_jumped(service, days):
    """A server on a machine with another date still opens its store and its log, and refuses what was signed at another time."""
    client = service.client()
    key = client.create_key()["KeyMetadata"]["KeyId"]
    blob = client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    service.stop()
    service.start(env=later(days))
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        service.client().decrypt(CiphertextBlob=blob)
    assert refused.value.response["Error"]["Code"] in ("InvalidSignatureException", "RequestExpired")
    service.stop()
    service.start()
    assert service.client().decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    service.work.coffer("audit", "verify")


def test_a_store_that_cannot_be_trusted_any_more(service):
    """An altered key store is no fault of whoever asks: clients hear so, and try again; health says it."""
    client = service.client(retries={"total_max_attempts": 2, "mode": "standard"})
    key = client.create_key()["KeyMetadata"]["KeyId"]
    generation = sql(service, "SELECT generation FROM root")
    sql(service, f"UPDATE root SET generation = {generation - 1}")
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.encrypt(KeyId=key, Plaintext=b"x")
    answer = refused.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("DependencyTimeoutException", 500)
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        service.client("sts").get_caller_identity()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    status, said = healthz(service.url)
    assert status == 503 and b"key store" in said
    sql(service, f"UPDATE root SET generation = {generation}")
    assert client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    service.stop()
    events = [json.loads(line) for line in service.work.coffer("audit", "export").out.splitlines()]
    counted = [event for event in events if event["eventName"] == "UnauthenticatedRequests"]
    assert counted and all("key store" in event["errorMessage"] for event in counted), counted


def sql(service, statement):
    """Does something to the store behind the service's back; gives the first value."""
    connection = sqlite3.connect(service.work.home / "keys.db", timeout=10)
    with connection:
        row = connection.execute(statement).fetchone()
    connection.close()
    return row and row[0]


# Runs a command with a small disk under the audit log, which holds what the log held before.
SMALL_DISK = """#!/bin/sh
exec unshare -m sh -c '
  cp -a "$COFFER_HOME/audit" "$TMPDIR/audit" && mount -t tmpfs -o size=24m,mode=700 tmpfs "$COFFER_HOME/audit" &&
  cp -a "$TMPDIR/audit/." "$COFFER_HOME/audit/" && exec "$0" "$@"' "{coffer}" "$@"
"""


def can_mount():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="a small disk can be mounted by root only")
def test_a_full_disk_under_the_record(work):
    """No record, no key; the service says what is wrong, health answers, and it goes on when there is room again."""
    service = Service(work)
    script = work.write("small-disk", SMALL_DISK.format(coffer=work.coffer_path))
    script.chmod(0o755)
    coffer, work.coffer_path = work.coffer_path, script
    service.start()
    work.coffer_path = coffer
    try:
        client = service.client()
        key = client.create_key()["KeyMetadata"]["KeyId"]
        done = [client.generate_data_key(KeyId=key, KeySpec="AES_256")["ResponseMetadata"]["RequestId"] for _ in range(5)]
        log = pathlib.Path(f"/proc/{service.process.pid}/root") / str(work.home / "audit").lstrip("/")
        filler = log / "filler"
        with filler.open("wb") as file:
            with pytest.raises(OSError):
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
        wait_until(lambda: outcome(client, key) == 500)
        assert healthz(service.url)[0] == 503
        assert outcome(client, key) == 500
        filler.unlink()
        wait_until(lambda: outcome(client, key) == 200)
        assert healthz(service.url)[0] == 200
        inside = ["nsenter", "-t", str(service.process.pid), "-m", str(coffer)]
        export = subprocess.run([*inside, "audit", "export", "--format", "jsonl"], env=work.environment(), capture_output=True,
                                text=True, check=True)
        found = {json.loads(line)["requestID"] for line in export.stdout.splitlines()}
        assert set(done) <= found
        subprocess.run([*inside, "audit", "verify"], env=work.environment(), capture_output=True, check=True)
    finally:
        service.stop()


def outcome(client, key):
    """The HTTP status of one use of a key."""
    try:
        return client.generate_data_key(KeyId=key, KeySpec="AES_256")["ResponseMetadata"]["HTTPStatusCode"]
    except botocore.exceptions.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


def healthz(url):
    try:
        with urllib.request.urlopen(f"{url}/healthz") as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
