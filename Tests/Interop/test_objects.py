"""Messages in S3: by moto's server, with boto3 and the AWS Encryption SDK on the other side."""
import os
import secrets
import signal
import time

import aws_encryption_sdk
import pytest
from test_message_sdk import Key, client

from support.buckets import Bucket, Moto, bucket_name, error, serve

MiB = 1 << 20
NAMES = ["a b.csv", "a+b.csv", "a%20b.csv", "ä/ö ü/日本.csv", "x=1&y=2#z?.csv", "semi;colon:at@.csv", "quote\"'`.csv", "*[!]{}.csv"]


@pytest.fixture(scope="module")
def moto():
    running = Moto()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def bucket(moto, request):
    direct = moto.client()
    made = Bucket(bucket_name(request.node.name), "", direct)
    direct.create_bucket(Bucket=made.name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    with serve(made, moto.url):
        yield made


def coffer(work, bucket, *arguments, **options):
    return work.coffer(*arguments, env=bucket.environment() | options.pop("env", {}), **options)


def test_an_object_of_coffer_opens_with_the_aws_encryption_sdk(work, bucket):
    key = Key(work, "aes256")
    plaintext = secrets.token_bytes(100_000)
    work.write("a.bin", plaintext)
    coffer(work, bucket, "encrypt", "a.bin", bucket.address("x/a.bin"), "-k", key.argument, "-c", "dataset=a")
    opened, header = client().decrypt(source=bucket.get("x/a.bin"), keyring=key.keyring)
    assert opened == plaintext and header.encryption_context["dataset"] == "a"
    assert bucket.names() == ["x/a.bin"]


def test_an_object_of_the_aws_encryption_sdk_opens_with_coffer(work, bucket):
    key = Key(work, "aes256")
    plaintext = secrets.token_bytes(300_000)
    message, _ = client().encrypt(
        source=plaintext, keyring=key.keyring, algorithm=aws_encryption_sdk.Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
        frame_length=4096)
    bucket.put("made by boto3", message)
    coffer(work, bucket, "decrypt", bucket.address("made by boto3"), "-o", "out.bin", "-k", key.argument)
    assert (work.path / "out.bin").read_bytes() == plaintext
    part = coffer(work, bucket, "decrypt", bucket.address("made by boto3"), "--range", "100000-100009", "-o", "part", "-k", key.argument)
    assert part.out == "" and (work.path / "part").read_bytes() == plaintext[100_000:100_010]


def test_a_folder_goes_up_and_comes_down_whatever_its_names(work, bucket):
    contents = {name: secrets.token_bytes(100 + i) for i, name in enumerate(NAMES)}
    for name, content in contents.items():
        work.write(f"raw/{name}", content)
    coffer(work, bucket, "encrypt", "raw/", bucket.address("pii/"), "--recursive")
    assert sorted(bucket.names()) == sorted(f"pii/{name}.encrypted" for name in NAMES)
    coffer(work, bucket, "decrypt", bucket.address("pii/"), "--recursive", "-o", "back")
    for name, content in contents.items():
        assert (work.path / "back" / name).read_bytes() == content, name


def test_names_that_lead_out_of_a_folder_are_refused(work, bucket):
    work.write("a", b"x")
    for name in ["pii/../../up.encrypted", "pii//abs.encrypted", "pii/./a.encrypted", "pii/good.encrypted"]:
        coffer(work, bucket, "encrypt", "a", "-o", "a.encrypted")
        bucket.put(name, (work.path / "a.encrypted").read_bytes())
    before = {path for path in work.root.rglob("*") if work.home not in path.parents}
    result = coffer(work, bucket, "decrypt", bucket.address("pii/"), "--recursive", "-o", "back", code=2)
    made = {path for path in work.root.rglob("*") if work.home not in path.parents} - before
    assert made == {work.path / "back", work.path / "back" / "good"}, result.err


def test_a_long_object_goes_up_in_parts_and_a_short_one_at_once(work, bucket):
    for name, size, puts, posts in [("short", 4 * MiB, 1, 0), ("long", 20 * MiB, 5, 2)]:
        plaintext = os.urandom(size)
        work.write(name, plaintext)
        bucket.asked.clear()
        coffer(work, bucket, "encrypt", name, bucket.address("up/"))
        assert (bucket.count("PUT"), bucket.count("POST")) == (puts, posts)
        assert all(asked.headers["x-amz-content-sha256"] != "UNSIGNED-PAYLOAD" for asked in bucket.asked)
        coffer(work, bucket, "decrypt", bucket.address(f"up/{name}.encrypted"), "-o", f"{name}.back")
        assert (work.path / f"{name}.back").read_bytes() == plaintext
    assert bucket.uploads() == []


def test_standard_input_of_unknown_length_goes_up(work, bucket):
    plaintext = os.urandom(9 * MiB)
    coffer(work, bucket, "encrypt", "-", bucket.address("stream"), stdin=plaintext)
    coffer(work, bucket, "decrypt", bucket.address("stream"), "-o", "back")
    assert (work.path / "back").read_bytes() == plaintext


def test_an_upload_that_fails_leaves_nothing(work, bucket):
    work.write("long", os.urandom(20 * MiB))
    bucket.hook = lambda asked: (500, error("InternalError")) if asked.query.get("partNumber") == "2" else None
    bucket.put("long.encrypted", b"old")
    result = coffer(work, bucket, "encrypt", "long", bucket.address("long.encrypted"), code=2)
    assert "InternalError" in result.err
    assert bucket.get("long.encrypted") == b"old"
    assert bucket.uploads() == []


def test_an_interrupted_upload_leaves_nothing(work, bucket):
    work.write("long", os.urandom(40 * MiB))
    bucket.hook = lambda asked: time.sleep(0.5) if "partNumber" in asked.query else None
    process = work.start("encrypt", "long", bucket.address("long"), env=bucket.environment())
    end = time.monotonic() + 60
    while bucket.count("PUT", partNumber="1") < 1 and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2 and b"interrupted" in err
    assert bucket.names() == [] and bucket.uploads() == []


def test_a_killed_upload_leaves_the_old_object(work, bucket):
    work.write("long", os.urandom(20 * MiB))
    bucket.put("long", b"old")
    bucket.hook = lambda asked: time.sleep(0.3) if "partNumber" in asked.query else None
    process = work.start("encrypt", "long", bucket.address("long"), env=bucket.environment())
    end = time.monotonic() + 60
    while bucket.count("PUT", partNumber="1") < 1 and time.monotonic() < end:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert bucket.get("long") == b"old"


def test_a_service_that_throttles_is_asked_again(work, bucket):
    plaintext = os.urandom(20 * MiB)
    work.write("long", plaintext)
    tries = {}

    def throttle(asked):
        name = (asked.method, asked.path, str(asked.query), asked.headers.get("range", ""))
        tries[name] = tries.get(name, 0) + 1
        return (503, error("SlowDown", "Please reduce your request rate.")) if tries[name] == 1 else None

    bucket.hook = throttle
    coffer(work, bucket, "encrypt", "long", bucket.address("long"))
    coffer(work, bucket, "decrypt", bucket.address("long"), "-o", "back")
    assert (work.path / "back").read_bytes() == plaintext
    # Once refused, once answered; the first bytes are read twice, to see what it is and to open it.
    assert set(tries.values()) <= {2, 3}


def test_reading_goes_on_where_a_connection_broke(work, bucket):
    plaintext = os.urandom(6 * MiB)
    work.write("a", plaintext)
    coffer(work, bucket, "encrypt", "a", bucket.address("a"))
    bucket.asked.clear()
    broken = []

    def breaking(asked):
        if asked.method == "GET" and len(broken) < 3:
            broken.append(asked)
            return "half"
        return None

    bucket.hook = breaking
    coffer(work, bucket, "decrypt", bucket.address("a"), "-o", "back")
    assert (work.path / "back").read_bytes() == plaintext and len(broken) == 3
    assert all("if-match" in asked.headers for asked in bucket.asked if asked.method == "GET")


def test_an_object_that_changes_while_it_is_read_is_refused(work, bucket):
    work.write("a", os.urandom(3 * MiB))
    coffer(work, bucket, "encrypt", "a", bucket.address("a"))
    gets = []

    def changing(asked):
        if asked.method == "GET":
            gets.append(asked)
            if len(gets) == 2:
                bucket.put("a", b"other")
        return None

    bucket.hook = changing
    result = coffer(work, bucket, "decrypt", bucket.address("a"), "-o", "back", code=2)
    assert "has changed meanwhile" in result.err and not (work.path / "back").exists()


def test_a_range_fetches_the_frames_it_needs(work, bucket):
    plaintext = os.urandom(6 * MiB)
    work.write("a", plaintext)
    coffer(work, bucket, "encrypt", "a", bucket.address("a"))
    bucket.asked.clear()
    coffer(work, bucket, "decrypt", bucket.address("a"), "--range", "3000000-3000099", "-o", "part")
    assert (work.path / "part").read_bytes() == plaintext[3_000_000:3_000_100]
    # The header twice, the last frame and one more; a frame has 64 KiB.
    assert bucket.fetched < 3 * 65_536


def test_objects_come_under_the_newest_version_in_their_place(work, bucket):
    plaintexts = {f"{name}.encrypted": os.urandom(size) for name, size in [("a", 0), ("b/c", 40_000), ("long", 12 * MiB)]}
    for name, plaintext in plaintexts.items():
        work.write("plain", plaintext)
        coffer(work, bucket, "encrypt", "plain", bucket.address(f"in/{name}"))
    bucket.put("in/README", b"not encrypted")
    bucket.put("in-between", bucket.get("in/a.encrypted"))
    work.coffer("keys", "rotate", "alias/default")
    before = {name: bucket.get(name) for name in bucket.names()}
    found = coffer(work, bucket, "rewrap", bucket.address("in/"), "-r", "--dry-run", "--json", code=1).json
    assert found["counts"] == {"current": 0, "rewrapped": 0, "remaining": 3, "failed": 0, "other": 1}
    assert {name: bucket.get(name) for name in bucket.names()} == before
    done = coffer(work, bucket, "rewrap", bucket.address("in/"), "-r", "--json").json
    assert done["counts"] == {"current": 0, "rewrapped": 3, "remaining": 0, "failed": 0, "other": 1}
    assert coffer(work, bucket, "rewrap", bucket.address("in/"), "-r", "--json").json["counts"]["current"] == 3
    assert [name for name in bucket.names() if bucket.get(name) == before[name]] == ["in-between", "in/README"]
    one = coffer(work, bucket, "rewrap", bucket.address("in-between"), "--json").json
    assert one["counts"]["rewrapped"] == 1 and one["files"][0]["file"] == bucket.address("in-between")
    work.coffer("keys", "disable", "alias/default", "--version", 1)
    for name, plaintext in plaintexts.items():
        coffer(work, bucket, "decrypt", bucket.address(f"in/{name}"), "-o", "back")
        assert (work.path / "back").read_bytes() == plaintext
    assert bucket.uploads() == []
    assert "many objects" in coffer(work, bucket, "rewrap", bucket.address("in/"), code=2).err


def test_an_object_that_was_replaced_meanwhile_stays(work, bucket):
    work.write("plain", os.urandom(100_000))
    coffer(work, bucket, "encrypt", "plain", bucket.address("a.encrypted"))
    work.coffer("keys", "rotate", "alias/default")
    bucket.hook = lambda asked: bucket.put("a.encrypted", b"newer") if asked.method == "PUT" else None
    failed = coffer(work, bucket, "rewrap", bucket.address("a.encrypted"), "--json", code=2)
    assert failed.json["counts"]["failed"] == 1 and "has changed meanwhile" in failed.err
    assert bucket.get("a.encrypted") == b"newer"


def test_an_object_that_does_not_open_stays(work, bucket):
    work.write("plain", os.urandom(9 * MiB))
    coffer(work, bucket, "encrypt", "plain", bucket.address("a.encrypted"))
    damaged = bytearray(bucket.get("a.encrypted"))
    damaged[-1] ^= 1
    bucket.put("a.encrypted", bytes(damaged))
    work.coffer("keys", "rotate", "alias/default")
    failed = coffer(work, bucket, "rewrap", bucket.address("a.encrypted"), "--json", code=2)
    assert failed.json["counts"]["failed"] == 1 and "does not open" in failed.err
    assert bucket.get("a.encrypted") == bytes(damaged) and bucket.uploads() == []


def test_inspect_reads_the_header_and_the_end(work, bucket):
    work.write("a", os.urandom(6 * MiB))
    coffer(work, bucket, "encrypt", "a", bucket.address("a"))
    bucket.asked.clear()
    found = coffer(work, bucket, "inspect", bucket.address("a"), "--json").json[0]
    assert found["format"] == "esdk" and found["plaintext_bytes"] == 6 * MiB and found["is_whole"] is True
    assert found["file"] == bucket.address("a")
    assert bucket.fetched < MiB


REFUSALS = [
    ("no object", None, "there is no s3://", None),
    ("no bucket", "bucket", "there is no bucket", "check its name"),
    ("no permission", (403, "AccessDenied"), "S3 refuses to read", "allow s3:GetObject"),
    ("a wrong key", (403, "SignatureDoesNotMatch"), "does not accept the credentials", "clock"),
    ("an old session", (400, "ExpiredToken"), "the session is over", "new credentials"),
    ("an archive", (403, "InvalidObjectState"), "in an archive", "restore"),
    ("nonsense", (418, "<>"), "S3 failed to read", None),
]


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case[0])
def test_a_refusal_is_a_sentence(work, bucket, case):
    _, outcome, sentence, hint = case
    if isinstance(outcome, tuple):
        # An answer to HEAD has no body, so the object is there and its bytes are refused.
        bucket.put("nothing", b"x" * 100)
        bucket.hook = lambda asked: (outcome[0], error(outcome[1])) if asked.method == "GET" else None
    address = "s3://no-such-bucket-anywhere/list/" if outcome == "bucket" else bucket.address("nothing")
    more = ["--recursive"] if outcome == "bucket" else []
    result = coffer(work, bucket, "decrypt", address, *more, "-o", "out", code=2)
    assert sentence in result.err, result.err
    assert hint is None or hint in result.err, result.err
    assert "secret" not in result.err and not (work.path / "out").is_file()


