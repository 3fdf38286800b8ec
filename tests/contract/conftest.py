"""The project's environments on each cloud."""

from collections.abc import Callable
from pathlib import Path

import pytest

from quantacirc_cdk.contract import Contract, contract_of
from quantacirc_cdk.model import load_project
from support.terraform.switched import switch_project


@pytest.fixture
def contract(tmp_path: Path) -> Callable[..., Contract]:
    def make(target: str = "aws", name: str = "prod", edits: dict[str, str] | None = None) -> Contract:
        project = load_project(switch_project(tmp_path / target, target, edits))
        return contract_of(project.system, project.environments[name])

    return make
