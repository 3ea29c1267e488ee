"""A PostgreSQL cluster for the length of the tests: its own folder, loopback and a socket, an ordinary user."""
from __future__ import annotations

import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile


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
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder} "
            "-c fsync=off -c max_connections=50 -c shared_buffers=64MB"
        )
        self.command("pg_ctl", "-D", data, "-w", "-l", str(self.folder / "log"), "-o", options, "start")
        return self

    def stop(self) -> None:
        try:
            self.command("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        finally:
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
