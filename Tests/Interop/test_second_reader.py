"""What a run wrote opens without Coffer: the key store, the catalogue and the cells, read from their specifications."""

import coffer_field as field
import pytest
from test_key_store_format import Store, root_key_of, unwrap

from support.places import Place

FIELDS = {
    "id": "keep", "tenant": "keep", "amount": "encrypt", "secret": {"encrypt": {"bind": ["id", "day"]}}, "day": "keep",
    "email": {"encrypt": {"deterministic": True}}, "number": {"hash": {"domain": "n"}},
    "own": {"encrypt": {"key": "alias/tenant-{tenant}", "suite": "chacha20-poly1305"}},
}
ROWS = """SELECT i::INTEGER AS id, 'tenant' || i % 2 AS tenant, (i * 1.25)::DOUBLE AS amount, 'secret ' || i AS secret,
    DATE '2024-02-28' + i::INTEGER AS day, 'e' || i AS email, i::BIGINT AS number, 'own ' || i AS own FROM range(1, 6) t(i)"""


@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "parquet", "csv", "jsonl"])
def test_a_second_implementation_opens_what_a_run_wrote(work, kind):
    for number in (0, 1):
        work.coffer("keys", "create", f"alias/tenant-tenant{number}")
    place = Place(kind, work)
    work.run(Place("parquet", work, prefix="origin").fill(ROWS).source(), place.destination(), FIELDS, dataset="people")
    store = Store(work.home / "keys.db", root_key_of(work.root_key.read_text()))
    document = place.catalogue()
    document = document["catalogues"][0] if "catalogues" in document else document
    aliases = {key: name for name, key in store.db.execute("SELECT name, key FROM aliases")}

    def data_key(entry: dict) -> bytes:
        alias = aliases[entry["kek"].removeprefix("coffer:")]
        context = field.wrapping_context("people", entry)
        return unwrap(store.material(alias, entry["version"]), field.unbase64(entry["wrapped"]), context)

    catalogue = field.Catalogue(document, "people", data_key)
    domains = {}
    for domain in document["domains"]:
        alias = aliases[domain["mac_key"].removeprefix("coffer:")]
        mac = field.hmac.digest(
            store.material(alias, 1), field.domain_message(domain["purpose"], domain["name"]), "sha256")
        domains[domain["name"]] = field.domain_key(mac, domain["purpose"])
        assert field.unbase64(domain["check"]) == domains[domain["name"]][1]

    rows = place.rows()
    assert len(rows) == 5
    for row in rows:
        bound = {"id": str(row["id"]), "day": str(row["day"])[:10]}
        number = int(row["id"])
        assert catalogue.open("secret", row["secret"], bound) == f"secret {number}".encode()
        assert field.struct.unpack("<d", catalogue.open("amount", row["amount"])) == (number * 1.25,)
        assert catalogue.open("own", row["own"]) == f"own {number}".encode()
        assert field.open_deterministic(row["email"], *domains["email"]) == f"e{number}".encode()
        assert row["number"] == field.pseudonym(domains["n"][0], str(number).encode())
        with pytest.raises(field.Refused):
            catalogue.open("secret", row["secret"], bound | {"id": "77"})
    assert {key.get("tenant") for key in document["keys"]} == {None, "tenant0", "tenant1"}
