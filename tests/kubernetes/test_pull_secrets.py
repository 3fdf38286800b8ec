"""An environment's pull secrets reach every pod, in the manifests and in the chart."""

import copy
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.given import Given, given
from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.helm.helm import by_name, handed_over, template
from support.kubernetes.manifests import Object, pod_templates
from support.kubernetes.synthesis import render
from support.project import Project
from support.rich import scenarios, write

pytestmark = pytest.mark.integration

SECRETS = {"north": ["mirror", "registry"], "south": ["own"], "west": []}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with an embedded component of every kind, and environments with different pull secrets."""
    system, north = copy.deepcopy(scenarios()["local"])
    del system["components"]["edge"]["routes"]  # Their hosts would be those of all environments.
    found = write(tmp_path_factory.mktemp("plant"), system, {**north, "pull_secrets": SECRETS["north"]})
    for name in ("south", "west"):
        found.write_environment(
            name,
            f"extends: north\ndomain: {name}.plant.example\npull_secrets: {SECRETS[name]}\n"
            f"cluster: {{ context: {name} }}\ncomponents: {{ web: {{ host: {name}.plant.example }} }}\n"
            "release: { require_digests: false }\n",
        )
    return found


@pytest.fixture(scope="module")
def rendered(project: Project) -> Mapping[str, Sequence[Object]]:
    return render(project.root, project.root / "dist" / "kubernetes")


def pulled(items: Sequence[Object]) -> dict[tuple[str, str], list[str]]:
    """Return the pull secrets of all pods, by the kind and the name of their object."""
    return {
        (item["kind"], re.sub(r"-[0-9a-f]{8}$", "", item["metadata"]["name"])): [
            one["name"] for one in pod["spec"].get("imagePullSecrets", [])
        ]
        for item, pod in pod_templates(items)
    }


@pytest.mark.parametrize("name", SECRETS)
def test_every_pod_has_the_pull_secrets_of_the_environment_after_its_own(
    name: str, rendered: Mapping[str, Sequence[Object]]
) -> None:
    found = pulled(rendered[name])
    kinds = {kind for kind, _ in found}
    assert kinds == {"CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"}
    assert {"create-secrets", "books", "queue", "cache", "objects", "books-roles"} <= {each for _, each in found}
    assert found.pop(("Deployment", "edge")) == {
        "north": ["mirror", "registry"],
        "south": ["registry", "own"],
        "west": ["registry"],
    }[name]  # fmt: skip
    assert set(map(tuple, found.values())) == {tuple(SECRETS[name])}


def test_a_job_has_another_name_with_other_pull_secrets(rendered: Mapping[str, Sequence[Object]]) -> None:
    names = [
        {item["metadata"]["name"] for item, _ in pod_templates(items) if item["kind"] == "Job"}
        for items in rendered.values()
    ]
    assert not names[0] & names[1]
    assert not names[1] & names[2]


def test_the_pull_secrets_are_prerequisites(rendered: Mapping[str, Sequence[Object]]) -> None:
    assert Given("Secret", "plant", "own") in given(rendered["south"], "plant")
    assert Given("Secret", "plant", "own") not in given(rendered["west"], "plant")


def test_the_chart_sets_them_in_every_pod(
    project: Project, rendered: Mapping[str, Sequence[Object]], tmp_path: Path
) -> None:
    chart = system_chart(load_project(project.root), project.root / "dist" / "kubernetes")
    chart.write(tmp_path / "plant")
    for name, items in rendered.items():
        values = tmp_path / "plant" / f"values-{name}.yaml"
        assert by_name(template(tmp_path / "plant", "--values", values, name="plant")) == by_name(handed_over(items)), (
            name
        )
    set_by_hand = template(tmp_path / "plant", "--set", "imagePullSecrets[0].name=mine", name="plant")
    assert all(found[-1] == "mine" for found in pulled(set_by_hand).values())
