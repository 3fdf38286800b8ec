"""Pods with volumes spread over zones where an environment has to survive the loss of one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from quantacirc_cdk.errors import ModelError, PropsError
from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.kubernetes.capacity import pod_groups
from quantacirc_cdk.model import load_project
from support.helm.helm import by_name, handed_over, template
from support.kubernetes.manifests import Object, find
from support.kubernetes.synthesis import render
from support.project import Project
from support.unseen import CLOUD

pytestmark = pytest.mark.integration

COMPONENTS = """\
components:
  keeper:
    kind: stateful
    image: oven
    ports: [{ name: peer, port: 7200 }]
    peer_ports: [peer]
    volumes: { data: { size: 1Gi, mount: { path: /data } } }
"""
KEEPERS = "components: { keeper: { replicas: { min: 2, max: 2 } } }\n"
ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"
STRICT, WISH = "DoNotSchedule", "ScheduleAnyway"


def cloud(**more: Any) -> str:
    """Return an environment in a cloud with high availability."""
    stated = yaml.safe_load(CLOUD)
    members = {"keeper": {"replicas": {"min": 5, "max": 5}}}
    found = {**stated, "high_availability": True, "replicas": {"min": 2, "max": 4}, "components": members}
    for key, value in more.items():
        found[key] = {**found[key], **value} if isinstance(value, dict) and key in found else value
    return yaml.safe_dump(found)


def bakery(project: Project, **more: Any) -> Project:
    project.replace_in_system("components:\n", COMPONENTS)
    project.write_environment("north", cloud(**more))
    return project


def spread(objects: Sequence[Object], name: str, kind: str = "StatefulSet") -> dict[str, tuple[str, int | None]]:
    """Return what each topology of a workload's pods asks for, and the minimum number of its domains."""
    pod = find(objects, kind, name)["spec"]["template"]["spec"]
    return {
        one["topologyKey"]: (one["whenUnsatisfiable"], one.get("minDomains"))
        for one in pod.get("topologySpreadConstraints", [])
    }


@pytest.mark.parametrize(
    ("more", "bus", "keeper"),
    [
        ({}, (STRICT, 3), (STRICT, 3)),
        ({"components": {"keeper": {"replicas": {"min": 2, "max": 2}}}}, (STRICT, 3), (STRICT, 2)),
        ({"high_availability": False}, None, (WISH, None)),
        ({"components": {"bus": {"replicas": {"min": 1, "max": 1}}}}, None, (STRICT, 3)),
    ],
)
def test_pods_with_volumes_never_join_in_one_zone(
    project: Callable[[], Project], out: Path, more: Any, bus: Any, keeper: Any
) -> None:
    objects = render(bakery(project(), **more).root, out)["north"]
    assert spread(objects, "bus").get(ZONE) == bus
    assert spread(objects, "keeper").get(ZONE) == keeper
    assert spread(objects, "shop", "Deployment")[ZONE] == (WISH, None), "a stateless pod runs wherever it can"


def test_nodes_on_a_laptop_need_no_zone(project: Callable[[], Project], out: Path) -> None:
    local = bakery(project())
    text = local.environment_file("home").read_text()
    local.write_environment("home", f"{text}high_availability: true\nreplicas: {{ min: 2, max: 2 }}\n{KEEPERS}")
    objects = render(local.root, out)["home"]
    assert spread(objects, "bus") == {ZONE: (WISH, None), HOST: (STRICT, None)}


def test_a_spread_of_its_own_is_kept(project: Callable[[], Project], out: Path) -> None:
    own = bakery(project())
    own.replace_in_system(
        "    peer_ports: [peer]\n", f"    peer_ports: [peer]\n    placement: {{ spread: [{{ place: {ZONE} }}] }}\n"
    )
    assert spread(render(own.root, out)["north"], "keeper") == {ZONE: (WISH, None)}


def test_a_quorum_in_two_zones_is_refused(project: Callable[[], Project]) -> None:
    with pytest.raises(ModelError) as refused:
        load_project(bakery(project(), network={"zones": 2}).root)
    (problem,) = refused.value.problems
    assert problem.what == "a quorum of 3 servers in 2 zones, which stops with the zone that has more of them"
    assert problem.file == "apps/environments/north.yaml"
    alone = {"keeper": {"replicas": {"min": 2, "max": 2}}, "bus": {"replicas": {"min": 1, "max": 1}}}
    assert load_project(bakery(project(), network={"zones": 2}, components=alone).root)


def test_capacity_counts_a_node_in_each_zone(project: Callable[[], Project], out: Path) -> None:
    two = {"keeper": {"replicas": {"min": 3, "max": 3}}, "bus": {"replicas": {"min": 1, "max": 1}}}
    small = bakery(project(), components=two)
    (group,) = [one for one in pod_groups(render(small.root, out)["north"]) if one.name == "StatefulSet keeper"]
    assert group.apart
    pools = {"main": {"cpu": 16, "memory": "64Gi", "min_nodes": 1, "max_nodes": 2}}
    few = bakery(project(), components=two, cluster={"node_pools": pools})
    with pytest.raises(PropsError, match="2 nodes are 1 too few"):
        render(few.root, out)


def test_the_chart_has_the_number_of_zones(project: Callable[[], Project], out: Path, tmp_path: Path) -> None:
    small = bakery(project())
    text = small.environment_file("home").read_text()
    small.write_environment("home", f"{text}components: {{ bus: {{ replicas: {{ min: 3, max: 3 }} }} }}\n")
    rendered = render(small.root, small.root / "dist" / "kubernetes")
    chart = tmp_path / "bakery"
    system_chart(load_project(small.root), small.root / "dist" / "kubernetes").write(chart)
    for name, items in rendered.items():
        values = chart / f"values-{name}.yaml"
        assert by_name(template(chart, "--values", values, name="bakery")) == by_name(handed_over(items)), name
    north = ("--values", chart / "values-north.yaml")
    for options, wanted in (
        ((), (WISH, None)),
        (("--set", "zones=3,bus.replicas=5"), (STRICT, 3)),
        ((*north, "--set", "bus.replicas=5"), (STRICT, 3)),
        ((*north, "--set", "zones=0"), (WISH, None)),
    ):
        assert spread(template(chart, *options, name="bakery"), "bus")[ZONE] == wanted, options
