"""Connections to PostgreSQL: where passwords come from, and when TLS is asked for."""
import pytest

from support.places import Place
from support.postgres import SERVER_NAME, certificate, pem

ROWS = "id,zip,name,amount\n1,10115,Ada,1.50\n2,20095,Bo,2.25\n"
FIELDS = {"id": "keep", "zip": "keep", "name": "encrypt", "amount": "keep"}


@pytest.fixture
def source(work) -> dict:
    return {"path": str(work.write("rows.csv", ROWS))}


def refuse(work, source, fields, *words, destination, env=None):
    result = work.run(source, destination, fields, code=2, env=env)
    for word in words:
        assert word in result.err, result.err
    assert result.err.startswith("coffer: ") and result.out == ""
    return result


@pytest.mark.parametrize("uri", [
    "postgresql://user:hunter2@127.0.0.1/db", "postgres://:hunter2@/db",
    "postgresql://127.0.0.1/db?password=hunter2", "postgresql://user:%68unter2@127.0.0.1/db",
])
@pytest.mark.parametrize("side", ["source", "destination"])
def test_a_password_in_the_file_is_refused_and_not_repeated(work, source, uri, side):
    named = {"postgres": uri, "table": "t"}
    if side == "source":
        result = refuse(work, named, {"id": "keep"}, "password", destination=Place("duckdb", work).destination())
    else:
        result = refuse(work, source, FIELDS, "password", destination=named)
    assert "hunter2" not in result.err and "%68unter2" not in result.err
    assert "env:" in result.err


@pytest.mark.parametrize("query", ["", "?sslmode=require", "?sslmode=prefer", "?sslmode=verify-ca", "?sslmode=disable"])
@pytest.mark.parametrize("host", ["db.example.invalid", "192.0.2.7", "[2001:db8::1]"])
def test_another_host_needs_verify_full(work, source, host, query):
    result = refuse(
        work, source, FIELDS, "verify-full", destination={"postgres": f"postgresql://u@{host}/db{query}", "table": "t"},
    )
    assert "allow_plaintext" in result.err


def test_another_host_by_the_environment_needs_verify_full_too(work, source):
    place = {"postgres": "postgresql:///db", "table": "t"}
    result = work.run(source, place, FIELDS, code=2, env={"PGHOST": "db.example.invalid"})
    assert "verify-full" in result.err
    result = work.run(
        source, {"postgres": "env:WAREHOUSE", "table": "t"}, FIELDS, code=2,
        env={"WAREHOUSE": "postgresql://u:hunter2@db.example.invalid/db"},
    )
    assert "verify-full" in result.err and "hunter2" not in result.err


def test_loopback_and_a_socket_need_no_tls(work, source, postgres):
    work.run(source, {"postgres": postgres.uri, "table": "a"}, FIELDS)
    folder = postgres.cluster.folder
    socket = f"postgresql://postgres@/{postgres.name}?host={folder}&port={postgres.cluster.port}"
    work.run(source, {"postgres": socket, "table": "b"}, FIELDS)
    assert postgres.rows("SELECT count(*) FROM b") == [(2,)]


def test_connections_come_from_references_and_the_environment(work, source, postgres):
    work.run(source, {"postgres": "env:TARGET", "table": "a"}, FIELDS, env={"TARGET": postgres.uri})
    secret = work.write("uri.txt", postgres.uri + "\n")
    secret.chmod(0o600)
    work.run(source, {"postgres": f"file:{secret}", "table": "b"}, FIELDS)
    variables = {
        "PGHOST": "127.0.0.1", "PGPORT": str(postgres.cluster.port), "PGUSER": "postgres", "PGDATABASE": postgres.name,
    }
    work.run(source, {"postgres": "postgresql://", "table": "c"}, FIELDS, env=variables)
    assert {"public.a", "public.b", "public.c"} <= set(postgres.tables())


def test_a_password_from_the_environment_is_never_shown(work, source, postgres):
    uri = postgres.uri.replace("postgres@", "nobody:hunter2secret@")
    result = work.run(source, {"postgres": "env:TARGET", "table": "a"}, FIELDS, code=2, env={"TARGET": uri})
    assert "hunter2secret" not in result.err + result.out
    uri = postgres.uri.replace("postgres@", "postgres:hunter2secret@")
    for flags in ([], ["--dry-run"], ["--json"]):
        result = work.run(source, {"postgres": "env:TARGET", "table": "a"}, FIELDS, *flags, env={"TARGET": uri})
        assert "hunter2secret" not in result.err + result.out
    for path in work.files():
        assert b"hunter2secret" not in path.read_bytes()


def test_an_unset_reference_is_refused_by_its_name(work, source):
    refuse(work, source, FIELDS, "NOT_SET_ANYWHERE", destination={"postgres": "env:NOT_SET_ANYWHERE", "table": "t"})


