"""The project's own stacks, synthesized once for all tests of a worker."""

from pathlib import Path

import pytest

from support.terraform.switched import synthesize
from support.tools import ROOT


@pytest.fixture(scope="session")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``stacks/prod-aws`` and its likes."""
    return synthesize(ROOT, tmp_path_factory.mktemp("aws"))
