"""The stacks of the project's environments on AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.terraform import Stack
from support.terraform.stacks import Json, read_stack, resources, synthesized
from support.terraform.switched import Keys

PLACE: dict[str, Any] = {"region": "eu-central-1", "account": "111111111111"}

Declare = Callable[[Stack, dict[str, Any]], object]
Declared = Callable[[Declare], dict[str, Json]]


@pytest.fixture(scope="session")
def dev(stacks: Path) -> dict[str, Json]:
    """Return the resources of the environment without high availability, by address."""
    return resources(read_stack(stacks, "dev-aws"))


@pytest.fixture(scope="session")
def prod(stacks: Path) -> dict[str, Json]:
    """Return the resources of the environment with everything, by address."""
    return resources(read_stack(stacks, "prod-aws"))


@pytest.fixture(scope="session")
def lookups(stacks: Path) -> dict[str, Json]:
    """Return the data sources of the environment with everything, by address."""
    return resources(read_stack(stacks, "prod-aws"), "data")


@pytest.fixture
def declared(tmp_path: Path) -> Declared:
    """Return a function that declares something with keys that are there already, and returns the resources."""

    def declare_it(declare: Declare) -> dict[str, Json]:
        return resources(synthesized(tmp_path, lambda scope: declare(scope, {**PLACE, "keys": Keys()})))

    return declare_it


@pytest.fixture(scope="session")
def statements() -> Callable[[str], dict[str, Json]]:
    """Return a function that reads a policy document: its statements by their id."""
    return lambda policy: {one.get("Sid", ""): one for one in json.loads(policy)["Statement"]}