def test_another_region_is_told(work, bucket):
    moved = b"<Error><Code>PermanentRedirect</Code><Region>us-west-2</Region></Error>"
    bucket.put("a", b"x" * 100)
    bucket.hook = lambda asked: (301, moved) if asked.method == "GET" else None
    result = coffer(work, bucket, "decrypt", bucket.address("a"), "-o", "out", code=2)
    assert "is in the region us-west-2" in result.err and "region: us-west-2" in result.err


def test_an_endpoint_stands_in_coffer_yaml(work, bucket):
    work.home.joinpath("coffer.yaml").write_text(f"s3: {{ endpoint: '{bucket.url}', region: eu-central-1 }}\n")
    work.write("a", b"plain")
    keys = {name: value for name, value in bucket.environment().items() if "KEY" in name}
    work.coffer("encrypt", "a", bucket.address("a"), env=keys)
    assert bucket.names() == ["a"]


def test_without_credentials_nothing_is_asked(work, bucket):
    work.write("a", b"plain")
    result = work.coffer("encrypt", "a", bucket.address("a"), env={"AWS_ENDPOINT_URL_S3": bucket.url}, code=2)
    assert "no access key" in result.err and bucket.asked == []


@pytest.mark.parametrize("address", ["s3://a", "s3:///a", "s3://user@evil.com/a", "s3://a..b/c"])
def test_what_is_no_bucket_is_refused(work, bucket, address):
    result = coffer(work, bucket, "inspect", address, code=2)
    assert "bucket" in result.err and bucket.asked == []


def test_a_second_argument_and_an_output_are_refused_together(work, bucket):
    work.write("a", b"x")
    coffer(work, bucket, "encrypt", "a", "b", "-o", "c", code=2)
    coffer(work, bucket, "encrypt", "a", "b")
    assert (work.path / "b").is_file()
