"""A real PostgreSQL and an S3 server for the scripts that back up and restore."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubernetes_support.backups import Backups
from support.object_store import ObjectStore, object_store
from support.postgresql import Server, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with postgresql() as running:
        yield running


@pytest.fixture(scope="session")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture
def backups(server: Server, store: ObjectStore, tmp_path: Path) -> Backups:
    """Return a new database with a few rows and a place for its backups."""
    return Backups.create(server, store, tmp_path)
