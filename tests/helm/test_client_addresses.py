"""The chart keeps the client addresses of a route, or refuses the values that would drop them."""

from pathlib import Path

import pytest

from quantacirc_cdk.helm import system_chart
from quantacirc_cdk.model import load_project
from support.helm.helm import run
from support.kubernetes.synthesis import render
from support.project import ENVIRONMENT, Project

ROUTES = """\
    exposed: true
    ports: [{ name: admin, port: 8081 }]
    routes:
      admin: { port: admin, subdomains: [admin], source_ranges: [203.0.113.0/24] }
      call: { port: admin, protocol: grpc, subdomains: [call], source_ranges: [203.0.113.0/24] }
"""


@pytest.fixture
def chart(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return the chart of a system with these routes, whose second environment has an ingress class, if asked for."""
    small = Project.small(tmp_path / "project")
    small.replace_in_system("    exposed: true\n", ROUTES)
    if request.param:
        away = ENVIRONMENT.replace("context: kind-bakery", "context: kind-away\n  ingress_class: nginx")
        small.write_environment("away", away.replace("bakery.example", "away.example"))
    manifests, folder = tmp_path / "kubernetes", tmp_path / "chart"
    render(small.root, manifests)
    system_chart(load_project(small.root), manifests).write(folder)
    return folder


def rendered(chart: Path, *values: str) -> str:
    """Return what Helm renders, or why it refuses."""
    options = [part for value in ("shop.ingress.enabled=true", *values) for part in ("--set", value)]
    done = run("template", "bakery", chart, *options)
    return done.stdout if done.returncode == 0 else done.stderr


@pytest.mark.integration
@pytest.mark.parametrize("chart", [False], indirect=True)
def test_without_an_environment_with_an_ingress_only_envoy_gateway_will_do(chart: Path) -> None:
    assert rendered(chart, "addons.envoyGateway=true").count("kind: SecurityPolicy") == 2
    assert "addons.envoyGateway must be true" in rendered(chart, "addons.envoyGateway=false")
    assert "addons.gatewayApi must be true" in rendered(chart, "addons.gatewayApi=false")


@pytest.mark.integration
@pytest.mark.parametrize("chart", [True], indirect=True)
def test_with_an_environment_of_nginx_that_class_will_do_too(chart: Path) -> None:
    away = ("addons.gatewayApi=false", "addons.envoyGateway=false")
    assert rendered(chart, *away).count('whitelist-source-range: "203.0.113.0/24"') == 2
    assert "shop.ingress.className must be nginx" in rendered(chart, *away, "shop.ingress.className=traefik")
    assert "addons.envoyGateway must be true" in rendered(chart, "addons.envoyGateway=false")
