"""Fixtures: the images built once for all test processes, and the servers that containers connect to."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from images.servers import Nats, Postgres
from images.workshop import Workshop, alone
from quantacirc_cdk.model import System, load_project
from support.tools import ROOT


def shared_folder(factory: pytest.TempPathFactory, worker: str) -> Path:
    """Return a folder that every process of this test run sees."""
    base = factory.getbasetemp()
    folder = (base if worker == "master" else base.parent) / "workshop"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Workshop]:
    """A workshop with nothing built yet; whoever leaves last cleans up."""
    made = Workshop(shared_folder(tmp_path_factory, worker_id))
    present = made.folder / "present" / worker_id
    with alone(made.folder / "lock"):
        made.set_up()
        present.parent.mkdir(exist_ok=True)
        present.touch()
    yield made
    with alone(made.folder / "lock"):
        present.unlink()
        if not any(present.parent.iterdir()):
            made.leave()


@pytest.fixture(scope="session")
def built(workshop: Workshop) -> Workshop:
    """A workshop with all images built, by the very script people use."""
    with alone(workshop.folder / "lock"):
        if not (workshop.folder / "built").exists():
            done = workshop.build()
            assert done.returncode == 0, done.stderr[-4000:]
            (workshop.folder / "built").touch()
    return workshop


@pytest.fixture(scope="session")
def system() -> System:
    """QuantaCirc as the model describes it."""
    return load_project(ROOT).system


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL, in a folder that is not below one that only we may enter."""
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder))
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def ledger() -> Iterator[Postgres]:
    """A running PostgreSQL."""
    with postgres() as server:
        yield server


@pytest.fixture
def own_ledger() -> Iterator[Postgres]:
    """A running PostgreSQL that a test may stop."""
    with postgres() as server:
        yield server


@pytest.fixture
def bus(tmp_path: Path, system: System) -> Iterator[Nats]:
    """A running NATS server, nobody else's."""
    folder = tmp_path / "bus"
    folder.mkdir()
    server = Nats(folder, system)
    server.create_certificate()
    server.start()
    server.create_streams()
    yield server
    server.stop()
