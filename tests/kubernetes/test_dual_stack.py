"""An environment whose pods and load balancers have addresses of IPv4 and IPv6."""

from pathlib import Path
from typing import Any

import pytest

from support.kubernetes.manifests import Object
from support.kubernetes.synthesis import render
from support.project import ENVIRONMENT, Project

pytestmark = pytest.mark.integration

SHOP = """\
    ports: [{ name: game, port: 7000 }]
    reaches: [anybody, office]
    service: %s
    routes: { game: { port: game, protocol: tcp%s } }
"""
CLOUD = """\
target: gcp
clouds: { gcp: { account: bakery-prod, region: europe-west3, state: { bucket: bakery-state } } }
network: { cidr: 10.0.0.0/16, ip_family: %s }
"""
EXTERNALS = """\
externals:
  anybody: { hosts: [api.example.com], port: 443 }
  office: { hosts: [office.example.com], port: 8443, cidrs: [198.51.100.0/24] }
components:
"""
POOLS = "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"


def objects(folder: Path, family: str, service: str = "{ type: LoadBalancer }", route: str = "") -> list[Object]:
    project = Project.small(folder / "project")
    project.replace_in_system("    exposed: true\n", SHOP % (service, route))
    project.replace_in_system("components:\n", EXTERNALS)
    text = ENVIRONMENT.replace("target: local\n", CLOUD % family).replace("owners", f"{POOLS}owners")
    project.write_environment("home", text)
    return render(project.root, folder / "out")["home"]


def named(found: list[Object], kind: str, name: str) -> Any:
    (one,) = [item for item in found if (item["kind"], item["metadata"]["name"]) == (kind, name)]
    return one


def ranges(found: list[Object], side: str, peers: str) -> set[tuple[str, int]]:
    return {
        (peer["ipBlock"]["cidr"], port["port"])
        for rule in named(found, "NetworkPolicy", "shop")["spec"][side]
        for peer in rule[peers]
        for port in rule["ports"]
        if "ipBlock" in peer
    }


def test_externals_and_clients_without_ranges_are_admitted_with_both_families(tmp_path: Path) -> None:
    found = objects(tmp_path, "dual")
    assert {("0.0.0.0/0", 443), ("::/0", 443), ("198.51.100.0/24", 8443)} <= ranges(found, "egress", "to")
    assert {("0.0.0.0/0", 7000), ("::/0", 7000), ("::/0", 8080)} <= ranges(found, "ingress", "from")
    assert ("::/0", 8443) not in ranges(found, "egress", "to")
    policy = named(found, "NetworkPolicy", "shop")["spec"]
    blocks = [peer["ipBlock"] for rule in policy["egress"] for peer in rule["to"] if "ipBlock" in peer]
    assert [one["except"] for one in blocks if one["cidr"] == "::/0"] == [["fc00::/7", "fe80::/10"]]


@pytest.mark.parametrize("name", ["shop", "shop-game"])
def test_load_balancers_have_addresses_of_both_families(name: str, tmp_path: Path) -> None:
    service = named(objects(tmp_path, "dual"), "Service", name)
    assert service["spec"]["ipFamilyPolicy"] == "PreferDualStack"
    assert service["metadata"]["annotations"]["cloud.google.com/l4-rbs"] == "enabled"
    assert "ipFamilyPolicy" not in named(objects(tmp_path / "b", "ipv4"), "Service", name)["spec"]


def test_ranges_of_clients_keep_a_load_balancer_to_ipv4(tmp_path: Path) -> None:
    limited = "{ type: LoadBalancer, source_ranges: [198.51.100.0/24] }"
    found = objects(tmp_path, "dual", limited, ", source_ranges: [203.0.113.0/24]")
    for name in ("shop", "shop-game"):
        assert "ipFamilyPolicy" not in named(found, "Service", name)["spec"]
    assert not [cidr for cidr, _ in ranges(found, "ingress", "from") if ":" in cidr]


def test_with_ipv4_alone_no_policy_names_ipv6(tmp_path: Path) -> None:
    found = objects(tmp_path, "ipv4")
    assert not [cidr for cidr, _ in ranges(found, "ingress", "from") | ranges(found, "egress", "to") if ":" in cidr]
