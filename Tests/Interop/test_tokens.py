"""tokenize: values that leave no trace but a random token, from real sources into real destinations, and back."""
import json
import re
import time

import pytest
from test_aws_kms_pipelines import KEY, MAC, environment, keys, user  # noqa: F401 (fixtures)
from test_kms_access import policy

from support.places import DESTINATIONS, Place, engine
from support.types import SCALARS, table_of

PEOPLE = """SELECT i::INTEGER AS id, [printf('41111111111%05d', i % 5), NULL][1 + (i % 7 = 6)::INT] AS card,
    printf('a%d@example.org', i % 3) AS email FROM range(40) t(i)"""
FIELDS = {"id": "keep", "card": {"tokenize": {}}, "email": {"tokenize": {"prefix": "mail-", "domain": "mail"}}}
TEXTS = {"csv", "json", "jsonl"}
TOKEN = re.compile("tok_[A-Za-z0-9_-]{22}")


def rows_of(query: str) -> list[dict]:
    with engine() as connection:
        cursor = connection.execute(f"SELECT * FROM ({query}) ORDER BY id")
        return [dict(zip([column[0] for column in cursor.description], row)) for row in cursor.fetchall()]


def tokenized(work, query=PEOPLE, fields=FIELDS, name="out.parquet", code=0, **top):
    """Runs the query's rows through `fields` into a Parquet file; gives the rows that lie there."""
    source = Place("parquet", work, prefix="source-of-" + name.split(".")[0])
    if not source.exists():
        source.fill(query)
    result = work.run(source.source(), {"path": str(work.path / name)}, fields, code=code, **top)
    return result if code else rows_of(f"FROM '{work.path / name}'")


def listed(work, *flags) -> dict:
    return {entry["domain"]: entry for entry in work.coffer("tokens", "list", "--json", *flags).json["domains"]}


def detokenized(work, tokens, domain="card", *flags, code=0, env=None):
    result = work.coffer("detokenize", "--domain", domain, "-", "--json", *flags, stdin="\n".join(tokens).encode(), code=code, env=env)
    return [entry.get("value") for entry in result.json["values"]] if code == 0 else result


@pytest.mark.parametrize(
    "source, destination", [(one, "duckdb") for one in ("csv", "sqlite", "postgres")] + [("parquet", one) for one in DESTINATIONS])
def test_equal_values_get_one_token_and_all_come_back(work, postgres, source, destination):
    origin = Place(source, work, postgres, name="origin", prefix="origin").fill(PEOPLE)
    target = Place(destination, work, postgres)
    types = {"types": {"id": "integer", "card": "varchar"}} if source in TEXTS else {}
    work.run(origin.source(**types), target.destination(), FIELDS)
    plain, protected = rows_of(PEOPLE), target.rows()
    tokens = {}
    for was, now in zip(plain, protected):
        if was["card"] is None:
            assert now["card"] in (None, "")
            continue
        assert TOKEN.fullmatch(now["card"]) and now["email"].startswith("mail-")
        assert tokens.setdefault(was["card"], now["card"]) == now["card"]
    assert len(set(tokens.values())) == 5
    revealed = sorted(work.reveal(target.destination()), key=lambda row: int(row["id"]))
    assert [(row["card"] or None, row["email"]) for row in revealed] == [(row["card"], row["email"]) for row in plain]
    assert detokenized(work, tokens.values()) == list(tokens)
    assert listed(work)["card"]["tokens"] == 5


