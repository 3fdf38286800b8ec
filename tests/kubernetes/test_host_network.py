"""Pods in the network of their node reach what the model says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from support.kubernetes.custom_resources import errors as schema_errors
from support.kubernetes.manifests import Object, find, of_kind
from support.kubernetes.synthesis import render
from support.project import Project
from support.unseen import unseen_project

pytestmark = pytest.mark.integration


def test_a_server_admits_the_nodes_of_a_client_in_their_network(project: Callable[[], Project], out: Path) -> None:
    small = project()
    (objects,) = render(small.root, out).values()
    assert _ranges(objects) == []
    host = "    reaches: [shop]\n    security: { host_network: It must. }\n"
    small.replace_in_system("    reaches: [shop]\n", host)
    (objects,) = render(small.root, out).values()
    assert _ranges(objects) == ["0.0.0.0/0"]


@pytest.mark.parametrize("has_cilium", [True, False])
def test_cilium_admits_nodes_as_entities(project: Callable[[], Project], out: Path, has_cilium: bool) -> None:
    small = project()
    small.replace_in_system(
        "    reaches: [shop]\n",
        "    reaches: [shop, agent]\n    api_access: true\n    security: { host_network: It must. }\n",
    )
    agent = (
        "  agent:\n    kind: daemon\n    image: oven\n    contract: false\n    reaches: [shop]\n"
        "    ports: [{ name: trace, port: 4317, host_port: { port: 4317, reason: It must. } }]\n"
    )
    caller = "  caller: { kind: service, image: oven, reaches: [agent], api_access: true }\n"
    small.replace_in_system("  bus:\n", f"{agent}{caller}  bus:\n")
    if has_cilium:
        small.replace_in_environment(
            "home", "  context: kind-bakery\n", "  context: kind-bakery\n  addons: { cilium: true }\n"
        )
    (objects,) = render(small.root, out).values()
    found = {item["metadata"]["name"]: item["spec"] for item in of_kind(objects, "CiliumNetworkPolicy")}
    if not has_cilium:
        assert found == {}
        return
    nodes = ["host", "remote-node"]
    (shop,) = found["shop"]["ingress"]
    assert shop == {"fromEntities": nodes, "toPorts": [{"ports": [{"port": "8080", "protocol": "TCP"}]}]}
    assert "egress" not in found["shop"]
    (trace,) = found["agent"]["ingress"]
    assert trace == {"fromEntities": nodes, "toPorts": [{"ports": [{"port": "4317", "protocol": "TCP"}]}]}
    to_nodes, to_api = found["caller"]["egress"]
    assert to_nodes == {"toEntities": nodes, "toPorts": [{"ports": [{"port": "4317", "protocol": "TCP"}]}]}
    ports = [{"port": "443", "protocol": "TCP"}, {"port": "6443", "protocol": "TCP"}]
    assert to_api == {"toEntities": ["kube-apiserver"], "toPorts": [{"ports": ports}]}
    assert schema_errors(list(of_kind(objects, "CiliumNetworkPolicy"))) == []


@pytest.mark.parametrize(("target", "policy"), [("aws", None), ("gcp", "Local"), ("azure", "Local")])
def test_load_balancers_keep_the_addresses_of_clients_where_policies_match_no_nodes(
    tmp_path: Path, out: Path, target: str, policy: str | None
) -> None:
    made = unseen_project(tmp_path / "unseen")
    made.environment_file("bench").unlink()
    made.replace_in_environment("north", "target: aws", f"target: {target}")
    ports, routes = "[{ name: raw, port: 9000 }]", "{ raw: { protocol: tcp, port: raw } }"
    gate = f"  gate: {{ kind: service, image: app, contract: false, ports: {ports}, routes: {routes} }}\n"
    made.replace_in_system("components:\n", f"components:\n{gate}")
    objects = render(made.root, out)["north"]
    assert find(objects, "Service", "gate-raw")["spec"].get("externalTrafficPolicy") == policy


def _ranges(objects: list[Object]) -> list[str]:
    rules = find(objects, "NetworkPolicy", "shop")["spec"]["ingress"]
    return [peer["ipBlock"]["cidr"] for rule in rules for peer in rule["from"] if "ipBlock" in peer]
