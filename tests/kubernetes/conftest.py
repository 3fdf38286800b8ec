"""The manifests of this project, synthesized once and read back as data."""

import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from support.kubernetes.manifests import ENVIRONMENTS, Object, read_folder
from support.tools import ROOT


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[Object]]:
    """Return all Kubernetes objects of each environment of this project, by environment."""
    out = tmp_path_factory.mktemp("kubernetes")
    runpy.run_path(str(ROOT / "apps" / "workloads.py"))["synthesize"](ROOT, out, None)
    return {name: read_folder(out / name) for name in ENVIRONMENTS}


@pytest.fixture(params=ENVIRONMENTS)
def objects(request: pytest.FixtureRequest, rendered: Mapping[str, Sequence[Object]]) -> Sequence[Object]:
    """Return all Kubernetes objects of one environment, one environment after the other."""
    return rendered[request.param]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a folder to synthesize into."""
    return tmp_path / "out"
