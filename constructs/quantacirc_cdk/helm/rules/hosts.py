"""Chart values for the hosts of a component: one for each host of its routes, also in redirects and certificates."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import network_schemas
from quantacirc_cdk.helm.ingress_variant import CERTIFICATE
from quantacirc_cdk.helm.insertions import Spot
from quantacirc_cdk.helm.node import Insert
from quantacirc_cdk.helm.objects import Key, Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Path, places
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.settings import entry
from quantacirc_cdk.manifests import Data

ROUTED = ("HTTPRoute", "GRPCRoute", "TLSRoute", "Ingress")
"""Kinds of routes."""
REDIRECT = "-redirect"
"""End of the name of a redirect to HTTPS."""
_PLACES: tuple[Path, ...] = (
    ("spec", "hostnames", EACH),
    ("spec", "dnsNames", EACH),
    ("spec", "rules", EACH, "host"),
    ("spec", "tls", EACH, "hosts", EACH),
)
"""Places of hosts in routes, certificates and Ingresses."""


@dataclass(frozen=True, kw_only=True)
class HostIn:
    """A host in the objects of routes."""

    on: Match
    hosts: Mapping[str, str]
    """The host by environment."""

    def insert(self, spot: Spot) -> list[Any]:
        """Replace the host wherever it is, and return it."""
        found: list[Any] = []
        host = self.hosts.get(spot.environment)
        for path in _PLACES:
            for container, key in places(spot.tree, path):
                there = container.get(key) if isinstance(container, dict) else container[key]
                if host is not None and there == host:
                    found.append(host)
                    container[key] = Insert(spot.parameter.expression)
        return found


@dataclass(frozen=True, kw_only=True)
class HostRules:
    """Chart values for the hosts of a component. Routes with the same hosts in all environments share a value."""

    subject: Subject
    manifests: Manifests

    def parameters(self) -> Iterator[Parameter]:
        """Yield the host of the first route, then those of other routes, named after the route."""
        shared: dict[tuple[tuple[str, str], ...], tuple[str, str, list[str]]] = {}
        for route in routes_of(self.subject):
            for index, hosts in enumerate(self._hosts(route)):
                suffix = route.removeprefix(self.subject.name).strip("-")
                known = tuple(sorted(hosts.items()))
                number = str(index + 1) if index else ""
                first = ("ingress.host", "Host name.")
                said = f"Host name{f' {number}' if number else ''} of the route {suffix or route}."
                path = f"ingress.hosts.{entry(suffix) if suffix else 'main'}{number}"
                shared.setdefault(known, (*(first if not shared else (path, said)), []))[2].append(route)
        for known, (path, said, routes) in shared.items():
            keys = frozenset(key for key in self.subject.objects if route_of(key) in routes)
            yield self.subject.parameter(
                path,
                said,
                network_schemas.ROUTE_HOST,
                HostIn(on=Match(keys=keys), hosts=dict(known)),
                reason="each environment has its own domain",
            )

    def _hosts(self, route: str) -> list[dict[str, str]]:
        """Return each host of a route by environment."""
        found: list[dict[str, str]] = []
        for environment, objects in self.manifests.items():
            ours = (item for key, item in objects.items() if key in self._keys(route))
            for index, host in enumerate(_hosts_of(next(ours, {}))):
                found += [{}] if index == len(found) else []
                found[index][environment] = host
        return found

    def _keys(self, route: str) -> list[Key]:
        return [key for key in self.subject.of_kind(*ROUTED) if key.name == route]


def routes_of(subject: Subject) -> list[str]:
    """Return the names of a component's routes; the one with its name is first."""
    found = {route_of(key) for key in subject.of_kind(*ROUTED)}
    return sorted(found, key=lambda name: (name != subject.name, name))


def first_ingress(subject: Subject) -> Key:
    """Return the Ingress of a component's first route that has one."""
    routes = routes_of(subject)
    return min(subject.of_kind("Ingress"), key=lambda key: routes.index(key.name))


def route_of(key: Key) -> str:
    """Return the route that an object belongs to; empty if it belongs to none."""
    match key.kind:
        case "Certificate" if key.name.endswith(CERTIFICATE):
            return key.name.removesuffix(CERTIFICATE)
        case "HTTPRoute":
            return key.name.removesuffix(REDIRECT)
        case "ReferenceGrant":
            return key.name
        case kind:
            return key.name if kind in ROUTED else ""


def _hosts_of(route: Data) -> list[str]:
    spec = route.get("spec", {})
    return [*spec.get("hostnames", []), *(rule["host"] for rule in spec.get("rules", []) if "host" in rule)]
