"""A PostgreSQL cluster for the length of the tests: its own folder, loopback and a socket, an ordinary user."""
from __future__ import annotations

import datetime
import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# The name in the server's certificate; nothing resolves it, tests give the address beside it.
SERVER_NAME = "db.coffer.test"


def program(name: str) -> str:
    found = shutil.which(name) or next(iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), reverse=True)), None)
    if not found:
        raise RuntimeError(f"{name} is missing; scripts/setup installs PostgreSQL")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """Starts with `start`, ends with `stop`; every test has a database of its own."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="coffer-pg-"))
        self.port = free_port()
        self.made = 0
        self.user = "postgres"
        self.prefix: list[str] = []
        self.process: subprocess.Popen | None = None
        if os.getuid() == 0:
            # initdb refuses to run as root.
            names = {entry.pw_name for entry in pwd.getpwall()}
            owner = "postgres" if "postgres" in names else "nobody"
            shutil.chown(self.folder, owner)
            self.prefix = ["runuser", "-u", owner, "--"]

    def command(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [*self.prefix, program(name), *arguments],
            cwd="/", check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )

    def start(self) -> "Cluster":
        data = str(self.folder / "data")
        self.command("initdb", "-D", data, "-U", self.user, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.certify()
        settings = {
            "ssl": "on", "ssl_cert_file": self.folder / "server.pem", "ssl_key_file": self.folder / "server.key",
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder,
            "fsync": "off", "max_connections": 50, "shared_buffers": "64MB",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        # It lives as long as its standard input is open, so it ends with the tests however they end.
        keeper = 'folder=$1; shift; "$@" & read _; kill -QUIT $!; wait $!; rm -rf "$folder"'
        log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [*self.prefix, "sh", "-c", keeper, "sh", str(self.folder), program("postgres"), "-D", data, *options],
            cwd="/", stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
        )
        log.close()
        self.wait()
        return self

    def certify(self) -> None:
        """A certificate for `SERVER_NAME` from an authority of its own, `ca.pem`."""
        authority, authority_key = certificate("coffer test authority")
        leaf, leaf_key = certificate(SERVER_NAME, authority, authority_key)
        (self.folder / "ca.pem").write_bytes(pem(authority))
        (self.folder / "server.pem").write_bytes(pem(leaf))
        key = self.folder / "server.key"
        key.touch(mode=0o600)
        key.write_bytes(leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        owner = self.folder.stat()
        os.chown(key, owner.st_uid, owner.st_gid)
        self.folder.chmod(0o755)

    def wait(self) -> None:
        import psycopg

        for _ in range(600):
            try:
                return self.connect().close()
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.process:
            self.process.stdin.close()
            self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def connect(self, database: str = "postgres"):
        import psycopg

        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=self.user, dbname=database, autocommit=True
        )

    def database(self) -> "Database":
        self.made += 1
        name = f"test{self.made}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return Database(self, name)


class Database:
    """A database in the cluster."""

    def __init__(self, cluster: Cluster, name: str):
        self.cluster = cluster
        self.name = name
        self.uri = f"postgresql://{cluster.user}@127.0.0.1:{cluster.port}/{name}"

    def execute(self, *statements: str) -> None:
        with self.cluster.connect(self.name) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, query: str) -> list[tuple]:
        with self.cluster.connect(self.name) as connection:
            return connection.execute(query).fetchall()

    def tables(self) -> list[str]:
        return [row[0] for row in self.rows(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )]

    def drop(self) -> None:
        with self.cluster.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


def certificate(name: str, issuer: x509.Certificate | None = None, issuer_key=None):
    """A certificate for a name and its key; its own authority when there is no issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
    )
    return builder.sign(issuer_key or key, hashes.SHA256()), key


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
