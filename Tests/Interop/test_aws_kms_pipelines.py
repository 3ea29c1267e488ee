"""Pipelines whose keys are in AWS KMS, here played by `coffer serve`: the store of the pipeline's user stays closed."""
from __future__ import annotations

import base64
import json

import pytest

from support.forwarder import Forwarder
from support.service import ACCOUNT, REGION, Service
from support.workspace import Workspace

ROWS = "id,email,ssn,tenant\n" + "".join(f"{i},u{i % 7}@example.org,{i:09},t{i % 3}\n" for i in range(300))
FIELDS = {
    "id": "keep", "email": {"encrypt": {"deterministic": True, "domain": "email"}}, "ssn": {"encrypt": {"bind": ["id"]}},
    "tenant": "keep",
}
KEY, MAC = "aws-kms://alias/pipelines", "aws-kms://alias/pipelines-mac"


@pytest.fixture
def keys(service):
    """A service with two keys under aliases; their metadata."""
    kms = service.client()
    made = {}
    for alias, arguments in {
        "alias/pipelines": {}, "alias/pipelines-mac": {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    }.items():
        made[alias] = kms.create_key(**arguments)["KeyMetadata"]
        kms.create_alias(AliasName=alias, TargetKeyId=made[alias]["KeyId"])
    return made


@pytest.fixture
def user(service, keys, tmp_path_factory):
    """Somebody else on another machine: no key store, an access key to use keys with, and rows to protect."""
    user = Workspace(tmp_path_factory.mktemp("user"))
    user.write("in.csv", ROWS)
    return user


def pipeline(**more):
    return {
        "name": "customers", "source": {"path": "in.csv"}, "destination": {"path": "out.parquet"}, "key": KEY,
        "mac_key": MAC, "fields": FIELDS,
    } | more


def environment(service: Service, role: str = "key-user") -> dict[str, str]:
    return service.environment(role) | {"AWS_REGION": REGION}


def test_a_pipeline_protects_and_reveals_without_a_key_store(service, keys, user):
    env = environment(service)
    user.pipeline(pipeline())
    done = user.coffer("run", "pipeline.yaml", "--json", env=env).json["tables"][0]
    assert done["rows"] == 300
    assert {key["name"] for key in done["keys"]} == {KEY, MAC}
    assert all("version" not in key or key["version"] is None for key in done["keys"])
    assert not user.home.exists(), "a key store was made"
    catalogue = json.loads((user.path / "out.parquet.coffer.json").read_bytes())
    assert "127.0.0.1" not in json.dumps(catalogue), "the endpoint is in the catalogue"
    rows = user.coffer("reveal", "pipeline.yaml", "--format", "csv", env=env).out.splitlines()
    assert rows[0] == "id,email,ssn,tenant" and len(rows) == 301
    # Cells were not merely copied.
    text = (user.path / "out.parquet").read_bytes()
    assert b"@example.org" not in text


def test_what_the_service_is_asked_does_not_grow_with_the_rows(service, keys, user):
    asked = []
    for rows in (10, 5_000):
        user.write("in.csv", "id,email,ssn,tenant\n" + "".join(f"{i},u{i}@x,{i},t\n" for i in range(rows)))
        user.pipeline(pipeline())
        with Forwarder(service.url) as between:
            user.coffer("run", "pipeline.yaml", env=environment(service) | {"AWS_ENDPOINT_URL": between.url})
            asked.append(sorted(between.asked))
            assert between.connections == 1, "the connection is not kept"
    assert asked[0] == asked[1]
    assert asked[0].count("GenerateDataKey") == 1 and asked[0].count("GenerateMac") == 1


def test_a_service_that_is_busy_or_breaks_off_is_asked_again(service, keys, user):
    user.pipeline(pipeline())
    busy = (400, b'{"__type":"ThrottlingException","message":"Rate exceeded"}')
    with Forwarder(service.url) as between:
        between.failures = [busy, None, (503, b""), busy]
        user.coffer("run", "pipeline.yaml", env=environment(service) | {"AWS_ENDPOINT_URL": between.url})
        assert len(between.asked) >= 6
    with Forwarder(service.url) as between:
        between.failures = [(500, b"")] * 50
        result = user.coffer(
            "run", "pipeline.yaml", code=2, env=environment(service) | {"AWS_ENDPOINT_URL": between.url})
        assert len(between.asked) == 5 and "AWS KMS failed" in result.err


def test_the_section_kms_says_where_and_the_environment_only_who(service, keys, user):
    env = environment(service)
    env.pop("AWS_ENDPOINT_URL")
    env["AWS_REGION"] = env["AWS_DEFAULT_REGION"] = "eu-central-1"
    user.pipeline(pipeline(kms={"endpoint": service.url, "region": REGION}))
    user.coffer("run", "pipeline.yaml", env=env)
    rows = user.coffer("reveal", "pipeline.yaml", "--format", "csv", env=env).out.splitlines()
    assert len(rows) == 301


def test_a_catalogue_is_not_believed(service, keys, user):
    env = environment(service)
    user.pipeline(pipeline())
    user.coffer("run", "pipeline.yaml", env=env)
    # A file by itself allows no key elsewhere; --key does, by alias, ARN or the beginning of one.
    refused = user.coffer("reveal", "out.parquet", "--dataset", "customers", "--format", "csv", code=2, env=env)
    assert "not allowed here" in refused.err
    arns = [f"aws-kms://{made['Arn']}" for made in keys.values()]
    for allowed in ([KEY, MAC], arns, [f"aws-kms://arn:aws:kms:{REGION}:{ACCOUNT}:key/*"]):
        flags = [flag for name in allowed for flag in ("--key", name)]
        out = user.coffer("reveal", "out.parquet", "--dataset", dataset(user), *flags, "--format", "csv", env=env).out
        assert len(out.splitlines()) == 301, allowed
    other = f"aws-kms://arn:aws:kms:{REGION}:999999999999:key/*"
    user.coffer("reveal", "out.parquet", "--dataset", dataset(user), "--key", other, "--format", "csv", code=2, env=env)


def dataset(user) -> str:
    return json.loads((user.path / "out.parquet.coffer.json").read_bytes())["catalogues"][0]["dataset"]


def test_rewrap_follows_the_material_of_the_key(service, keys, user):
    env = environment(service)
    kms = service.client()
    user.pipeline(pipeline())
    user.coffer("run", "pipeline.yaml", env=env)
    first = user.coffer("rewrap", "pipeline.yaml", "--json", env=env).json
    assert first["data_keys"] == 1 and first["rewrapped"] == 0, "it is under the newest material already"
    kms.rotate_key_on_demand(KeyId=keys["alias/pipelines"]["KeyId"])
    assert user.coffer("rewrap", "pipeline.yaml", "--json", env=env).json["rewrapped"] == 1
    assert user.coffer("rewrap", "pipeline.yaml", "--json", env=env).json["rewrapped"] == 0
    assert len(user.coffer("reveal", "pipeline.yaml", "--format", "csv", env=env).out.splitlines()) == 301


def test_rewrap_moves_between_the_embedded_store_and_the_service(service, keys, user):
    env = environment(service)
    user.coffer("init")
    user.pipeline(pipeline(key="alias/default"))
    user.coffer("run", "pipeline.yaml", env=env)
    user.coffer("keys", "disable", "alias/default", "--version", "1", code=2)
    assert user.coffer("rewrap", "pipeline.yaml", "--to", KEY, "--json", env=env).json["rewrapped"] == 1
    user.pipeline(pipeline())
    assert len(user.coffer("reveal", "pipeline.yaml", "--format", "csv", env=env).out.splitlines()) == 301
    # The embedded key may go: nothing needs it any more.
    user.coffer("keys", "disable", "alias/default")
    assert len(user.coffer("reveal", "pipeline.yaml", "--format", "csv", env=env).out.splitlines()) == 301


@pytest.mark.parametrize(
    "change, words",
    [
        ({"AWS_SECRET_ACCESS_KEY": "another"}, "does not accept the credentials"),
        ({"AWS_ACCESS_KEY_ID": "AKIANOBODY0000000000"}, "does not accept the credentials"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "can't be asked"),
        ({"AWS_ENDPOINT_URL": "http://kms.example"}, "without TLS"),
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "no access key"),
        ({"AWS_PROFILE": "missing", "AWS_ACCESS_KEY_ID": ""}, "no AWS profile"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "region"),
        ({"AWS_REGION": "eu-west-1"}, "does not accept the credentials"),
    ],
)
def test_a_run_that_cannot_have_its_keys_says_why_and_leaves_nothing(service, keys, user, change, words):
    env = environment(service) | change
    user.pipeline(pipeline())
    result = user.coffer("run", "pipeline.yaml", code=2, env=env)
    assert words in result.err
    assert service.access_key("key-user")[1] not in result.err
    assert not (user.path / "out.parquet").exists()


