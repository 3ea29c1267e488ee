"""Deterministic cells and pseudonyms join across tables and kinds; a tenant's key opens that tenant's rows only."""
import pytest

from support.places import DATABASES, Place, engine

EQUAL = {"deterministic": {"encrypt": {"deterministic": True, "domain": "email"}}, "pseudonym": {"hash": {"domain": "email"}}}


@pytest.mark.parametrize("how", EQUAL)
def test_equal_values_join_across_tables_runs_and_sources(work, postgres, how):
    people = work.write("people.csv", "name,email\nAda,ada@example.com\nBo,bo@example.com\n")
    Place("postgres", work, postgres, name="orders").fill(
        "SELECT * FROM (VALUES ('ada@example.com', 3), ('ada@example.com', 4), ('cy@example.com', 5)) t(mail, total)"
    )
    warehouse = str(work.path / "warehouse.duckdb")
    work.run(
        {"path": str(people)}, {"duckdb": warehouse, "table": "people"}, {"name": "keep", "email": EQUAL[how]}
    )
    work.run(
        {"postgres": postgres.uri, "table": "orders"}, {"duckdb": warehouse, "table": "orders"},
        {"total": "keep", "mail": EQUAL[how]},
    )
    with engine() as connection:
        connection.execute(f"ATTACH '{warehouse}' AS w (READ_ONLY)")
        joined = connection.execute(
            "SELECT name, total FROM w.people JOIN w.orders ON email = mail ORDER BY total"
        ).fetchall()
    assert joined == [("Ada", 3), ("Ada", 4)]


def test_the_default_domain_is_the_column_and_not_the_table(work):
    one = work.write("one.csv", "id,email\n1,ada@example.com\n")
    two = work.write("two.csv", "email,total\nada@example.com,5\n")
    for path, name in ((one, "one"), (two, "two")):
        fields = {"email": "hash"} | ({"id": "keep"} if name == "one" else {"total": "keep"})
        work.run({"path": str(path)}, {"path": str(work.path / f"{name}.parquet")}, fields)
    a, b = (Place("parquet", work, prefix=name).rows()[0]["email"] for name in ("one", "two"))
    assert a == b


def test_other_domains_and_other_keys_do_not_join(work):
    work.coffer("keys", "create", "alias/mac2", "--usage", "mac")
    source = work.write("one.csv", "email\nada@example.com\n")
    seen = set()
    for number, (domain, key) in enumerate([("a", "alias/default-mac"), ("b", "alias/default-mac"), ("a", "alias/mac2")]):
        target = work.path / f"{number}.parquet"
        work.run({"path": str(source)}, {"path": str(target)}, {"email": {"hash": {"domain": domain}}}, mac_key=key)
        value = Place("parquet", work, prefix=str(number)).rows()[0]["email"]
        seen.add(bytes(value) if not isinstance(value, str) else value)
    assert len(seen) == 3


def test_a_number_and_its_text_have_one_pseudonym(work):
    text = work.write("text.csv", "code\n42\n")
    number = Place("parquet", work, prefix="number").fill("SELECT 42::INTEGER AS code")
    values = []
    for name, source in (("a", {"path": str(text)}), ("b", number.source())):
        work.run(source, {"path": str(work.path / f"{name}.parquet")}, {"code": {"hash": {"domain": "code"}}})
        values.append(Place("parquet", work, prefix=name).rows()[0]["code"])
    assert values[0] == values[1]


@pytest.mark.parametrize("kind", DATABASES)
def test_append_with_another_mac_key_is_refused(work, postgres, kind):
    work.coffer("keys", "create", "alias/mac2", "--usage", "mac")
    source = work.write("one.csv", "email\nada@example.com\n")
    place = Place(kind, work, postgres)
    fields = {"email": {"hash": {"domain": "email"}}}
    work.run({"path": str(source)}, place.destination(write="append"), fields)
    state = place.state()
    result = work.run({"path": str(source)}, place.destination(write="append"), fields, code=2, mac_key="alias/mac2")
    assert "mac" in result.err.lower()
    assert place.state() == state


TENANTS = {"id": "keep", "tenant": "keep", "secret": {"encrypt": {"key": "alias/tenant-{tenant}"}}}


def tenants(work, names=("acme", "globex")) -> dict:
    for name in names:
        work.coffer("keys", "create", f"alias/tenant-{name}")
    rows = "".join(f"{n},{name},{name} secret {n}\n" for n, name in enumerate(names * 3, start=1))
    return {"path": str(work.write("tenants.csv", "id,tenant,secret\n" + rows)), "types": {"id": "bigint"}}


@pytest.mark.parametrize("kind", ["duckdb", "postgres", "parquet", "jsonl"])
def test_every_row_opens_under_its_tenants_key(work, postgres, kind):
    place = Place(kind, work, postgres)
    work.run(tenants(work), place.destination(), TENANTS)
    keys = ["--key", "alias/tenant-acme", "--key", "alias/tenant-globex"]
    rows = work.reveal(place.destination(), *keys)
    assert sorted(row["secret"] for row in rows) == sorted(
        f"{name} secret {n}" for n, name in enumerate(("acme", "globex") * 3, start=1)
    )


def test_destroying_use_of_one_tenants_key_leaves_the_others(work):
    place = Place("duckdb", work)
    work.run(tenants(work), place.destination(), TENANTS)
    keys = ["--key", "alias/tenant-acme", "--key", "alias/tenant-globex"]
    work.reveal(place.destination(), *keys[2:], code=2)
    rows = work.reveal(place.destination(), *keys[2:], "--on-error", "null", "--where", "tenant = 'globex'")
    assert len(rows) == 3 and all(row["secret"] for row in rows)
    disabled = work.coffer("keys", "disable", "alias/tenant-acme", code=None)
    if disabled.code:
        work.coffer("keys", "disable", "alias/tenant-acme", "--force")
    work.reveal(place.destination(), *keys, code=2)
    rows = work.reveal(place.destination(), *keys, "--on-error", "null")
    assert {row["tenant"] for row in rows if row["secret"] is None} == {"acme"}
    assert {row["tenant"] for row in rows if row["secret"]} == {"globex"}


@pytest.mark.parametrize("name", ["no such", "../up", "", "x" * 65, "ä"])
def test_a_tenant_that_is_no_name_is_refused_and_not_quoted(work, name):
    source = work.write("t.csv", f'id,tenant,secret\n1,"{name}",x\n')
    place = Place("duckdb", work)
    result = work.run({"path": str(source)}, place.destination(), TENANTS, code=2)
    assert "tenant" in result.err
    assert not name or name == "x" * 65 or f"tenant-{name}" not in result.err
    assert not place.file.exists()


def test_a_tenant_without_a_key_stops_the_run(work):
    source = work.write("t.csv", "id,tenant,secret\n1,initech,x\n")
    place = Place("duckdb", work)
    result = work.run({"path": str(source)}, place.destination(), TENANTS, code=2)
    assert "hint" in result.err
    assert not place.file.exists()
