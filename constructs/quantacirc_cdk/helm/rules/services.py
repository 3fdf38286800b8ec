"""Chart values for the Services of a component: ports, fields of the API, and clients from outside the cluster.

The component's own Service has the section ``service``. Each other one, such as the load balancer of a route, has a
section of ``services``: two Services cannot have the same node port, and need not have the same type.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.expression import Expression, Scope, all_of, equals, has, negated, value
from quantacirc_cdk.helm.insertions import Added, At, Spot
from quantacirc_cdk.helm.node import ABSENT, Choice, Insert, Spread
from quantacirc_cdk.helm.objects import Key, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import Named
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.helm.service_templates import CheckedPort, OutsideClients, ServiceCheck
from quantacirc_cdk.helm.settings import entry
from quantacirc_cdk.manifests import POD_TEMPLATES

CLOSED = "ClusterIP"
"""Type of a Service that only the cluster reaches."""


@dataclass(frozen=True, kw_only=True)
class ServiceFields:
    """Fields of a Service that users set; the type decides which of the chart's own the API takes."""

    on: Match
    type: Expression

    def insert(self, spot: Spot) -> list[Any]:
        """Insert each field with the existing one as its default; nothing is removed."""
        spec, said = spot.tree["spec"], spot.parameter.expression
        for name in spec_schemas.SERVICE_SPEC["properties"]:
            there = spec.get(name, ABSENT)
            if there is not ABSENT and name in _ONLY:
                there = Choice(_is_of(self.type, _ONLY[name]), there)
            spec[name] = Choice(has(said, name), Insert(value(f"{spot.parameter.path}.{name}"), "yaml"), there)
        return []


_ONLY: Mapping[str, tuple[str, ...]] = {
    "externalTrafficPolicy": ("LoadBalancer", "NodePort"),
    "loadBalancerClass": ("LoadBalancer",),
    # With NodePort, the chart refuses to drop them.
    "loadBalancerSourceRanges": ("LoadBalancer", "NodePort"),
}
"""Types of a Service with which the API takes a field."""


@dataclass(frozen=True, kw_only=True)
class FromOutside:
    """Connections from outside the cluster that a network policy allows if users change who reaches a Service."""

    on: Match
    rules: Expression

    def insert(self, spot: Spot) -> list[Any]:
        """Add the rules; nothing is removed."""
        spec = spot.tree["spec"]
        spec["ingress"] = [*spec.get("ingress", []), Spread(self.rules)]
        return []


