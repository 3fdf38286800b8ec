"""The chart keeps the client addresses of a route, or refuses the values that would drop them."""

import re
from pathlib import Path

import pytest

from support.helm.helm import RELEASES, run
from support.helm.small import chart_of, small_project
from support.project import ENVIRONMENT

pytestmark = pytest.mark.integration

ROUTES = """\
    exposed: true
    ports: [{ name: admin, port: 8081 }]
    routes:
      admin: { port: admin, subdomains: [admin], source_ranges: [203.0.113.0/24] }
      call: { port: admin, protocol: grpc, subdomains: [call], source_ranges: [203.0.113.0/24] }
"""


OPEN = "components: { shop: { routes: { admin: { source_ranges: [] }, call: { source_ranges: [] } } } }\n"
NGINX, HAPROXY = (f"\n  ingress_class: {name}\n  ingress_namespace: {name}" for name in ("nginx", "haproxy"))
SECOND: dict[str, str | None] = {
    "none": None,
    "nginx": ENVIRONMENT.replace("context: kind-bakery", f"context: kind-other{NGINX}"),
    "open": ENVIRONMENT.replace("kind-bakery", "kind-other") + OPEN,
    "open nginx": ENVIRONMENT.replace("context: kind-bakery", f"context: kind-other{NGINX}") + OPEN,
    "open haproxy": ENVIRONMENT.replace("context: kind-bakery", f"context: kind-other{HAPROXY}")
    + "traffic: { requests_per_second: null, body_size: null }\n"
    + OPEN.replace("call: {", "call: { annotations: { haproxy.org/server-proto: h2 },"),
}
"""The second environment of the system, if there is one."""
ENVOY = ("addons.gatewayApi=true", "addons.envoyGateway=true")
INGRESS = ("addons.gatewayApi=false", "addons.envoyGateway=false", "shop.ingress.className=nginx")
LIST = 'whitelist-source-range: "?203.0.113.0/24"?\n'


@pytest.fixture(scope="module", params=SECOND)
def chart(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Return the chart of a system with these routes, and with a second environment."""
    folder = tmp_path_factory.mktemp("clients")
    small = small_project(folder, ("    exposed: true\n", ROUTES))
    second = SECOND[request.param]
    if second:
        small.write_environment("other", second.replace("bakery.example", "other.example"))
    return chart_of(small, folder)


def rendered(chart: Path, *values: str, release: str = "helm") -> str:
    """Return what Helm renders, or why it refuses."""
    options = [part for value in ("shop.ingress.enabled=true", *values) for part in (_option(value), value)]
    done = run("template", "bakery", chart, *options, release=release)
    return done.stdout if done.returncode == 0 else done.stderr


def _option(value: str) -> str:
    return "--set-json" if "=[" in value else "--set"


@pytest.mark.parametrize("release", RELEASES)
def test_envoy_gateway_enforces_the_addresses_or_nothing_is_rendered(chart: Path, release: str) -> None:
    assert rendered(chart, *ENVOY, release=release).count("kind: SecurityPolicy") == 2
    refused = rendered(chart, "addons.envoyGateway=false", release=release)
    for route in ("admin", "call"):
        assert (
            f"addons.envoyGateway must be true: only Envoy Gateway enforces shop.ingress.sourceRanges.{route}"
            in refused
        )


@pytest.mark.parametrize("release", RELEASES)
def test_an_ingress_of_nginx_enforces_the_addresses_or_nothing_is_rendered(chart: Path, release: str) -> None:
    found = rendered(chart, *INGRESS, release=release)
    routes = found.count("kind: Ingress\n") - 1  # The component's own route accepts all clients.
    assert routes in (1, 2)  # Without an environment with an Ingress, there is none of gRPC.
    assert len(re.findall(LIST, found)) == routes
    for other in ("traefik", "haproxy", ""):
        refused = rendered(chart, *INGRESS[:2], f"shop.ingress.className={other}", release=release)
        assert "shop.ingress.className must be nginx, or addons.gatewayApi true: no other Ingress enforces" in refused


def test_a_second_list_of_the_ingress_is_refused(chart: Path) -> None:
    for name in ("whitelist", "allowlist"):
        for values in ("shop.ingress.annotations", "shop.ingress.classAnnotations.nginx", "commonAnnotations"):
            more = rf"{values}.nginx\.ingress\.kubernetes\.io/{name}-source-range=0.0.0.0/0"
            assert "shop.ingress.annotations must not have" in rendered(chart, *INGRESS, more)


def test_the_addresses_are_those_of_the_values(chart: Path) -> None:
    admin, call = (f"shop.ingress.sourceRanges.{route}" for route in ("admin", "call"))
    ranges = (f'{admin}=["192.0.2.0/24", "198.51.100.0/24"]', f"{call}=[]")
    policies = rendered(chart, *ENVOY, *ranges)
    assert policies.count("kind: SecurityPolicy") == 1
    assert "- 192.0.2.0/24\n            - 198.51.100.0/24\n" in policies
    assert re.findall("source-range.*", rendered(chart, *INGRESS, *ranges)) == [
        "source-range: 192.0.2.0/24,198.51.100.0/24"
    ]
    assert "/shop/ingress/sourceRanges/admin/0" in rendered(chart, f'{admin}=["192.0.2.0"]')
    assert "missing property 'call'" in rendered(chart, f"{call}=null")


def test_each_environment_keeps_its_own(chart: Path) -> None:
    for file in sorted(chart.glob("values-*.yaml")):
        done = run("template", "bakery", chart, "--values", file)
        assert done.returncode == 0, done.stderr
        is_open = file.stem == "values-other" and "sourceRanges" in file.read_text(encoding="utf-8")
        assert ("203.0.113.0/24" in done.stdout) is not is_open
