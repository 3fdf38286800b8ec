"""The stacks of the project's environments on Azure, synthesized once for all tests of a worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.azure import KeyRing, Provider
from quantacirc_cdk.terraform.interface import KeyRingProps
from support.terraform.stacks import Json, read_stack, resources, synthesized
from support.terraform.switched import switch_project, synthesize

REGION, PAIR, ACCOUNT = "westeurope", "northeurope", "11111111-1111-4111-8111-111111111111"

Declare = Callable[[Stack, dict[str, Any]], object]


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with ``stacks/dev-azure`` and its likes."""
    folder = tmp_path_factory.mktemp("azure")
    return synthesize(switch_project(folder / "project", "azure"), folder / "out")


@pytest.fixture(scope="session")
def dev(azure: Path) -> dict[str, Json]:
    """Return the resources of the environment without high availability, by address."""
    return resources(read_stack(azure, "dev-azure"))


@pytest.fixture(scope="session")
def prod(azure: Path) -> dict[str, Json]:
    """Return the resources of the environment with everything, by address."""
    return resources(read_stack(azure, "prod-azure"))


@pytest.fixture
def declared(tmp_path: Path) -> Callable[[Declare], dict[str, Json]]:
    """Return a function that declares something after a provider and a key ring, and returns the resources."""

    def declare_it(declare: Declare) -> dict[str, Json]:
        def everything(scope: Stack) -> None:
            place: dict[str, Any] = {"region": REGION, "account": ACCOUNT}
            Provider(scope, "provider", **place, recovery_region=PAIR, tags={"system": "s", "environment": "e"})
            keys = KeyRing(scope, "keys", KeyRingProps(name="s-e", **place, recovery_region=PAIR))
            declare(scope, {**place, "keys": keys})

        return resources(synthesized(tmp_path, everything))

    return declare_it
