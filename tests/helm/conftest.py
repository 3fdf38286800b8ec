"""The committed chart; ``tests/project`` proves that it is current."""

from pathlib import Path

import pytest

from quantacirc_cdk.model import Project, load_project
from support.tools import ROOT


@pytest.fixture(scope="session")
def project() -> Project:
    """Return this repository's model."""
    return load_project(ROOT)


@pytest.fixture(scope="session")
def chart(project: Project) -> Path:
    """Return the folder of the chart."""
    return ROOT / "dist" / "helm" / project.system.name
