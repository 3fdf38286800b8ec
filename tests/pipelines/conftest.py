"""The pipelines of this project, as its app writes them."""

import runpy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.model import load_project
from quantacirc_cdk.pipelines import Pipeline
from support.pipelines.github import read_github
from support.pipelines.gitlab import read_gitlab
from support.pipelines.infrastructure import apply_stacks
from support.pipelines.jenkins import read_jenkins
from support.pipelines.jobs import ReadJob
from support.tools import ROOT

App = dict[str, Any]


@pytest.fixture(autouse=True)
def cell(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Write into the report which cell of the matrix of faults a test is."""
    if mark := request.node.get_closest_marker("fault"):
        parameters = request.node.callspec.params if hasattr(request.node, "callspec") else {}
        record_property("fault", mark.args[0])
        record_property("system", parameters.get("system", "act"))


@pytest.fixture(scope="session")
def app() -> App:
    """Return what ``apps/pipeline.py`` defines."""
    return runpy.run_path(str(ROOT / "apps" / "pipeline.py"))


@pytest.fixture(scope="session")
def pipelines(app: App) -> tuple[Pipeline, ...]:
    """Return ``ci``, ``cd`` and ``maintenance``."""
    project = load_project(ROOT)
    return app["ci"](project), app["cd"](project), app["maintenance"](project)


@pytest.fixture(scope="session")
def written(app: App, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the output for all three servers."""
    out = tmp_path_factory.mktemp("cicd")
    app["synthesize"](ROOT, out, None)
    return out


@pytest.fixture(scope="session")
def applying(app: App, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the output of this project where the pipeline applies its stacks."""
    folder = tmp_path_factory.mktemp("applying")
    shutil.copytree(ROOT / "apps", folder / "apps", ignore=shutil.ignore_patterns("__pycache__"))
    apply_stacks(folder)
    app["synthesize"](folder, folder / "out", None)
    return folder / "out"


@pytest.fixture(scope="session", params=["written", "applying"])
def each(request: pytest.FixtureRequest) -> Path:
    """Return the output of this project, and that of it with stacks that the pipeline applies."""
    return Path(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
def write(app: App, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Return a function that writes the pipelines of another project."""

    def call(root: Path) -> Path:
        out = tmp_path_factory.mktemp("cicd")
        app["synthesize"](root, out, None)
        return out

    return call


@pytest.fixture(scope="session")
def github(written: Path) -> list[ReadJob]:
    return read_github(written / "github")


@pytest.fixture(scope="session")
def gitlab(written: Path) -> list[ReadJob]:
    return read_gitlab(written / "gitlab")


@pytest.fixture(scope="session")
def jenkins(written: Path) -> list[ReadJob]:
    return read_jenkins(written / "jenkins" / "Jenkinsfile")
