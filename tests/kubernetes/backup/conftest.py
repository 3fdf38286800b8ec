"""Real PostgreSQL servers and an S3 server for the scripts that back up and restore."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kubernetes.backups import Backups
from support.object_store import ObjectStore, object_store
from support.postgresql import Server, default_release, postgresql, programs


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Return a server of the release that environments have by default."""
    with postgresql(default_release()) as running:
        assert running.version == 17
        yield running


@pytest.fixture(scope="session")
def older_server() -> Iterator[Server]:
    """Return a server of Debian's release."""
    with postgresql(programs()) as running:
        assert running.version < 17
        yield running


@pytest.fixture(scope="session")
def store() -> Iterator[ObjectStore]:
    with object_store() as running:
        yield running


@pytest.fixture
def older_backups(older_server: Server, store: ObjectStore, tmp_path: Path) -> Backups:
    """Return a new database of an older server."""
    return Backups.create(older_server, store, tmp_path)


@pytest.fixture
def backups(server: Server, store: ObjectStore, tmp_path: Path) -> Backups:
    """Return a new database with a few rows and a place for its backups."""
    return Backups.create(server, store, tmp_path)
