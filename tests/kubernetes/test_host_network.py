"""Pods in the network of their node reach what the model says."""

from collections.abc import Callable
from pathlib import Path

from support.kubernetes.manifests import Object, find
from support.kubernetes.synthesis import render
from support.project import Project


def test_a_server_admits_the_nodes_of_a_client_in_their_network(project: Callable[[], Project], out: Path) -> None:
    small = project()
    (objects,) = render(small.root, out).values()
    assert _ranges(objects) == []
    host = "    reaches: [shop]\n    security: { host_network: It must. }\n"
    small.replace_in_system("    reaches: [shop]\n", host)
    (objects,) = render(small.root, out).values()
    assert _ranges(objects) == ["0.0.0.0/0"]


def _ranges(objects: list[Object]) -> list[str]:
    rules = find(objects, "NetworkPolicy", "shop")["spec"]["ingress"]
    return [peer["ipBlock"]["cidr"] for rule in rules for peer in rule["from"] if "ipBlock" in peer]
