"""Facts that follow from a component and the system's container contract: ports, metrics, routes.

All code that needs one of these facts gets it here. A fact that neither the component nor its container contract states
does not exist.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from quantacirc_cdk.limits.clouds import matches_nodes
from quantacirc_cdk.limits.routes import EFFECTIVE
from quantacirc_cdk.model.component import Program, Serving, Settings
from quantacirc_cdk.model.environment import Environment
from quantacirc_cdk.model.needs import effective
from quantacirc_cdk.model.needs.needs import JobNeeds, Needs, OtherContainer
from quantacirc_cdk.model.needs.ports import Metrics, PortSpec, ServicePort
from quantacirc_cdk.model.needs.routes import Route
from quantacirc_cdk.model.system import System

HTTP, METRICS = "http", "metrics"
"""Names of the ports of the container contract."""


class _All(Needs, JobNeeds):
    """All settings with which an environment can override a component."""


def system_in(system: System, environment: Environment) -> System:
    """Return the system with the environment's settings applied to its components."""
    found = {
        name: effective(component, environment.components.get(name, Settings()), _All)
        for name, component in system.components.items()
    }
    return System.model_construct(_fields_set=system.model_fields_set, **{**dict(system), "components": found})


def backup_store(system: System, job: str) -> str | None:
    """Return the object store that the backups of a job go to; None if it makes none."""
    component, parts = system.components[job], system.components
    if not component.makes_backups:
        return None
    return next((name for name in component.reaches if name in parts and parts[name].keeps_objects), None)


def encryption_key(job: str) -> str:
    """Return the name of the Secret that encrypts the backups of a job in a store that does not."""
    return f"{job}-key"


def keeps_contract(system: System, component: Program) -> bool:
    """Return whether a component's container follows the system's container contract."""
    if not isinstance(component, Serving):
        return False
    image = system.images.get(component.image)
    return component.contract if component.contract is not None else image is not None and image.registry is None


def contract_ports(system: System, component: Program) -> list[PortSpec]:
    """Return the ports that the container contract gives a component."""
    if not keeps_contract(system, component):
        return []
    ports = {HTTP: system.container.http_port, METRICS: system.container.metrics_port}
    return [PortSpec(name=name, port=port) for name, port in ports.items() if port is not None]


def container_ports(system: System, component: Program) -> list[PortSpec]:
    """Return the ports of a component's main container: the contract's first, then its own."""
    return [*contract_ports(system, component), *component.ports]


def ports(system: System, component: Program) -> list[PortSpec]:
    """Return the ports of a component's pods, and of its Service."""
    return [*container_ports(system, component), *(port for one in others(component) for port in one.ports)]


def served_ports(system: System, component: Program) -> dict[str, PortSpec]:
    """Return the ports of a component's pods by their names and by those of the ports of its Service."""
    return {name: port for port in ports(system, component) for name in port.names}


def others(component: Program) -> list[OtherContainer]:
    """Return the additional containers of a component."""
    return [*(one for one in component.init_containers if one.side_car), *component.side_cars]


def metrics(system: System, component: Program) -> Metrics | None:
    """Return the scrape target of a component; None if it serves no metrics."""
    if component.metrics is not None or "metrics" in component.model_fields_set:
        return component.metrics
    if METRICS in {port.name for port in contract_ports(system, component)}:
        return Metrics(path=system.container.metrics_path)
    return None


def client_ports(system: System, component: Program) -> list[PortSpec]:
    """Return the ports for clients: all ports except a port that serves nothing but metrics."""
    scraped = metrics(system, component)
    found = ports(system, component)
    if scraped is None or component.watches or len(found) == 1:
        return found
    only = [port for port in found if port.name == scraped.port]
    shared = scraped.clients
    if shared is None:
        shared = scraped.port == HTTP or any(_is_used(component, port) for port in only)
    return found if shared else [port for port in found if port not in only]


def _is_used(component: Program, port: PortSpec) -> bool:
    """Return whether a probe or a public route of a component uses a port."""
    probes = [one for one in (component.probes.startup, component.probes.liveness, component.probes.readiness) if one]
    asked = {
        one.http.port if one.http else one.grpc.port if one.grpc else one.tcp
        for one in probes
        if one.http or one.grpc or one.tcp is not None
    }
    routed = {route.port for route in component.routes.values() if route is not None}
    return bool({port.name, port.port} & asked or set(port.names) & routed)


def config_map_name(name: str) -> str:
    """Return the name of the ConfigMap with the files of a component."""
    return f"{name}-files"


def claim_name(name: str, volume: str) -> str:
    """Return the name of the claim of a component's volume."""
    return f"{name}-{volume}"


def main_port(system: System, component: Program) -> PortSpec | None:
    """Return the port that other components use: ``http``, else the first TCP port; None without ports."""
    found = client_ports(system, component)
    named = [port for port in found if port.name == HTTP] or [port for port in found if port.protocol == "TCP"]
    return next(iter([*named, *found]), None)


@dataclass(frozen=True, kw_only=True)
class WayIn:
    """A route of a component in an environment."""

    component: str
    key: str
    """Name of the route; empty for the route that ``exposed`` creates."""
    route: Route
    port: PortSpec
    service_port: ServicePort
    """Port of the Service that the route leads to."""
    hosts: list[str]
    """Full host names; empty for tcp and udp."""

    @property
    def name(self) -> str:
        """Name of its objects."""
        return f"{self.component}-{self.key}" if self.key else self.component


