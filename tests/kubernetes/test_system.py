"""Any system becomes manifests, not only this project's."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from quantacirc_cdk.model import load_project
from quantacirc_cdk.testing.restricted import violations
from support.kubernetes.custom_resources import errors as custom_errors
from support.kubernetes.manifests import ENVIRONMENTS, Object, find, identity, of_kind, pod_templates
from support.kubernetes.schemas import CORE, NEWEST, OLDEST, errors
from support.kubernetes.synthesis import render
from support.project import Project
from support.tools import ROOT
from support.unseen import unseen_system

EMBEDDED = """\
components:
  {books}: {{ provider: embedded }}
  {files}: {{ provider: embedded }}
"""


@pytest.mark.integration
def test_a_system_of_25_unseen_components_is_valid_and_restricted(project: Callable[[], Project], out: Path) -> None:
    made = project()
    made.write_system(unseen_system(25))
    made.write_environment(
        "home",
        made.environment_file("home").read_text() + EMBEDDED.format(books="books", files="files"),
    )
    (objects,) = render(made.root, out).values()
    assert len({item["metadata"]["labels"]["app.kubernetes.io/name"] for item in objects}) > 25
    assert [
        e for item in objects if item["apiVersion"] in CORE for v in (OLDEST, NEWEST) for e in errors(item, v)
    ] == []
    assert [what for _, template in pod_templates(objects) for what in violations(template)] == []


@pytest.mark.slow
def test_the_longest_names_that_the_model_takes_are_taken_by_kubernetes(
    project: Callable[[], Project], out: Path
) -> None:
    made = project()
    agent, shop, bus, task, books, files, backup = (
        letter * length for letter, length in zip("abcdefg", (63, 56, 46, 52, 52, 52, 44), strict=True)
    )
    made.write_system(f"""\
name: bakery
container: {{ environment_prefix: BAKERY_, http_port: 8080, metrics_port: 9090 }}
sizes:
  small: {{ cpu: 100m, memory: 128Mi, memory_limit: 256Mi }}
images:
  oven: {{ repository: oven }}
toolbox: oven
certificate_tool: oven
stream_tool: oven
components:
  {agent}: {{ kind: worker, image: oven, consumes: [a.b], reaches: [{shop}, {books}, {files}] }}
  {shop}: {{ kind: service, image: oven, publishes: [a.b], exposed: true }}
  {task}: {{ kind: job, image: oven, schedule: "@daily" }}
  {backup}: {{ kind: job, image: oven, schedule: "@daily", reaches: [{books}, {files}], backs_up: {books} }}
  {backup[:-1]}h: {{ kind: job, image: oven, schedule: "@daily", reaches: [{bus}, {files}], backs_up: {bus} }}
  {bus}: {{ kind: nats, image: oven, exporter: oven, storage: {{ size: 1Gi, path: /data }} }}
  {books}: {{ kind: postgresql, image: oven, storage: {{ size: 1Gi, path: /pg }} }}
  {files}: {{ kind: object-store, image: oven, storage: {{ size: 1Gi, path: /s3 }} }}
""")
    made.write_environment(
        "home",
        made.environment_file("home").read_text() + EMBEDDED.format(books=books, files=files),
    )
    (objects,) = render(made.root, out).values()
    assert {
        max(len(item["metadata"]["name"]) for item in of_kind(objects, kind)) for kind in ("Service", "CronJob")
    } == {
        63,
        52,
    }
    core = [item for item in objects if item["apiVersion"] in CORE]
    assert [e for item in core for v in (OLDEST, NEWEST) for e in errors(item, v)] == []
    assert custom_errors([item for item in objects if item["apiVersion"] not in CORE]) == []
    for _, template in pod_templates(objects):
        spec = template["spec"]
        names = [one["name"] for one in (*spec["volumes"], *spec["containers"], *spec.get("initContainers", []))]
        assert all(len(name) <= 63 for name in names), names


def test_no_two_objects_share_kind_and_name(objects: Sequence[Object]) -> None:
    assert len({identity(item) for item in objects}) == len(objects)


def test_everything_is_in_the_namespace_or_in_none(objects: Sequence[Object]) -> None:
    (namespace,) = of_kind(objects, "Namespace")
    elsewhere = {"Namespace": None, "PriorityClass": None, "Schedule": "velero", "StorageClass": None}
    for item in objects:
        expected = elsewhere.get(item["kind"], namespace["metadata"]["name"])
        assert item["metadata"].get("namespace") == expected, identity(item)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_component_is_there_with_all_that_belongs_to_it(
    rendered: Mapping[str, Sequence[Object]], name: str
) -> None:
    project = load_project(ROOT)
    found = {identity(item) for item in rendered[name]}
    for component_name, component in project.system.components.items():
        if component.scales:
            kinds = {"Deployment", "Service", "ServiceAccount", "ConfigMap", "PodDisruptionBudget", "NetworkPolicy"}
            assert {(kind, component_name) for kind in kinds} <= found
    for kind in ("StatefulSet", "Service", "ConfigMap", "PodDisruptionBudget"):
        assert (kind, "bus") in found
        assert ((kind, "ledger") in found) is (name == "local")
    assert ("Service", "bus-headless") in found
    assert ("CronJob", "cli") in found


def test_the_bus_has_three_servers_only_with_high_availability(rendered: Mapping[str, Sequence[Object]]) -> None:
    servers = {name: find(found, "StatefulSet", "bus")["spec"]["replicas"] for name, found in rendered.items()}
    assert servers == {"dev": 1, "local": 1, "prod": 3, "staging": 3}


def test_the_command_line_is_a_template_that_never_starts_by_the_clock(objects: Sequence[Object]) -> None:
    assert find(objects, "CronJob", "cli")["spec"]["suspend"] is True


def test_no_secret_has_a_value(objects: Sequence[Object]) -> None:
    assert of_kind(objects, "Secret") == []


def test_every_secret_and_config_map_that_a_pod_needs_is_made_somewhere(objects: Sequence[Object]) -> None:
    config_maps = {item["metadata"]["name"] for item in of_kind(objects, "ConfigMap")}
    for _, template in pod_templates(objects):
        for volume in template["spec"]["volumes"]:
            if "configMap" in volume:
                assert volume["configMap"]["name"] in config_maps
        for container in template["spec"]["containers"]:
            for source in container.get("envFrom", []):
                assert source["configMapRef"]["name"] in config_maps


def test_no_pod_of_the_system_evicts_others(rendered: Mapping[str, Sequence[Object]]) -> None:
    classes = [item for objects in rendered.values() for item in objects if item["kind"] == "PriorityClass"]
    assert len(classes) >= 3
    assert {(item["preemptionPolicy"], item["globalDefault"]) for item in classes} == {("Never", False)}


def test_no_address_depends_on_the_domain_of_the_cluster(rendered: Mapping[str, Sequence[Object]]) -> None:
    """A certificate may name more hosts than are used."""
    named = {
        f"{item['kind']} {item['metadata']['name']}"
        for objects in rendered.values()
        for item in objects
        if "cluster.local" in json.dumps(item)
    }
    assert named == {"Certificate bus-tls", "ConfigMap create-secrets"}