# Ways in which libpq would go elsewhere than the first look tells.
ELSEWHERE = {
    "an address beside a local name": ("postgresql://u@localhost/db?hostaddr=192.0.2.7", {}),
    "an address in the environment": ("postgresql://u@localhost/db", {"PGHOSTADDR": "192.0.2.7"}),
    "a second host": ("postgresql://u@localhost:1,db.example.invalid:5432/db", {}),
    "a host in the query": ("postgresql:///db?host=db.example.invalid", {}),
    "a service in the file": ("postgresql:///db?service=far", {}),
    "a service in the environment": ("postgresql:///db", {"PGSERVICE": "far"}),
    "a percent sign": ("postgresql://u@%64b.example.invalid/db", {}),
    "a name like localhost": ("postgresql://u@localhost.example.invalid/db", {}),
    "an address like loopback": ("postgresql://u@127.0.0.1.example.invalid/db", {}),
}


@pytest.mark.parametrize("way", ELSEWHERE)
def test_no_way_around_the_rule(work, source, way):
    uri, env = ELSEWHERE[way]
    services = work.write("services.conf", "[far]\nhost=db.example.invalid\n")
    env = env | {"PGSERVICEFILE": str(services)}
    result = work.run(source, {"postgres": uri, "table": "t"}, FIELDS, code=2, env=env)
    assert "verify-full" in result.err or "service" in result.err, result.err


def test_an_address_that_is_no_uri_is_refused_and_not_repeated(work, source):
    for text in ("host=127.0.0.1 password=hunter2 dbname=db", "hunter2", "jdbc:postgresql://u:hunter2@x/db", ""):
        result = work.run(source, {"postgres": text, "table": "t"}, FIELDS, code=2)
        assert "postgresql://" in result.err and "hunter2" not in result.err


def test_plain_text_is_allowed_aloud(work, source):
    place = {"postgres": "postgresql://u@192.0.2.7/db?connect_timeout=1", "table": "t", "allow_plaintext": True}
    result = work.run(source, place, FIELDS, code=2)
    assert "verify-full" not in result.err or "allow_plaintext" in result.err
    assert "192.0.2.7" in result.err


def tls(postgres, authority, mode="verify-full", name=SERVER_NAME) -> dict:
    """The cluster under a name that is not local, at its loopback address."""
    port = postgres.cluster.port
    return {
        "postgres": f"postgresql://postgres@{name}:{port}/{postgres.name}?hostaddr=127.0.0.1&sslmode={mode}"
        f"&sslrootcert={authority}", "table": "t",
    }


def test_verify_full_connects_to_whom_the_authority_vouches_for(work, source, postgres):
    work.run(source, tls(postgres, postgres.cluster.folder / "ca.pem"), FIELDS)
    assert postgres.rows("SELECT count(*) FROM t") == [(2,)]


def test_verify_full_refuses_another_authority_and_another_name(work, source, postgres):
    other = work.write("other.pem", pem(certificate("another authority")[0]))
    work.run(source, tls(postgres, other), FIELDS, code=2)
    work.run(source, tls(postgres, postgres.cluster.folder / "ca.pem", name="db.elsewhere.test"), FIELDS, code=2)
    assert postgres.tables() == []


def test_a_password_file_is_used(work, source, postgres):
    passwords = work.write("pgpass", "*:*:*:*:anything\n")
    passwords.chmod(0o600)
    work.run(source, {"postgres": postgres.uri, "table": "t"}, FIELDS, env={"PGPASSFILE": str(passwords)})
    assert postgres.rows("SELECT count(*) FROM t") == [(2,)]


def test_a_lost_connection_is_a_sentence_and_leaves_the_old_table(work, postgres):
    """The server ends the connection in the middle of a load."""
    import time

    place = Place("postgres", work, postgres)
    work.run({"path": str(work.write("old.csv", "id,name\n1,old\n"))}, place.destination(),
             {"id": "keep", "name": "encrypt"})
    with open(work.path / "new.csv", "w") as file:
        file.write("id,name\n" + "".join(f"{n},new\n" for n in range(400_000)))
    state = place.state()
    pipeline = work.pipeline({
        "source": {"path": str(work.path / "new.csv")}, "destination": place.destination(),
        "fields": {"id": "keep", "name": "encrypt"},
    })
    process = work.start("run", pipeline)
    ended = False
    while process.poll() is None and not ended:
        time.sleep(0.05)
        ended = bool(postgres.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query ILIKE '%COPY%'"
        ))
    _, err = process.communicate(timeout=120)
    assert ended, "the load was over before the connection could be ended"
    assert process.returncode == 2 and err.startswith(b"coffer: "), err.decode()
    assert place.state() == state
