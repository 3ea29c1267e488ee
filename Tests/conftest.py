"""Fixtures for the tests from outside."""
from __future__ import annotations

import pytest

from support.postgres import Cluster
from support.workspace import Workspace, binary


def pytest_report_header():
    return f"coffer: {binary()}"


@pytest.fixture
def empty(tmp_path) -> Workspace:
    """A workspace without a key store."""
    return Workspace(tmp_path)


@pytest.fixture
def work(empty) -> Workspace:
    """A workspace with a key store, as `coffer init` makes it."""
    empty.coffer("init")
    return empty


@pytest.fixture(scope="session")
def cluster():
    running = Cluster()
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def postgres(cluster):
    """A PostgreSQL database of the test's own."""
    database = cluster.database()
    yield database
    database.drop()