@pytest.mark.parametrize("destination", ["duckdb", "jsonl", "sqlite", "postgres"])
def test_parts_of_nested_columns_get_tokens_and_come_back(work, postgres, destination):
    query = """SELECT 1 AS id, [{'card': '4111', 'n': 7::BIGINT}, {'card': NULL, 'n': NULL}, {'card': 'q"\\', 'n': 7}] AS kids,
        {'zip': '94110'} AS home"""
    origin = Place("parquet", work, prefix="origin").fill(query)
    target = Place(destination, work, postgres)
    fields = {"id": "keep", "kids[].card": {"tokenize": {}}, "kids[].n": {"tokenize": {}}, "home.zip": {"tokenize": {}}}
    work.run(origin.source(), target.destination(), fields)
    text = json.dumps(target.rows(), default=str)
    assert text.count("tok_") == 5 and "94110" not in text and "4111" not in text
    row, = work.reveal(target.destination())
    kids, home = (json.loads(row[name]) if isinstance(row[name], str) else row[name] for name in ("kids", "home"))
    assert [kid["card"] for kid in kids] == ["4111", None, 'q"\\'] and [kid["n"] for kid in kids] == [7, None, 7]
    assert home["zip"] == "94110"


def test_every_type_comes_back_as_it_was(work):
    types = {name: kind for name, kind in SCALARS.items() if name not in ("f32", "f64")}
    query = table_of(types)
    protected = tokenized(work, query, {"id": "keep"} | {name: {"tokenize": {"domain": name}} for name in types})
    for row in protected[:2]:
        assert all(TOKEN.fullmatch(row[name]) for name in types)
    assert work.reveal({"path": str(work.path / "out.parquet")}) == rows_of(query)


def test_a_domain_joins_tables_whatever_the_type_of_a_column_is(work):
    field = {"tokenize": {"domain": "customer"}}
    one = tokenized(work, "SELECT i::INTEGER AS id, i::BIGINT AS customer FROM range(5) t(i)", {"id": "keep", "customer": field}, "a.parquet")
    two = tokenized(work, "SELECT i::INTEGER AS id, i::VARCHAR AS buyer FROM range(5) t(i)", {"id": "keep", "buyer": field}, "b.parquet")
    assert [row["customer"] for row in one] == [row["buyer"] for row in two]
    assert tokenized(work, "SELECT 1 AS id, '1' AS x", {"id": "keep", "x": {"tokenize": {}}}, "c.parquet")[0]["x"] != one[1]["customer"]


def test_tokens_are_not_made_of_values_and_the_vault_shows_none(work):
    first = tokenized(work, vault="one.db")
    second = tokenized(work, name="again.parquet", vault="two.db")
    both = [{row["card"] for row in rows} - {None} for rows in (first, second)]
    assert not both[0] & both[1], "the same values under the same keys, and no token alike"
    seen = b"".join(path.read_bytes() for path in work.path.glob("*.db*")) + (work.path / "out.parquet").read_bytes()
    assert b"41111111111" not in seen and b"@example.org" not in seen
    for path in work.path.glob("*.db*"):
        assert path.stat().st_mode & 0o077 == 0, f"others may read {path.name}"


def test_tokens_can_look_like_digits_or_letters(work):
    query = """SELECT i::INTEGER AS id, printf('%06d', i) AS pin, printf('Name%d', i) AS name, printf('é%04d', i) AS code
        FROM range(2000) t(i)"""
    fields = {"id": "keep", "pin": {"tokenize": {"like": "digits"}}, "name": {"tokenize": {"like": "letters"}},
              "code": {"tokenize": {"like": "alphanumeric"}}}
    plain, protected = rows_of(query), tokenized(work, query, fields)
    for was, now in zip(plain, protected):
        assert re.fullmatch("[0-9]{6}", now["pin"]) and re.fullmatch("[A-Za-z]+", now["name"])
        assert len(now["name"]) == len(was["name"]) and re.fullmatch("[A-Za-z0-9]{5}", now["code"])
    assert len({row["pin"] for row in protected}) == 2000, "two of a million meet, and one of them was drawn again"
    assert work.reveal({"path": str(work.path / "out.parquet")}) == plain

    refused = tokenized(
        work, "SELECT i::INTEGER AS id, ['123456', '12345'][1 + (i = 3)::INT] AS pin FROM range(5) t(i)",
        {"id": "keep", "pin": {"tokenize": {"like": "digits"}}}, "short.parquet", code=2)
    assert "row 4, column pin" in refused.err and "12345" not in refused.err
    assert not (work.path / "short.parquet").exists()


