"""Hosts of public routes that lead to several places."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.facts import WayIn, way_paths, ways_in
from quantacirc_cdk.model.problems import dotted, problem_at
from quantacirc_cdk.model.system import System


def check_hosts(system: System, environment: Environment, root: Node) -> Iterator[Problem]:
    """Yield hosts that a route has twice, and hosts that two routes cannot share.

    ``system`` is the result of ``system_in``.
    """
    ways = ways_in(system, environment)
    seen: dict[tuple[str, str, int | None], str] = {}
    for way in ways:
        for host in (host for host, count in Counter(way.hosts).items() if count > 1):
            expected = "each host once, in `hosts` and `subdomains` together"
            yield problem_at(root, _place(way), f'host "{host}" twice', expected)
        port = way.route.external_port if way.route.protocol == "tls" else None
        for host, path in product(way.hosts, way_paths(way, environment)):
            address = (host, path, port)
            if address in seen and seen[address] != way.name:
                what = f'"{seen[address]}" and "{way.name}" both answer at {host}{path}'
                expected = "a different host or path for each component"
                yield problem_at(root, ("components", way.component), what, expected)
            seen.setdefault(address, way.name)
    if environment.cluster.has_gateway:
        yield from _mixed(ways, root)


_KINDS = {"grpc": "gRPC", "http": "HTTP"}


def _mixed(ways: Sequence[WayIn], root: Node) -> Iterator[Problem]:
    """Yield routes of http and grpc with common hosts, of which a Gateway accepts only one
    (https://gateway-api.sigs.k8s.io/reference/spec/#grpcroutespec, `hostnames`).
    """
    grpc, http = ([way for way in ways if way.route.protocol == protocol] for protocol in _KINDS)
    for one, other in product(grpc, http):
        common = next((pair for pair in product(one.hosts, other.hosts) if _intersect(*pair)), None)
        if common is None:
            continue
        pairs = list(zip((one, other), common, strict=True))
        for (way, host), (rival, its) in (pairs, pairs[::-1]):
            at = dotted(_place(rival))
            what = (
                f"{_KINDS[way.route.protocol]} at {host}, where `{at}` has {_KINDS[rival.route.protocol]} at {its}: a "
                "Gateway accepts only one of them"
            )
            expected = (
                "another host, or gRPC by a route of http too, with `paths: [/package.Service]` and `app_protocol: "
                "kubernetes.io/h2c` of its port"
            )
            yield problem_at(root, _place(way), what, expected)


def _place(way: WayIn) -> Place:
    return ("components", way.component, *(("routes", way.key) if way.key else ("exposed",)))


def _intersect(one: str, other: str) -> bool:
    """Return whether some host matches both; a leading ``*.`` matches one label or more."""
    if one.startswith("*.") and other.startswith("*."):
        return one.endswith(other[1:]) or other.endswith(one[1:])
    if one.startswith("*."):
        return other.endswith(one[1:])
    return one == other or (other.startswith("*.") and one.endswith(other[1:]))
