"""The stacks of the project's environments on Google Cloud, synthesized once for all tests of a worker."""

from pathlib import Path

import pytest

from support.terraform.stacks import Json, read_stack, resources
from support.terraform.switched import switch_project, synthesize


@pytest.fixture(scope="session")
def gcp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``stacks/dev-gcp`` and its likes."""
    folder = tmp_path_factory.mktemp("gcp")
    return synthesize(switch_project(folder / "project", "gcp"), folder / "out")


@pytest.fixture(scope="session")
def dev(gcp: Path) -> dict[str, Json]:
    """Return the resources of the environment without high availability, by address."""
    return resources(read_stack(gcp, "dev-gcp"))


@pytest.fixture(scope="session")
def prod(gcp: Path) -> dict[str, Json]:
    """Return the resources of the environment with everything, by address."""
    return resources(read_stack(gcp, "prod-gcp"))
