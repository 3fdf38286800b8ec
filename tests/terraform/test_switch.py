"""One line takes an environment from one cloud to another."""

import difflib
from pathlib import Path

import pytest

from quantacirc_cdk.model import load_project
from quantacirc_cdk.terraform import EnvironmentStack, stack_name
from quantacirc_cdk.terraform.stack import App
from support.terraform.stacks import read_stack
from support.terraform.switched import ENVIRONMENTS, switch_project, synthesize

pytestmark = pytest.mark.integration

CLOUDS = ("aws", "gcp", "azure")


def lines(project: Path) -> list[str]:
    return [line for path in sorted(project.rglob("*.yaml")) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("cloud", CLOUDS)
def test_one_line_switches_every_environment(cloud: str, tmp_path: Path) -> None:
    before = lines(switch_project(tmp_path / "before", "aws"))
    after = lines(switch_project(tmp_path / "after", cloud))
    changed = [line for line in difflib.ndiff(before, after) if line.startswith(("-", "+"))]
    assert changed == ([] if cloud == "aws" else ["- target: aws", f"+ target: {cloud}"])
    out = synthesize(tmp_path / "after", tmp_path / "out")
    for name in ENVIRONMENTS:
        assert len(read_stack(out, f"{name}-{cloud}")["resource"]) > 30


@pytest.mark.parametrize("cloud", CLOUDS)
def test_the_schemas_refuse_nothing_in_any_stack(cloud: str, tmp_path: Path) -> None:
    project = load_project(switch_project(tmp_path / "project", cloud))
    app = App(outdir=tmp_path / "out")
    for name in ENVIRONMENTS:
        environment = project.environments[name]
        stack = EnvironmentStack(app, stack_name(environment), system=project.system, environment=environment)
        assert [str(problem) for problem in stack.problems()] == []


def test_the_same_environment_has_the_same_constructs_everywhere(tmp_path: Path) -> None:
    children = {}
    for cloud in CLOUDS:
        project = load_project(switch_project(tmp_path / cloud, cloud))
        environment = project.environments["prod"]
        app = App(outdir=tmp_path / "out" / cloud)
        stack = EnvironmentStack(app, stack_name(environment), system=project.system, environment=environment)
        children[cloud] = {child.node.id: type(child).__name__ for child in stack.node.children}
    named = {
        cloud: {(key, kind) for key, kind in found.items() if kind[0].isupper() and not kind.startswith("Terraform")}
        for cloud, found in children.items()
    }
    shared = set.intersection(*named.values())
    assert {kind for _, kind in shared} >= {
        "ObjectStore",
        "Cluster",
        "DnsZone",
        "ImageRegistry",
        "KeyRing",
        "Database",
        "Network",
        "Observability",
        "SecretStore",
        "WorkloadIdentity",
    }
