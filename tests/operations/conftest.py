"""A bakery for each test: a project, a chart, a cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.server import Cluster
from operations_support.bakery import Bakery


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A running fake cluster."""
    with Cluster().running() as running:
        yield running


@pytest.fixture
def bakery(tmp_path: Path, cluster: Cluster) -> Bakery:
    """A project with a chart, and nothing deployed."""
    return Bakery(tmp_path, cluster).set_up()
