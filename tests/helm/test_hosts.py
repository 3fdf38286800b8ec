"""Each host of a component's routes is a value of the chart, which its route, redirect and certificate use."""

from pathlib import Path

import pytest
import yaml

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.helm.helm import template
from support.kubernetes.synthesis import render
from support.project import ENVIRONMENT, Project

pytestmark = pytest.mark.integration

ROUTES = """\
    exposed: true
    ports: [{ name: call, port: 8081 }, { name: admin, port: 8082 }]
    routes:
      %s
      more: { port: admin, subdomains: [admin, more] }
"""
FIRST = {
    "grpc": "call: { port: call, protocol: grpc, subdomains: [call] }",
    "http": "call: { port: call, subdomains: [call] }",
}
KINDS = ("HTTPRoute", "GRPCRoute", "Certificate", "Ingress")
ON = "shop.ingress.enabled=true,shop.ingress.tls=true,addons.certManager=true"
TLS = "cluster:\n  addons: { cert_manager: true }"


def chart_of(folder: Path, first: str, *, exposed: bool = True) -> Path:
    small = Project.small(folder / "project")
    small.replace_in_system(
        "    exposed: true\n", (ROUTES if exposed else ROUTES.replace("    exposed: true\n", "")) % FIRST[first]
    )
    small.write_environment("home", ENVIRONMENT.replace("cluster:", TLS))
    away = ENVIRONMENT.replace("cluster:", TLS).replace("kind-bakery", "kind-away")
    small.write_environment("away", away.replace("bakery.example", "away.example"))
    render(small.root, folder / "kubernetes")
    system_chart(load_project(small.root), folder / "kubernetes").write(folder / "chart")
    return folder / "chart"


def hosts(chart: Path, *options: str) -> dict[str, set[str]]:
    """Return the hosts of each route, redirect and certificate."""
    found: dict[str, set[str]] = {}
    for item in template(chart, "--set", ON, *options, name="bakery"):
        spec, name = item.get("spec", {}), f"{item['kind']}/{item['metadata']['name']}"
        if item["kind"] in KINDS and item["metadata"]["name"].startswith("shop"):
            rules = {rule["host"] for rule in spec.get("rules", []) if "host" in rule}
            found[name] = {*spec.get("hostnames", []), *spec.get("dnsNames", []), *rules}
            found[name] |= {host for tls in spec.get("tls", []) for host in tls["hosts"]}
    return found


@pytest.mark.parametrize("first", sorted(FIRST))
def test_every_host_is_a_value(tmp_path: Path, first: str) -> None:
    chart = chart_of(tmp_path, first)
    before = hosts(chart)
    literal = {host for found in before.values() for host in found}
    assert len(literal) == 4
    values = yaml.safe_load((chart / "values.yaml").read_text())["shop"]["ingress"]
    assert "Enabled" not in str(values)
    paths = ["host", *(f"hosts.{name}" for name in values["hosts"])]
    new = {f"new{index}.example": path for index, path in enumerate(paths)}
    options = [part for host, path in new.items() for part in ("--set", f"shop.ingress.{path}={host}")]
    after = hosts(chart, *options)
    assert {name: len(found) for name, found in after.items()} == {name: len(found) for name, found in before.items()}
    assert {host for found in after.values() for host in found} == new.keys()
    assert {"HTTPRoute", "Certificate"} <= {name.partition("/")[0] for name in after}
    for name, found in after.items():  # A redirect and a certificate have the hosts of their route.
        route = name.partition("/")[2].removesuffix("-redirect").removesuffix("-ingress-tls")
        assert found == next(
            after[f"{kind}/{route}"] for kind in ("HTTPRoute", "GRPCRoute") if f"{kind}/{route}" in after
        )
    for found in hosts(chart, *options, "--set", "addons.gatewayApi=false").values():
        assert not found & literal


def test_a_route_of_grpc_alone_has_a_host(tmp_path: Path) -> None:
    chart = chart_of(tmp_path, "grpc", exposed=False)
    after = hosts(chart, "--set", "shop.ingress.host=my.example.org", "--set", "shop.ingress.hosts.more=b.example")
    assert after["GRPCRoute/shop-call"] == after["HTTPRoute/shop-call-redirect"] == {"my.example.org"}
    assert after["Certificate/shop-call-ingress-tls"] == {"my.example.org"}
    assert "b.example" in after["HTTPRoute/shop-more"]
