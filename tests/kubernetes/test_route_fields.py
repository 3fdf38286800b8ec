"""Whatever a route says has an effect, or is refused: each field, with each protocol, behind each entrance."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.kubernetes import GatewayRouteProps, Identity, IngressProps, RouteProps
from quantacirc_cdk.limits.check import check
from quantacirc_cdk.limits.routes import NGINX_RANGES
from quantacirc_cdk.model import load_project
from quantacirc_cdk.model.needs.routes import Route
from quantacirc_cdk.report.gateways import listeners
from support.kubernetes.manifests import Object, find
from support.kubernetes.synthesis import render
from support.project import Project

Make = Callable[[], Project]

PROTOCOLS: tuple[str, ...] = get_args(Route.model_fields["protocol"].annotation)
GIVEN: dict[str, Any] = {
    "port": "other",
    "hosts": ["given.example"],
    "subdomains": ["given"],
    "paths": ["/given"],
    "exact": True,
    "services": ["bakery.Given"],
    "external_port": 4711,
    "source_ranges": ["203.0.113.0/24"],
    "body_size": "3Mi",
    "annotations": {"example.com/given": "yes"},
}
PORTS = [
    {"name": "http", "port": 8000},
    {"name": "other", "port": 8001},
    {"name": "main-udp", "port": 8002, "protocol": "UDP"},
    {"name": "other-udp", "port": 8003, "protocol": "UDP"},
]
ENTRANCES = {
    "gateway": "",
    "nginx": "  ingress_class: nginx\n",
    "traefik": "  ingress_class: traefik\n  ingress_namespace: edge\n",
    "cilium": "  ingress_namespace: kube-system\n  gateway_policies: null\n",
}
UNLIMITED = "traffic: { requests_per_second: null, body_size: null }\n"


def with_routes(project: Project, routes: dict[str, Any], entrance: str = "gateway") -> Project:
    """Give the shop these routes and no others."""
    given = json.dumps({"ports": PORTS, "contract": False, "routes": routes})
    project.replace_in_system(
        "    exposed: true\n", "".join(f"    {key}: {json.dumps(value)}\n" for key, value in json.loads(given).items())
    )
    text = project.environment_file("home").read_text()
    text = text.replace("  context: kind-bakery\n", f"  context: kind-bakery\n{ENTRANCES[entrance]}")
    project.write_environment("home", text + UNLIMITED)
    return project


def base(protocol: str) -> dict[str, Any]:
    port = "main-udp" if protocol == "udp" else "http"
    known = {"annotations": {"example.com/base": "yes"}} if protocol in ("grpc", "https", "tls") else {}
    return {"protocol": protocol, "port": port, **known}


def changed(protocol: str, field: str) -> dict[str, Any]:
    own = {"hosts": [f"{protocol}.example"], "subdomains": [f"given-{protocol}"]}
    value = "other-udp" if field == "port" and protocol == "udp" else own.get(field, GIVEN[field])
    return {**base(protocol), field: value}


def refusals(project: Project) -> list[str]:
    try:
        load_project(project.root)
    except ModelError as refused:
        return [str(problem) for problem in refused.problems]
    return []


def test_the_fields_are_all_the_fields_of_a_route() -> None:
    assert GIVEN.keys() == Route.model_fields.keys() - {"protocol"}


@pytest.mark.integration
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_each_field_of_a_route_has_an_effect_or_is_refused(tmp_path: Path, out: Path, entrance: str) -> None:
    taken: dict[str, dict[str, Any]] = {}
    for protocol in PROTOCOLS:
        if refusals(with_routes(Project.small(tmp_path / protocol), {"base": base(protocol)}, entrance)):
            continue
        host = {} if protocol in ("tcp", "udp") else {"subdomains": [f"{protocol}-base"]}
        taken[f"{protocol}-base"] = {**base(protocol), **host}
        for field in GIVEN:
            one = with_routes(
                Project.small(tmp_path / f"{protocol}-{field}"), {"x": changed(protocol, field)}, entrance
            )
            found = refusals(one)
            if found:
                assert all(f"routes.x.{field}" in each for each in found), found
                continue
            name = f"{protocol}-{field.replace('_', '-')}"
            taken[name] = {**({"subdomains": [name]} if host else {}), **changed(protocol, field)}
    project = with_routes(Project.small(tmp_path / "all"), taken, entrance)
    (objects,) = render(project.root, out).values()
    assert {"http", "tcp", "udp"} <= {name.partition("-")[0] for name in taken}
    for name in taken:
        protocol, _, field = name.partition("-")
        if field != "base":
            same = of_route(objects, name, "x") == of_route(objects, f"{protocol}-base", "x")
            assert not same, f"{field} of a route of {protocol} has no effect with {entrance}"


def of_route(objects: list[Object], route: str, called: str) -> str:
    """Return the objects of a route as text, with another name."""
    found = [item for item in objects if f"shop-{route}" in (item["metadata"]["name"], *_targets(item))]
    found = [item for item in found if item["kind"] != "NetworkPolicy"]
    assert found, route
    return yaml.safe_dump(found).replace(route, called)


def _targets(item: Object) -> list[str]:
    return [one["name"] for one in item["spec"].get("targetRefs", [])] if "spec" in item else []


ADMIN = {"admin": {"port": "other", "hosts": ["admin.corp.example"], "source_ranges": ["203.0.113.0/24", "10.0.0.0/8"]}}


@pytest.mark.parametrize(("protocol", "kind"), [("http", "HTTPRoute"), ("grpc", "GRPCRoute")])
def test_envoy_gateway_refuses_all_clients_but_those_of_the_route(
    project: Make, out: Path, protocol: str, kind: str
) -> None:
    (objects,) = render(with_routes(project(), {"admin": {**ADMIN["admin"], "protocol": protocol}}).root, out).values()
    policy = find(objects, "SecurityPolicy", "shop-admin")
    assert policy["spec"]["targetRefs"] == [
        {
            "group": "gateway.networking.k8s.io",
            "kind": kind,
            "name": find(objects, kind, "shop-admin")["metadata"]["name"],
        }
    ]
    rules = policy["spec"]["authorization"]
    assert rules["defaultAction"] == "Deny"
    assert [(one["action"], one["principal"]) for one in rules["rules"]] == [
        ("Allow", {"clientCIDRs": ["203.0.113.0/24", "10.0.0.0/8"]})
    ]


def test_tls_attaches_to_the_listener_of_its_port(project: Make, out: Path) -> None:
    given = {"raw": {"protocol": "tls"}, "mqtt": {"protocol": "tls", "external_port": 8883, "subdomains": ["mqtt"]}}
    (objects,) = render(with_routes(project(), given).root, out).values()
    parents = {name: find(objects, "TLSRoute", f"shop-{name}")["spec"]["parentRefs"] for name in given}
    assert [parents[name][0]["sectionName"] for name in given] == ["tls", "tls-8883"]
    assert listeners(objects) == {"envoy-gateway-system/public": ["tls", "tls-8883"]}


def test_nginx_refuses_all_clients_but_those_of_the_route(project: Make, out: Path) -> None:
    (objects,) = render(with_routes(project(), ADMIN, "nginx").root, out).values()
    annotations = find(objects, "Ingress", "shop-admin")["metadata"]["annotations"]
    assert annotations[NGINX_RANGES[0]] == "203.0.113.0/24,10.0.0.0/8"


@pytest.mark.parametrize(
    ("entrance", "said"),
    [
        (
            "traefik",
            'home.yaml:8: cluster.ingress_class: `routes.admin.source_ranges` of shop with the ingress class "traefik"',
        ),
        (
            "cilium",
            "home.yaml:9: cluster.gateway_policies: `routes.admin.source_ranges` of shop behind a Gateway without",
        ),
    ],
)
def test_client_addresses_that_nothing_enforces_are_refused(project: Make, entrance: str, said: str) -> None:
    (problem,) = refusals(with_routes(project(), ADMIN, entrance))
    assert said in problem


def test_client_addresses_beside_their_annotation_are_refused(project: Make) -> None:
    given = {"admin": {**ADMIN["admin"], "annotations": {NGINX_RANGES[1]: "0.0.0.0/0"}}}
    (problem,) = refusals(with_routes(project(), given, "nginx"))
    assert f"source_ranges: beside the annotation {NGINX_RANGES[1]}, expected one of them" in problem


def test_services_of_grpc_are_the_paths_of_an_ingress(project: Make, out: Path) -> None:
    given = {"call": {"protocol": "grpc", "port": "other", "services": ["bakery.Oven", "bakery.Shop"]}}
    (objects,) = render(with_routes(project(), given, "nginx").root, out).values()
    (rule,) = find(objects, "Ingress", "shop-call")["spec"]["rules"]
    assert [(one["path"], one["pathType"]) for one in rule["http"]["paths"]] == [
        ("/bakery.Oven", "Prefix"),
        ("/bakery.Shop", "Prefix"),
    ]


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ({"protocol": "udp", "port": "other"}, 'the TCP port "other" for a route of udp, expected a UDP port'),
        ({"protocol": "tcp", "port": "main-udp"}, 'the UDP port "main-udp" for a route of tcp, expected a TCP port'),
        ({"port": "main-udp"}, 'the UDP port "main-udp" for a route of http, expected a TCP port'),
        ({"protocol": "udp"}, 'the TCP port "http" for a route of udp, expected a UDP port'),
    ],
)
def test_a_route_to_a_port_of_another_transport_is_refused(project: Make, route: dict[str, str], said: str) -> None:
    (problem,) = refusals(with_routes(project(), {"x": route}))
    assert f"components.shop.routes.x.port: {said}" in problem or f"components.shop.routes.x: {said}" in problem


def test_a_public_component_without_a_tcp_port_is_refused(project: Make) -> None:
    small = project()
    small.replace_in_system(
        "exposed: true\n", "exposed: true\n    contract: false\n    ports: [{ name: dns, port: 53, protocol: UDP }]\n"
    )
    (problem,) = refusals(small)
    assert 'components.shop.exposed: the UDP port "dns" for a route of http, expected a TCP port' in problem


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"protocol": "grpc", "path": "/a.B/C"}, "path of a route of grpc, where it has no effect"),
        ({"protocol": "tls", "other_paths": ["/a"]}, "other_paths of a route of tls"),
        ({"protocol": "grpc", "exact": True}, "exact of a route of grpc"),
        (
            {"services": ["a.B"]},
            "services of a route of http, where it has no effect, expected `services` only with grpc",
        ),
        ({"protocol": "tls", "source_ranges": ["10.0.0.0/8"]}, "source_ranges of a route of tls"),
    ],
)
def test_props_of_a_route_without_effect_are_refused(fields: dict[str, Any], said: str) -> None:
    props = RouteProps(identity=Identity(name="shop"), host="a.example", **fields)
    (refused,) = check(props)
    assert str(refused.problem("")).lstrip(": ").startswith(said)


def test_props_with_client_addresses_that_nothing_enforces_are_refused() -> None:
    route = RouteProps(identity=Identity(name="shop"), host="a.example", source_ranges=["10.0.0.0/8"])
    gateway = GatewayRouteProps(route=route, gateway="public", gateway_namespace="edge", policies=None)
    assert [one.place for one in check(gateway)] == ["route.source_ranges"]
    assert [one.place for one in check(IngressProps(route=route, ingress_class="traefik"))] == ["route.source_ranges"]
    assert check(IngressProps(route=route, ingress_class="nginx")) == []
