"""A chart whose environments have IPv6 or not."""

from pathlib import Path

import pytest

from support.helm.helm import template
from support.helm.small import chart_of, small_project
from support.project import ENVIRONMENT

pytestmark = pytest.mark.integration

CLOUD = """\
target: gcp
clouds: { gcp: { account: bakery-%s, region: europe-west3, state: { bucket: bakery-%s } } }
network: { cidr: 10.%d.0.0/16%s }
"""
POOLS = "  route_certificates: none\n  node_pools: { main: { cpu: 4, memory: 16Gi, min_nodes: 1, max_nodes: 9 } }\n"


def test_one_value_admits_addresses_of_ipv6_where_those_of_ipv4_are(tmp_path: Path) -> None:
    project = small_project(
        tmp_path,
        ("components:\n", "externals: { bank: { hosts: [bank.example], port: 443 } }\ncomponents:\n"),
        ("reaches: [shop]", "reaches: [shop, bank]"),
    )
    project.environment_file("home").unlink()
    for number, (name, family) in enumerate((("prod", ", ip_family: dual"), ("test", ""))):
        place = CLOUD % (name, name, number, family)
        text = ENVIRONMENT.replace("target: local\n", place).replace("owners", f"{POOLS}owners")
        project.write_environment(name, text.replace("bakery.example", f"{name}.bakery.example").replace("kind-", name))
    chart = chart_of(project, tmp_path)
    assert "  ipv6: true\n" in (chart / "values-prod.yaml").read_text()
    for values, admitted in (((), 0), (("--set", "networkPolicy.ipv6=true"), 1)):
        objects = template(chart, *values, name="bakery")
        policies = {item["metadata"]["name"]: item["spec"] for item in objects if item["kind"] == "NetworkPolicy"}
        peers = [peer for rule in policies["baker"]["egress"] for peer in rule["to"] if "ipBlock" in peer]
        assert len([peer for peer in peers if peer["ipBlock"]["cidr"] == "::/0"]) == admitted
