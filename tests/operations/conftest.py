"""A bakery for each test: a project, a chart, a cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.server import Cluster
from support.operations.bakery import Bakery
from support.operations.fake_run import Make, maker


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A running fake cluster."""
    with Cluster().running() as running:
        yield running


@pytest.fixture
def bakery(tmp_path: Path, cluster: Cluster) -> Bakery:
    """A project with a chart, and nothing deployed."""
    return Bakery(tmp_path, cluster).set_up()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A maker of runs whose helm, kubectl and clock are fakes."""
    return maker(tmp_path, monkeypatch)
