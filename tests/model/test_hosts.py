"""Hosts that public routes cannot share."""

import re
from collections.abc import Callable

import pytest

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model import load_project
from support.project import Project

Make = Callable[[], Project]

PORTS = "    contract: false\n    ports: [{ name: web, port: 8080 }, { name: rpc, port: 9000 }]\n"


def routes(made: Project, first: str, second: str, *, apart: bool = False, cluster: str = "") -> list[str]:
    """Give components of a project two routes, and return the problems."""
    more = f"      rpc: {{ protocol: grpc, port: rpc, {second} }}\n"
    shop = f"{PORTS}    routes:\n      web: {{ port: web, paths: [/web], {first} }}\n{'' if apart else more}"
    made.replace_in_system("    exposed: true\n", shop)
    if apart:
        made.replace_in_system("    reaches: [shop]\n", f"    reaches: [shop]\n{PORTS}    routes:\n{more}")
    made.replace_in_environment("home", "  context: kind-bakery\n", f"  context: kind-bakery\n{cluster}")
    try:
        load_project(made.root)
    except ModelError as refused:
        return [str(problem) for problem in refused.problems]
    return []


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("hosts: [a.example]", "hosts: [b.example, a.example]"),
        ("subdomains: [api]", "hosts: [api.bakery.example]"),
        ("hosts: [a.example]", "hosts: ['*.example']"),
        ("hosts: ['*.example']", "hosts: [a.b.example]"),
        ("hosts: ['*.b.example']", "hosts: ['*.example']"),
    ],
)
def test_a_gateway_has_http_or_grpc_at_a_host(project: Make, first: str, second: str, apart: bool) -> None:
    found = sorted(routes(project(), first, second, apart=apart), key=lambda message: ": gRPC at" in message)
    rpc = "baker" if apart else "shop"
    assert len(found) == 2
    assert re.match(
        rf"apps/system.yaml:\d+: components.shop.routes.web: HTTP at \S+ where `components.{rpc}.routes.rpc` has "
        r"gRPC at \S+: a Gateway accepts only one of them in home, expected another host, or gRPC by a route of "
        r"http too, with `paths: \[/package.Service\]` and `app_protocol: kubernetes.io/h2c` of its port$",
        found[0],
    )
    assert re.match(rf"apps/system.yaml:\d+: components.{rpc}.routes.rpc: gRPC at \S+ where `comp", found[1])


@pytest.mark.parametrize(
    ("first", "second", "cluster"),
    [
        ("hosts: [a.example]", "hosts: [b.example]", ""),
        ("hosts: ['*.a.example']", "hosts: [a.example]", ""),
        ("hosts: ['*.a.example']", "hosts: ['*.b.example']", ""),
        ("hosts: [ba.example]", "hosts: ['*.a.example']", ""),
        ("hosts: [a.example]", "hosts: [a.example]", "  ingress_class: nginx\n"),
    ],
)
def test_other_hosts_and_an_ingress_have_both(project: Make, first: str, second: str, cluster: str) -> None:
    assert routes(project(), first, second, cluster=cluster) == []


def test_a_route_of_http_carries_grpc_at_the_same_host(project: Make) -> None:
    made = project()
    made.replace_in_system(
        "    exposed: true\n",
        "    contract: false\n"
        "    ports: [{ name: web, port: 8080 }, { name: rpc, port: 9000, app_protocol: kubernetes.io/h2c }]\n"
        "    routes:\n"
        "      web: { port: web, hosts: [a.example] }\n"
        "      rpc: { port: rpc, hosts: [a.example], paths: [/bakery.Cart] }\n",
    )
    assert load_project(made.root)


def test_tls_at_another_port_may_have_the_host_of_http(project: Make) -> None:
    made = project()
    routes_ = (
        "      web: {{ port: web, hosts: [a.example] }}\n"
        "      raw: {{ protocol: tls, port: rpc, hosts: [a.example]{} }}\n"
    )
    made.replace_in_system("    exposed: true\n", PORTS + "    routes:\n" + routes_.format(""))
    with pytest.raises(ModelError, match=r'"shop-web" and "shop-raw" both answer at a\.example/'):
        load_project(made.root)
    made.replace_in_system(routes_.format(""), routes_.format(", external_port: 8883"))
    assert load_project(made.root)


@pytest.mark.parametrize(
    ("port", "cluster", "said"),
    [
        (80, "", "80, the port of the listener `http` in home, expected another port"),
        (8883, "  ingress_class: nginx\n", "a port for a route of tls behind an Ingress, which has only 443"),
    ],
)
def test_a_port_without_a_listener_is_refused(project: Make, port: int, cluster: str, said: str) -> None:
    made = project()
    route = f"    routes:\n      raw: {{ protocol: tls, port: rpc, external_port: {port}, subdomains: [raw] }}\n"
    made.replace_in_system("    exposed: true\n", PORTS + route)
    made.replace_in_environment("home", "  context: kind-bakery\n", f"  context: kind-bakery\n{cluster}")
    with pytest.raises(ModelError, match=rf"system.yaml:\d+: components.shop.routes.raw.external_port: {said}"):
        load_project(made.root)