def test_a_role_that_may_not_use_keys_is_refused(service, keys, user):
    user.pipeline(pipeline())
    result = user.coffer("run", "pipeline.yaml", code=2, env=environment(service, "auditor"))
    assert "AWS KMS refuses" in result.err and "AccessDenied" in result.err


def test_a_disabled_key_and_a_missing_one_are_named(service, keys, user):
    env = environment(service)
    service.client().disable_key(KeyId=keys["alias/pipelines"]["KeyId"])
    user.pipeline(pipeline())
    assert "disabled" in user.coffer("run", "pipeline.yaml", code=2, env=env).err
    user.pipeline(pipeline(key="aws-kms://alias/nowhere"))
    assert "aws-kms://alias/nowhere" in user.coffer("run", "pipeline.yaml", code=2, env=env).err


def test_a_key_per_tenant_is_one_of_the_service(service, keys, user):
    kms = service.client()
    for tenant in ("t0", "t1", "t2"):
        kms.create_alias(
            AliasName=f"alias/tenant-{tenant}", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    env = environment(service)
    user.pipeline(pipeline(key="aws-kms://alias/tenant-{tenant}"))
    done = user.coffer("run", "pipeline.yaml", "--json", env=env).json["tables"][0]
    assert done["data_keys"] == 3
    assert len(user.coffer("reveal", "pipeline.yaml", "--format", "csv", env=env).out.splitlines()) == 301
    # One tenant's key is gone: only that tenant's cells are.
    kms.disable_key(KeyId=kms.describe_key(KeyId="alias/tenant-t1")["KeyMetadata"]["KeyId"])
    rows = user.coffer(
        "reveal", "pipeline.yaml", "--format", "csv", "--on-error", "null", env=env).out.splitlines()[1:]
    hidden = {row.split(",")[3] for row in rows if row.split(",")[2] in ("", '""')}
    assert hidden == {"t1"}


def test_an_address_with_an_endpoint_in_it_is_no_key(service, keys, user):
    user.pipeline(pipeline(key=f"{KEY}?endpoint={service.url}"))
    result = user.coffer("run", "pipeline.yaml", code=2, env=environment(service))
    assert "does not name a key of AWS KMS" in result.err


def test_a_wrapped_key_is_what_aws_calls_a_ciphertext(service, keys, user):
    env = environment(service)
    user.pipeline(pipeline())
    user.coffer("run", "pipeline.yaml", env=env)
    catalogue = json.loads((user.path / "out.parquet.coffer.json").read_bytes())
    text = json.dumps(catalogue)
    assert keys["alias/pipelines"]["Arn"] in text
    document = catalogue["catalogues"][0]
    record = document["keys"][0]
    blob = base64.urlsafe_b64decode(record["wrapped"] + "=" * (-len(record["wrapped"]) % 4))
    context = {
        "coffer:dataset": document["dataset"], "coffer:key": record["id"], "coffer:purpose": "field",
        "coffer:suite": record["suite"],
    }
    opened = service.client(role="key-user").decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert len(opened["Plaintext"]) == 32 and opened["KeyId"] == keys["alias/pipelines"]["Arn"]