def test_a_single_use_token_is_made_for_each_row(work):
    fields = {"id": "keep", "card": {"tokenize": {"single_use": True}}, "email": "drop"}
    protected = tokenized(work, fields=fields)
    tokens = [row["card"] for row in protected if row["card"]]
    assert len(set(tokens)) == len(tokens) > 5
    plain = rows_of(PEOPLE)
    assert [row["card"] for row in work.reveal({"path": str(work.path / "out.parquet")})] == [row["card"] for row in plain]
    # All of a subject's tokens go at once.
    gone = work.coffer("tokens", "delete", "--domain", "card", "--value-file", "-", "--json", stdin=b"4111111111100001\n").json
    assert gone["deleted"] == sum(row["card"] == "4111111111100001" for row in plain)
    left = work.reveal({"path": str(work.path / "out.parquet")}, "--on-error", "null")
    assert [row["card"] for row in left] == [None if row["card"] == "4111111111100001" else row["card"] for row in plain]


def test_a_token_outlives_its_time_and_is_purged(work):
    fields = {"id": "keep", "card": {"tokenize": {"ttl": "2s"}}, "email": "drop"}
    first = tokenized(work, fields=fields)
    made = time.monotonic()
    token = first[0]["card"]
    kept = tokenized(work, fields=fields | {"card": {"tokenize": {"domain": "other"}}}, name="kept.parquet")
    time.sleep(max(0, made + 2.5 - time.monotonic()))
    refused = work.coffer("detokenize", "--domain", "card", token, code=2)
    assert "can't be turned back" in refused.err and refused.out == ""
    assert listed(work)["card"] | {"oldest": 0, "newest": 0} == {
        "domain": "card", "single_use": False, "format": "prefix tok_", "tokens": 0, "expired": 5, "oldest": 0, "newest": 0}
    result = work.reveal({"path": str(work.path / "out.parquet")}, code=2)
    assert "row 1, column card" in result.err
    assert work.coffer("tokens", "purge", "--json").json == {"purged": 5}
    assert detokenized(work, [kept[0]["card"]], "other") == ["4111111111100000"]
    # The value gets another one, and keeps it.
    again = tokenized(work, fields=fields | {"card": {"tokenize": {"ttl": "1h"}}})
    assert again[0]["card"] != token
    assert tokenized(work, fields=fields | {"card": {"tokenize": {"ttl": "1h"}}}) == again


def test_deleted_tokens_mean_nothing_any_more(work):
    protected = tokenized(work)
    first, other = protected[0]["card"], protected[1]["card"]
    assert work.coffer("tokens", "delete", "--domain", "card", "--token", first, "--token", "tok_unknown", "--json").json["deleted"] == 1
    assert work.coffer("detokenize", "--domain", "card", first, other, code=2).out == ""
    assert detokenized(work, [first, other], "card", "--on-error", "null") == [None, "4111111111100001"]
    result = work.reveal({"path": str(work.path / "out.parquet")}, code=2)
    assert "row 1, column card" in result.err and "4111" not in result.err
    assert tokenized(work)[0]["card"] != first
    for flags in ((), ("--token", "x", "--value-file", "-")):
        assert "say what is deleted" in work.coffer("tokens", "delete", "--domain", "card", *flags, code=2).err
    assert "has no domain nobody" in work.coffer("tokens", "delete", "--domain", "nobody", "--token", "x", code=2).err


