"""Values of a component with several routes: each reaches the route that it is about, or is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.helm.helm import RELEASES, run, template
from support.helm.small import chart_of, small_project
from support.helm.valid import wrong
from support.kubernetes.manifests import Object
from support.project import ENVIRONMENT

pytestmark = pytest.mark.integration

ROUTES = """\
    exposed: true
    ports: [{ name: call, port: 8081 }, { name: admin, port: 8082 }]
    routes: { call: { port: call, subdomains: [call] }, more: { port: admin, subdomains: [more] } }
"""
TLS = ("cluster:", "cluster:\n  addons: { cert_manager: true }")
RULE = {
    "host": "x.example",
    "http": {
        "paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "shop", "port": {"number": 8080}}}}
        ]
    },
}
CERTIFICATE = {"hosts": ["x.example"], "secretName": "x"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the chart of a component with three routes, with a certificate each."""
    folder = tmp_path_factory.mktemp("routes")
    project = small_project(folder, ("    exposed: true\n", ROUTES))
    project.write_environment("home", ENVIRONMENT.replace(*TLS))
    return chart_of(project, folder)


def rendered(
    chart: Path,
    name: str,
    section: str,
    folder: Path,
    *,
    gateway: bool,
    tls: bool = True,
    release: str = "helm",
    **said: Any,
) -> tuple[str, list[Object]]:
    """Return why Helm refuses values of the way in, or what it renders with them."""
    file = folder / "set.yaml"
    values = {
        "addons": {"gatewayApi": gateway, "certManager": True},
        section: {"ingress": {"enabled": True, "tls": tls, **said}},
    }
    file.write_text(json.dumps(values), encoding="utf-8")
    done = run("template", name, chart, "--values", file, release=release)
    return (done.stderr, []) if done.returncode else ("", template(chart, "--values", file, name=name, release=release))


def secrets(objects: list[Object]) -> dict[str, set[str]]:
    """Return the Secrets with certificates, by the object that names them."""
    found: dict[str, set[str]] = {}
    for item in objects:
        spec = item.get("spec", {})
        named = {
            "Ingress": [each["secretName"] for each in spec.get("tls", [])],
            "Certificate": [spec.get("secretName")],
            "ReferenceGrant": [each["name"] for each in spec.get("to", [])],
        }
        if item["kind"] in named:
            found[f"{item['kind']}/{item['metadata']['name']}"] = set(named[item["kind"]])
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_further_rules_and_certificates_are_those_of_the_first_ingress(
    small: Path, tmp_path: Path, release: str
) -> None:
    refused, objects = rendered(
        small, "bakery", "shop", tmp_path, gateway=False, release=release, extraRules=[RULE], extraTls=[CERTIFICATE]
    )
    assert refused == ""
    assert wrong(objects) == []
    ingresses = {item["metadata"]["name"]: item["spec"] for item in objects if item["kind"] == "Ingress"}
    assert ingresses.keys() == {"shop", "shop-call", "shop-more"}
    assert [name for name, spec in ingresses.items() if RULE in spec["rules"]] == ["shop"]
    assert [name for name, spec in ingresses.items() if CERTIFICATE in spec["tls"]] == ["shop"]


@pytest.mark.parametrize("gateway", [True, False])
def test_each_route_has_the_secret_of_its_certificate(small: Path, tmp_path: Path, *, gateway: bool) -> None:
    more = {"call": "wild", "more": "other"}
    _, objects = rendered(small, "bakery", "shop", tmp_path, gateway=gateway, tlsSecretName="own", tlsSecretNames=more)
    found = secrets(objects)
    wanted = {"shop": "own", "shop-call": "wild", "shop-more": "other"}
    assert {kind.partition("/")[0] for kind in found} >= ({"Certificate", "ReferenceGrant"} if gateway else {"Ingress"})
    for name, named in found.items():
        if "/shop" in name:
            assert named == {wanted[name.partition("/")[2].removesuffix("-ingress-tls")]}


@pytest.mark.parametrize("gateway", [True, False])
def test_the_path_is_that_of_the_first_route(small: Path, tmp_path: Path, *, gateway: bool) -> None:
    _, objects = rendered(small, "bakery", "shop", tmp_path, gateway=gateway, path="/api")
    kind = "HTTPRoute" if gateway else "Ingress"
    assert [item["metadata"]["name"] for item in objects if item["kind"] == kind and "/api" in str(item)] == ["shop"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    ("gateway", "tls", "said", "named"),
    [
        (True, True, {"extraRules": [RULE]}, "extraRules has no effect with addons.gatewayApi"),
        (True, True, {"extraTls": [CERTIFICATE]}, "extraTls has no effect with addons.gatewayApi"),
        (False, False, {"extraTls": [CERTIFICATE]}, "extraTls has no effect without"),
    ],
)
def test_what_has_no_effect_on_the_way_in_is_refused(
    chart: Path, small: Path, tmp_path: Path, gateway: bool, tls: bool, said: Any, named: str, release: str
) -> None:
    for which, name, section in ((small, "bakery", "shop"), (chart, "quantacirc", "orchestrator")):
        refused, _ = rendered(which, name, section, tmp_path, gateway=gateway, tls=tls, release=release, **said)
        assert f"{section}.ingress.{named}" in refused
