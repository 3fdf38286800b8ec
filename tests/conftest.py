"""What every test may use."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from support.project import Project
from support.tools import ROOT, TOOLS

# What programs under test start by name (helm, terraform) is what the set-up fetched, however pytest was started.
os.environ["PATH"] = os.pathsep.join([str(TOOLS / "bin"), str(ROOT / ".venv" / "bin"), os.environ.get("PATH", "")])

settings.register_profile(
    "default", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def project(tmp_path: Path) -> Callable[[], Project]:
    """Return a maker of small valid projects in a folder of their own."""
    return lambda: Project.small(tmp_path / "project")