def test_a_domain_stays_what_it_was_made_as(work):
    tokenized(work)
    keep = {"id": "keep", "email": "drop"}
    for options, said in {
        '{"like": "digits"}': "tokens of another form (prefix tok_)", '{"single_use": true}': "for tokens that stay the same",
        '{"mac_key": "alias/other-mac"}': "another MAC key",
    }.items():
        if "mac" in options:
            work.coffer("keys", "create", "alias/other-mac", "--spec", "HMAC_256")
        refused = tokenized(work, fields=keep | {"card": {"tokenize": json.loads(options)}}, name="other.parquet", code=2)
        assert said in refused.err and "hint" in refused.err
        assert not (work.path / "other.parquet").exists()
    two = tokenized(
        work, "SELECT 1 AS id, 'x' AS a, 'y' AS b", {"id": "keep", "a": {"tokenize": {"domain": "d"}},
        "b": {"tokenize": {"domain": "d", "ttl": "1d"}}}, "two.parquet", code=2)
    assert "two columns share the tokens of domain d" in two.err


@pytest.mark.parametrize("options, said", [
    ({"like": "digit"}, "must be digits, letters, alphanumeric"), ({"like": "digits", "prefix": "x"}, "both like and prefix"),
    ({"prefix": "a b"}, "at most 32 letters"), ({"ttl": "3 days"}, "not a time to live"), ({"ttl": "0d"}, "not a time to live"),
    ({"ttl": "99999999d"}, "not a time to live"), ({"vaults": 1}, "is not a key of"), ({"key": "alias/tenant-{id}"}, "a vault has no keys for each tenant"),
])
def test_options_that_mean_nothing_are_refused(work, options, said):
    result = tokenized(work, fields={"id": "keep", "card": {"tokenize": options}, "email": "drop"}, code=2)
    assert said in result.err and not (work.home / "tokens.db").exists()


def test_a_plan_says_what_it_would_do_and_makes_no_vault(work):
    source = Place("parquet", work, prefix="origin").fill(PEOPLE)
    fields = FIELDS | {"card": {"tokenize": {"single_use": True, "ttl": "90d"}}}
    plan = work.run(source.source(), {"path": str(work.path / "out.parquet")}, fields, "--dry-run", "--json").json
    by_name = {field["column"]: field for field in plan["tables"][0]["fields"]}
    assert by_name["card"]["protection"] == "tokenize prefix tok_, domain card, single use, for 90d"
    assert by_name["card"]["reversible"] and not (work.home / "tokens.db").exists()
    # Of a column of floating point nobody could say when two values are one.
    refused = tokenized(work, "SELECT 1 AS id, 1.5::DOUBLE AS x", {"id": "keep", "x": {"tokenize": {}}}, code=2)
    assert "no exact text" in refused.err


def test_rows_are_merged_by_tokens_and_belong_to_one_vault(work):
    source = work.write("in.csv", "email,n\na@x,1\nb@x,2\n")
    target = {"duckdb": str(work.path / "out.duckdb"), "table": "t", "write": "merge", "primary_key": ["email"]}
    fields = {"email": {"tokenize": {}}, "n": "keep"}
    work.run({"path": str(source)}, target, fields)
    work.write("in.csv", "email,n\nb@x,20\nc@x,3\n")
    work.run({"path": str(source)}, target, fields)
    assert sorted((row["email"], row["n"]) for row in work.reveal(target)) == [("a@x", 1), ("b@x", 20), ("c@x", 3)]
    other = work.run({"path": str(source)}, target, fields, code=2, vault="other.db")
    assert "not in the vault" in other.err and "hint" in other.err
    missing = work.reveal(target, "--vault", "nowhere.db", code=2)
    assert "there is no token vault at" in missing.err and not (work.path / "nowhere.db").exists()
    wrong = work.reveal(target, "--vault", "other.db", code=2)
    assert "not in the vault" in wrong.err
    for options in ({"single_use": True}, {"ttl": "1d"}):
        assert "has to stay equal" in work.run({"path": str(source)}, target, fields | {"email": {"tokenize": options}}, code=2).err