@dataclass(frozen=True, kw_only=True)
class ServiceRules:
    """Chart values of the Services of a component."""

    subject: Subject
    chart: str
    """Name of the chart, the prefix of its named templates."""
    cilium: bool = False
    """Whether an environment has Cilium, which does not match nodes by their addresses."""

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters."""
        if not self.subject.of_kind("Service"):
            return
        services = self.subject.on("Service")
        for name, schema in (("annotations", schemas.ANNOTATIONS), ("labels", schemas.LABELS)):
            yield self.subject.parameter(
                f"service.{name}",
                f"Additional {name} of its Services.",
                schema,
                Added(on=services, path=("metadata", name)),
                default={},
            )
        for key in self.subject.reachable_services:
            yield from self._of(key)

    def _of(self, key: Key) -> Iterator[Parameter]:
        """Yield the parameters of one Service."""
        own = self._own_section(key)
        section, whose = (own, f"the Service {key.name}") if own else ("service", "its Service")
        ports = self._ports(key)
        if not self.subject.of_kind("StatefulSet"):  # Its clients know the port from other places, too.
            for port in ports:
                yield self.subject.parameter(
                    f"{section}.ports.{entry(port)}",
                    f"Port {port} of {whose}; the pods keep theirs.",
                    schemas.PORT,
                    At(on=Match.of(key), path=("spec", "ports", Named(port), "port"), style="number"),
                )
        yield from self._added_ports(key, section, whose, ports)
        yield from self._fields(key, section, whose)

    def _added_ports(self, key: Key, section: str, whose: str, ports: Mapping[str, Any]) -> Iterator[Parameter]:
        for port in ports:
            yield self.subject.parameter(
                f"{section}.nodePorts.{entry(port)}",
                f"Node port of port {port}, with `{section}.spec.type` NodePort or LoadBalancer; 0 to let the cluster "
                "choose.",
                spec_schemas.NODE_PORT,
                At(on=Match.of(key), path=("spec", "ports", Named(port), "nodePort"), style="number", empty=0),
                default=0,
            )
        yield self.subject.parameter(
            f"{section}.extraPorts",
            f"Additional ports of {whose}, each with a name and a port that it does not have.",
            spec_schemas.EXTRA_PORTS,
            Added(on=Match.of(key), path=("spec", "ports"), is_list=True),
            default=[],
            example=[{"name": "web", "port": 80, "targetPort": "http"}],
        )

    def _fields(self, key: Key, section: str, whose: str) -> Iterator[Parameter]:
        path, types = f"{self.subject.values}.{section}", self._types(key)
        if len(types) > 1:
            yield self.subject.parameter(
                f"{section}.type",
                f"Type of {whose}, unless `spec.type` sets another.",
                spec_schemas.SERVICE_SPEC["properties"]["type"],
                At(on=Match.of(key), path=("spec", "type"), style="text"),
                reason="environments differ in how clients reach it",
            )
        of_type, own = _type_of(path, types), self._own_fields(key)
        limited = bool(own.get("loadBalancerSourceRanges"))
        check = ServiceCheck(section=path, type=of_type, ports=self._checked_ports(key, path), limited=limited)
        clients = OutsideClients(
            chart=self.chart,
            section=path,
            type=of_type,
            ports=[self._of_pods(one) for one in self._ports(key).values()],
            own=own,
        )
        listed = ", ".join(sorted(spec_schemas.SERVICE_SPEC["properties"]))
        yield self.subject.parameter(
            f"{section}.spec",
            f"Fields that override those of {whose}: {listed}. With the types LoadBalancer and NodePort, its network "
            "policy admits all addresses, or `loadBalancerSourceRanges` with `externalTrafficPolicy` Local.",
            spec_schemas.SERVICE_SPEC,
            ServiceFields(on=Match.of(key), type=of_type),
            *(FromOutside(on=Match.of(policy), rules=clients.rules) for policy in self._policies),
            default={},
            example={"type": "LoadBalancer"},
            checks=[check],
            refused=[_hidden_by_nodes(path, of_type)] if self.cilium and self._policies else (),
        )

    def _own_section(self, key: Key) -> str:
        """Return the section of a Service besides the component's own; empty for that one."""
        names = [service.name for service in self.subject.of_kind("Service")]
        main = self.subject.name if self.subject.name in names else self.subject.reachable_services[0].name
        return "" if key.name == main else f"services.{entry(key.name.removeprefix(f'{self.subject.name}-'))}"

    def _ports(self, key: Key) -> dict[str, dict[str, Any]]:
        """Return the ports of a Service by name."""
        lists = self.subject.samples(key, ("spec", "ports"))
        found = {port["name"]: port for ports in lists for port in ports if "name" in port}
        return dict(sorted(found.items()))

    def _types(self, key: Key) -> list[str]:
        return sorted({item["spec"].get("type", CLOSED) for item in self.subject.objects[key]})

    def _own_fields(self, key: Key) -> dict[str, Any]:
        """Return what the chart itself says about clients from outside, in the first environment that says it."""
        named = ("externalTrafficPolicy", "loadBalancerSourceRanges")
        return {name: found[0] for name in named if (found := self.subject.samples(key, ("spec", name)))}

    def _checked_ports(self, key: Key, path: str) -> list[CheckedPort]:
        has_values = not self.subject.of_kind("StatefulSet")
        sets = [{port.get("name") for port in ports} for ports in self.subject.samples(key, ("spec", "ports"))]
        ports = self._ports(key)
        return [
            CheckedPort(
                name=name,
                protocol=port.get("protocol", "TCP"),
                port=value(f"{path}.ports.{entry(name)}").helm if has_values else str(port["port"]),
                node_port=value(f"{path}.nodePorts.{entry(name)}").helm,
                apart=[other for other in ports if not any({name, other} <= together for together in sets)],
            )
            for name, port in ports.items()
        ]

    @property
    def _policies(self) -> list[Key]:
        """The component's network policy."""
        return [key for key in self.subject.of_kind("NetworkPolicy") if key.name == self.subject.name]

    def _of_pods(self, port: Mapping[str, Any]) -> tuple[int | str, str]:
        """Return the port of the pods that a port of a Service leads to, and its protocol."""
        target = port.get("targetPort", port["port"])
        for key in self.subject.workloads:
            for containers in self.subject.samples(key, (*POD_TEMPLATES[key.kind], "spec", "containers")):
                named = {each.get("name"): each for one in containers for each in one.get("ports", [])}
                if target in named:
                    return named[target]["containerPort"], port.get("protocol", "TCP")
        return target, port.get("protocol", "TCP")


def _type_of(path: str, types: list[str]) -> Expression:
    """Return the type of a Service: the user's, or the chart's own."""
    said, own = value(f"{path}.spec.type"), value(f"{path}.type")
    if len(types) > 1:
        return Expression(f"coalesce {said.helm} {own.helm}", lambda scope: said.compute(scope) or own.compute(scope))
    return Expression(f'default "{types[0]}" {said.helm}', lambda scope: said.compute(scope) or types[0])


def _hidden_by_nodes(path: str, of_type: Expression) -> tuple[Expression, str]:
    """Return the refusal of a type with which clients connect through nodes, where no network policy matches these."""
    spec = value(f"{path}.spec")
    local = equals(value(f"{path}.spec.externalTrafficPolicy"), "Local")
    when = all_of(
        value("addons.cilium"),
        value("networkPolicy.enabled"),
        has(spec, "type"),
        _is_of(of_type, ("LoadBalancer", "NodePort")),
        negated(local),
    )
    return when, f"{path}.spec.type needs externalTrafficPolicy Local with addons.cilium: Cilium does not match nodes"


def _is_of(of_type: Expression, types: tuple[str, ...]) -> Expression:
    """Return whether the type is one of these."""

    def compute(scope: Scope) -> bool:
        return of_type.compute(scope) in types

    names = " ".join(f'"{each}"' for each in types)
    return Expression(f"eq ({of_type.helm}) {names}", compute)
