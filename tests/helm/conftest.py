"""The chart, derived from the committed manifests; ``tests/project`` proves that the committed chart is the same."""

from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import Project, load_project
from support.tools import ROOT

MANIFESTS = ROOT / "dist" / "kubernetes"


@pytest.fixture(scope="session")
def project() -> Project:
    """Return this repository's model."""
    return load_project(ROOT)


@pytest.fixture(scope="session")
def chart(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the chart."""
    folder = tmp_path_factory.mktemp("chart") / project.system.name
    system_chart(project, MANIFESTS).write(folder)
    return folder
