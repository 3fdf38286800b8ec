"""The matchers of the series about a system's own objects name each of them, and no other."""

import re

import pytest

from quantacirc_cdk.kubernetes.monitoring.own_objects import OwnObjects
from quantacirc_cdk.kubernetes.monitoring.platform_rules import volume_rules
from quantacirc_cdk.manifests import ADDED
from support.kubernetes.manifests import Object


def item(kind: str, name: str, api_version: str = "v1", *, added: bool = True) -> Object:
    metadata = {"name": name, "annotations": {ADDED: "true"} if added else {}}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def own(*components: str, objects: tuple[Object, ...] = ()) -> OwnObjects:
    return OwnObjects(namespace="shop", components=components, objects=objects)


@pytest.mark.parametrize(
    ("name", "matches"),
    [
        ("web", True),
        ("web-7d4b9c-x2x4z", True),
        ("bus-0", True),
        ("bus-backup-29000000-abcde", True),
        ("webs", False),
        ("blue-web-7d4b9c-x2x4z", False),
        ("my.web", False),
    ],
)
def test_what_a_component_creates_begins_with_its_name(name: str, matches: bool) -> None:
    (pattern,) = re.findall(r'^namespace="shop",pod=~"(.*)"$', own("web", "bus").named("pod"))
    assert bool(re.fullmatch(pattern, name)) is matches


def test_a_name_that_continues_another_needs_no_mention() -> None:
    assert own("bus-a", "bus", "busy", "bus-0-a").named("pod") == 'namespace="shop",pod=~"(bus|busy)(-.+)?"'


def test_objects_that_a_project_adds_are_named_if_they_can_run_pods() -> None:
    objects = (
        item("Job", "load"),
        item("Pod", "web-debug"),
        item("Cluster", "search", "postgresql.cnpg.io/v1"),
        item("ConfigMap", "more"),
        item("ServiceMonitor", "scraped", "monitoring.coreos.com/v1", added=False),
    )
    assert own("web", objects=objects).named("pod") == 'namespace="shop",pod=~"(load|search|web)(-.+)?"'


def test_another_label_can_have_the_namespace() -> None:
    found = own("web").named("name", namespace="exported_namespace")
    assert found == 'exported_namespace="shop",name=~"(web)(-.+)?"'


def test_volumes_are_those_that_the_systems_pods_mount() -> None:
    for rule in volume_rules(own("bus")).rules:
        assert rule.expression.endswith('volumes_persistentvolumeclaims_info{namespace="shop",pod=~"(bus)(-.+)?"}')
