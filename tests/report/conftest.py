"""The committed report; ``tests/project`` proves that it is current."""

from pathlib import Path

import pytest

from quantacirc_cdk.model import Project, load_project
from support.tools import ROOT


@pytest.fixture(scope="session")
def project() -> Project:
    """Return this repository's model."""
    return load_project(ROOT)


@pytest.fixture(scope="session")
def report(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the report on the committed manifests."""
    from quantacirc_cdk.helm import system_chart
    from quantacirc_cdk.helm.parity import parity
    from quantacirc_cdk.report import write_report

    folder = tmp_path_factory.mktemp("report")
    dist = ROOT / "dist"
    write_report(project, dist, folder, lambda: parity(system_chart(project, dist / "kubernetes").derived()))
    return folder
