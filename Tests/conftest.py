"""Fixtures for the tests from outside."""
from __future__ import annotations

import pytest

from support.postgres import Cluster
from support.service import Service
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


@pytest.fixture
def service(work):
    """`coffer serve` over a key store of the test's own."""
    with Service(work) as running:
        yield running


@pytest.fixture(scope="module")
def shared_service(tmp_path_factory):
    """`coffer serve` for the tests of a file that don't mind each other."""
    work = Workspace(tmp_path_factory.mktemp("service"))
    work.coffer("init")
    with Service(work) as running:
        yield running


@pytest.fixture(scope="module")
def kms(shared_service):
    """A boto3 client of an administrator."""
    return shared_service.client()


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
