"""Objects that a project adds need no field that their API does not require; every output takes them."""

from collections.abc import Callable

import pytest
import yaml

from quantacirc_cdk.limits.quantity import parse_quantity
from support.command import qcdk
from support.kubernetes.manifests import Object, find
from support.made import chart_differences, objects_of, synthesize
from support.plain import folder_of, plain_objects, with_plain_objects
from support.project import Project

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = with_plain_objects(Project.small(tmp_path_factory.mktemp("plain") / "project"))
    project.replace_in_environment("home", "  context:", "  addons: { gateway_api: true }\n  context:")
    synthesize(project)
    return project


@pytest.fixture(scope="module")
def objects(made: Project) -> list[Object]:
    return objects_of(made, "home")


def test_each_is_among_the_manifests(objects: list[Object]) -> None:
    written = {(item["kind"], item["metadata"]["name"]) for item in objects}
    assert {(item["kind"], item["metadata"]["name"]) for item in plain_objects()} <= written


def test_the_chart_is_the_manifests(made: Project) -> None:
    assert chart_differences(made) == []


def test_a_network_policy_without_a_selector_is_about_all_pods(objects: list[Object]) -> None:
    """The API's default, written out."""
    assert find(objects, "NetworkPolicy", "plain-np4")["spec"] == {"podSelector": {}}


def test_pods_of_every_kind_count_against_the_quota(made: Project, objects: list[Object]) -> None:
    """Pods, ReplicaSets and ReplicationControllers as well."""
    hard = find(objects, "ResourceQuota", "bakery")["spec"]["hard"]
    bare = {"Pod.plain-pod", "Pod.plain-pod2", "ReplicaSet.plain-rs", "ReplicationController.plain-rc"}
    for path in folder_of(made).iterdir():
        item = yaml.safe_load(path.read_text())
        if f"{item['kind']}.{item['metadata']['name']}" in bare:
            path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": path.stem}}))
    synthesize(made)
    without = find(objects_of(made, "home"), "ResourceQuota", "bakery")["spec"]["hard"]
    assert int(parse_quantity(hard["pods"])) - int(parse_quantity(without["pods"])) >= len(bare)


def test_compose_says_what_it_does_not_run(project: Callable[[], Project]) -> None:
    made = with_plain_objects(project())
    done = qcdk("synth", "--project", made.root)
    assert done.returncode == 0, done.stderr
    for kind in ("DaemonSet", "Pod", "ReplicaSet", "ReplicationController"):
        assert f"compose (home) has no {kind} plain-" in done.stderr


@pytest.mark.parametrize(
    "command", [("parity", "--strict"), ("show", "home"), ("graph", "--format", "json"), ("list",)]
)
def test_commands_read_them(command: tuple[str, ...], made: Project) -> None:
    done = qcdk(*command, "--project", made.root)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_container_without_an_image_is_refused(project: Callable[[], Project]) -> None:
    made = with_plain_objects(project())
    for path in folder_of(made).iterdir():
        path.write_text(path.read_text().replace("image: nginx", "command: [sh]"))
    done = qcdk("synth", "--project", made.root)
    assert done.returncode == 2
    assert "apps/objects/00.yaml:1: not a Job: its container a has no image" in done.stderr