def ways_in(system: System, environment: Environment) -> list[WayIn]:
    """Return all public routes of an environment, in file order.

    ``system`` is the result of ``system_in``. The host of a route without `hosts` is the one that the environment sets;
    else the domain itself if no other component uses it; else the component's name below the domain.
    """
    found = [way for name, component in system.having(Program).items() for way in _ways(system, name, component)]
    central = {way.component for way in found if _is_central(way)}
    return [replace(way, hosts=_hosts(way, environment, alone=len(central) == 1)) for way in found]


def _ways(system: System, name: str, component: Program) -> Iterator[WayIn]:
    stated = [(key, route) for key, route in component.routes.items() if route is not None]
    if isinstance(component, Serving) and component.exposed:
        stated.insert(0, ("", Route()))
    if not stated:
        return
    main = main_port(system, component)
    known = served_ports(system, component)
    for key, route in stated:
        port = known.get(route.port) if route.port else main
        if port is not None:
            at = next((one for one in port.served if one.name == route.port), port.served[0])
            yield WayIn(component=name, key=key, route=route, port=port, service_port=at, hosts=[])


def _is_central(way: WayIn) -> bool:
    return not (way.route.hosts or way.route.subdomains or way.route.protocol in ("tcp", "udp"))


def _hosts(way: WayIn, environment: Environment, *, alone: bool) -> list[str]:
    if way.route.protocol in ("tcp", "udp"):
        return []
    if _is_central(way):
        host = environment.domain if alone else f"{way.component}.{environment.domain}"
        return [getattr(environment.components.get(way.component), "host", None) or host]
    return [*way.route.hosts, *(f"{one}.{environment.domain}" for one in way.route.subdomains)]


def body_size(way: WayIn, environment: Environment) -> str | None:
    """Return the limit of a request's body; None for no limit.

    The default of `traffic` is only for Ingresses, whose controllers count while they forward. Envoy's buffer filter
    waits for the end of the request, which WebSockets and streams do not have.
    """
    route, traffic = way.route, environment.traffic
    if route.protocol not in EFFECTIVE["body_size"]:
        return None
    if "body_size" in route.model_fields_set:
        return route.body_size
    stated = "body_size" in traffic.model_fields_set or not environment.cluster.has_gateway
    return traffic.body_size if stated else None


def way_paths(way: WayIn, environment: Environment) -> list[str]:
    """Return the paths of a route: the environment's path for the component, else those of the route."""
    central = _is_central(way) and not way.key
    own = getattr(environment.components.get(way.component), "path", None) if central else None
    return [own] if own else list(way.route.paths)


def has_ipv6(environment: Environment) -> bool:
    """Return whether pods and load balancers of an environment have IPv6 addresses besides those of IPv4."""
    return environment.network is not None and environment.network.ip_family == "dual"


def api_service(environment: Environment) -> str | None:
    """Return the address of the Service ``kubernetes``, the first of its range, if network policies must allow it.

    The plugin of EKS filters packets before a Service's address is replaced by that of the control plane, and adds the
    addresses of Services only to rules with pods
    (https://github.com/aws/amazon-network-policy-controller-k8s/blob/main/pkg/resolvers/endpoints.go). Cilium, on GKE
    and AKS, replaces the address first (https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/).
    """
    if environment.target != "aws" or environment.network is None:
        return None
    return f"{ipaddress.IPv4Network(environment.network.service_cidr)[1]}/32"


class BalancedPort(NamedTuple):
    """A port of a load balancer that the cluster creates."""

    name: str
    port: int
    protocol: str
    sources: list[str]
    """Client ranges; all clients when empty."""


TLS_PORT = 8443
"""Port of the Gateway's listener ``tls``, if it does not share 443 (docs/kubernetes.md)."""


def keeps_clients(environment: Environment, route: Route) -> bool:
    """Return whether the load balancer of a route of tcp or udp keeps the addresses of its clients, for policies that
    match them, and where policies match no nodes, from which connections would come otherwise.
    """
    return bool(route.source_ranges) or not matches_nodes(environment.target)


def tls_listener(route: Route) -> str:
    """Return the name of the Gateway's listener with TLS passthrough for a route of tls."""
    return f"tls-{route.external_port}" if route.external_port else "tls"


def balanced_ports(system: System, environment: Environment) -> list[BalancedPort]:
    """Return the ports of all load balancers of an environment, besides 80 and 443 of the Gateway or the Ingress
    controller.

    ``system`` is the result of ``system_in``.
    """
    found: list[BalancedPort] = []
    for way in ways_in(system, environment):
        route = way.route
        if route.protocol in ("tcp", "udp"):
            number = route.external_port or way.service_port.port
            found.append(BalancedPort(way.name, number, way.port.protocol, route.source_ranges))
        elif route.protocol == "tls" and environment.cluster.has_gateway:
            number = route.external_port or TLS_PORT
            found.append(BalancedPort(f"gateway-{tls_listener(route)}", number, "TCP", []))
    for name, component in system.having(Serving).items():
        service = component.service
        if service.type == "LoadBalancer":
            found += [
                BalancedPort(f"{name}_{one.port}_{port.protocol}", one.port, port.protocol, service.source_ranges)
                for port in ports(system, component)
                for one in port.served
            ]
    return list({one.name: one for one in found}.values())