def test_keys_of_a_vault_are_rewrapped_and_held(work):
    token = tokenized(work)[0]["card"]
    work.coffer("keys", "rotate", "alias/default")
    held = work.coffer("keys", "disable", "alias/default", "--version", "1", code=None)
    assert held.code == 2 and "tokens.db" in held.err, "the store knows who needs the version"
    assert work.coffer("tokens", "rewrap", "--json").json == {"data_keys": 2, "rewrapped": 2}
    assert work.coffer("tokens", "rewrap", "--json").json == {"data_keys": 2, "rewrapped": 0}
    work.coffer("keys", "disable", "alias/default", "--version", "1")
    assert detokenized(work, [token]) == ["4111111111100000"]
    work.coffer("keys", "create", "alias/other")
    assert work.coffer("tokens", "rewrap", "--to", "alias/other", "--json").json["rewrapped"] == 2
    work.coffer("keys", "disable", "alias/other", "--force")
    assert "can't be turned back" in work.coffer("detokenize", "--domain", "card", token, code=2).err


def test_what_is_done_with_tokens_is_on_the_record_without_them(work):
    token = tokenized(work)[0]["card"]
    work.coffer("detokenize", "--domain", "card", token)
    work.coffer("detokenize", "--domain", "card", "tok_unknown", code=2)
    work.coffer("tokens", "delete", "--domain", "card", "--value-file", "-", stdin=b"4111111111100001\n")
    work.coffer("tokens", "purge")
    events = [json.loads(line) for line in work.coffer("audit", "export", "--format", "jsonl").out.splitlines()]
    ended = [(event["eventName"], event.get("errorCode")) for event in events
             if event["eventSource"] == "coffer.pipeline" and event["additionalEventData"]["phase"] == "outcome"]
    assert ended == [("Run", None), ("Detokenize", None), ("Detokenize", "PipelineNotAuthentic"), ("DeleteTokens", None), ("PurgeTokens", None)]
    done = next(event for event in events if event["eventName"] == "Detokenize" and event["additionalEventData"]["phase"] == "outcome")
    assert done["requestParameters"]["domain"] == "card" and done["requestParameters"]["tokens"] == 1
    # The use of the key is found by the same request.
    assert [event["eventName"] for event in events if event["requestID"] == done["requestID"]].count("Decrypt") == 1
    text = json.dumps(events)
    assert token not in text and "4111111111100" not in text
    # A record that can't be kept: nothing is handed out.
    (work.home / "audit" / "checkpoint").write_text("no checkpoint")
    assert work.coffer("detokenize", "--domain", "card", token, code=2).out == ""


def test_who_may_tokenize_need_not_be_who_may_turn_back(service, keys, user):  # noqa: F811
    env = environment(service)
    kms = service.client()
    user.write("in.csv", "id,card,mail\n" + "".join(f"{i},card-{i % 5},m{i % 3}@x\n" for i in range(50)))
    kms.put_key_policy(KeyId=keys["alias/pipelines"]["KeyId"], Policy=policy({
        "Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:coffer:domain": "card"}},
    }))
    user.pipeline({
        "name": "cards", "source": {"path": "in.csv"}, "destination": {"path": "out.parquet"}, "key": KEY, "mac_key": MAC,
        "vault": "vault.db", "fields": {"id": "keep", "card": {"tokenize": {}}, "mail": {"tokenize": {}}},
    })
    user.coffer("run", "pipeline.yaml", env=env)
    row = rows_of(f"FROM '{user.path / 'out.parquet'}'")[0]
    where = ("--vault", "vault.db", "--key", KEY, "--key", MAC)
    assert detokenized(user, [row["mail"]], "mail", *where, env=env) == ["m0@x"]
    denied = detokenized(user, [row["card"]], "card", *where, env=env, code=2)
    assert "can't be turned back" in denied.err and denied.out == "" and "card-0" not in denied.err
    refused = user.coffer("reveal", "pipeline.yaml", "--format", "csv", code=2, env=env)
    assert "row 1, column card" in refused.err
    # A key that nobody allowed here is not asked for.
    assert "can't be turned back" in detokenized(user, [row["mail"]], "mail", "--vault", "vault.db", env=env, code=2).err
