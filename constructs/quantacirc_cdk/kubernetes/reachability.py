"""Evaluate the NetworkPolicies of rendered manifests: which pod can connect to which. Pure Python.

https://kubernetes.io/docs/concepts/services-networking/network-policies/: a direction of a pod is open if no policy
selects the pod for it. Otherwise, connections that any of these policies allows are allowed. Both ends must allow a
connection.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.manifests import pod_template


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An end of a connection: a pod, or an address outside the cluster."""

    name: str
    namespace: str | None = None
    """Namespace of the pod; None for an address outside."""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    namespace_labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    ip: str | None = None
    """IPv4 address. A pod without one matches no ``ipBlock``."""
    ports: tuple[tuple[str, int, str], ...] = ()
    """Name, number and protocol of its listening ports."""


@dataclass(frozen=True, kw_only=True, order=True)
class Connection:
    """A possible connection."""

    source: str
    target: str
    port: int
    protocol: str = "TCP"


def connections(objects: Iterable[Data], endpoints: Sequence[Endpoint]) -> frozenset[Connection]:
    """Return every connection between these endpoints that the policies among ``objects`` allow.

    The pods of a workload are one endpoint, and can connect to each other.
    """
    policies = [item for item in objects if item["kind"] == "NetworkPolicy"]
    known = _Ends(endpoints)
    leaving, entering = known.sides(policies, "Egress"), known.sides(policies, "Ingress")
    return frozenset(
        Connection(source=source.name, target=endpoints[index].name, port=port, protocol=protocol)
        for number, (source, out) in enumerate(zip(endpoints, leaving, strict=True))
        for index in out.peers(len(endpoints))
        for _, port, protocol in endpoints[index].ports
        if out.allows(index, endpoints[index], port, protocol)
        and entering[index].allows(number, endpoints[index], port, protocol)
    )


Ports = list[Data] | None
"""The ports of a rule; all ports if it names none."""


@dataclass
class _Side:
    """What the policies of one direction allow an endpoint."""

    closed: bool = False
    """Whether a policy selects it; otherwise, everything is allowed."""
    everybody: list[Ports] = field(default_factory=list)
    """Ports that are allowed with all other endpoints."""
    some: dict[int, list[Ports]] = field(default_factory=dict)
    """Ports that are allowed with single endpoints."""

    def peers(self, count: int) -> Iterable[int]:
        """Return the endpoints, of ``count``, with which a connection is possible."""
        return self.some if self.closed and not self.everybody else range(count)

    def allows(self, peer: int, target: Endpoint, port: int, protocol: str) -> bool:
        """Return whether a connection with a peer to a port of ``target`` is allowed."""
        rules = (*self.everybody, *self.some.get(peer, ()))
        return not self.closed or any(_allows_port(ports, target, port, protocol) for ports in rules)


class _Ends:
    """Index of endpoints by label. A policy selects few of many endpoints, and testing all of them would take quadratic
    time.
    """

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self.endpoints = endpoints
        self.addressed = [index for index, one in enumerate(endpoints) if one.ip is not None]
        self.labelled: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for index, one in enumerate(endpoints):
            if one.namespace is None:
                continue
            self.labelled["in", one.namespace].append(index)
            for key, value in one.labels.items():
                self.labelled["pod", key, value].append(index)
            for key, value in one.namespace_labels.items():
                self.labelled["namespace", key, value].append(index)

    def sides(self, policies: Sequence[Data], direction: str) -> list[_Side]:
        """Return what the policies allow in a direction, for each endpoint."""
        sides = [_Side() for _ in self.endpoints]
        rules, peers = _words(direction)
        for policy in policies:
            if direction not in _types(policy["spec"]):
                continue
            allowed = [
                (rule.get("ports"), self._peers(rule.get(peers), policy["metadata"]["namespace"]))
                for rule in policy["spec"].get(rules) or []
            ]
            for index in self._near({"podSelector": policy["spec"]["podSelector"]}, policy["metadata"]["namespace"]):
                if _selects(policy, self.endpoints[index]):
                    _allow_more(sides[index], allowed)
        return sides

    def _peers(self, rules: list[Data] | None, namespace: str) -> list[int] | None:
        """Return the endpoints that the peers of a rule select; None for all."""
        if not rules:
            return None
        return [
            index
            for rule in rules
            for index in self._near(rule, namespace)
            if _is_peer(rule, self.endpoints[index], namespace)
        ]

    def _near(self, peer: Data, namespace: str) -> Sequence[int]:
        """Return a superset of the endpoints that a peer of a policy can select: those with its rarest label."""
        if "ipBlock" in peer:
            return self.addressed
        found = [("pod", *pair) for pair in (peer.get("podSelector") or {}).get("matchLabels", {}).items()]
        if "namespaceSelector" in peer:
            found += [("namespace", *pair) for pair in peer["namespaceSelector"].get("matchLabels", {}).items()]
        else:
            found.append(("in", namespace))
        return min((self.labelled.get(each, []) for each in found), key=len, default=range(len(self.endpoints)))


def _allow_more(side: _Side, allowed: list[tuple[Ports, list[int] | None]]) -> None:
    side.closed = True
    for ports, peers in allowed:
        if peers is None:
            side.everybody.append(ports)
        for peer in dict.fromkeys(peers or ()):
            side.some.setdefault(peer, []).append(ports)


def _words(direction: str) -> tuple[str, str]:
    """Return the keys of a direction: of its rules, and of the peers in a rule."""
    return ("egress", "to") if direction == "Egress" else ("ingress", "from")


def allowed(policies: Iterable[Data], source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
    """Return whether ``source`` can open a connection to a port of ``target``."""
    policies = list(policies)
    return leaves(policies, source, target, port, protocol) and enters(policies, source, target, port, protocol)


def leaves(policies: Iterable[Data], source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
    """Return whether the policies of ``source`` allow this connection, regardless of those of ``target``."""
    return _allow(_about(policies, "Egress", source), "Egress", target, target, port, protocol)


def enters(policies: Iterable[Data], source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
    """Return whether the policies of ``target`` allow this connection, regardless of those of ``source``."""
    return _allow(_about(policies, "Ingress", target), "Ingress", source, target, port, protocol)


def pods(objects: Iterable[Data], namespaces: Mapping[str, Mapping[str, str]] | None = None) -> list[Endpoint]:
    """Return the pods of the workloads among ``objects``: one for each workload, with its name.

    ``namespaces`` contains the labels of namespaces that are not among the objects.
    """
    objects = list(objects)
    labels = {name: dict(found) for name, found in (namespaces or {}).items()}
    for item in objects:
        if item["kind"] == "Namespace":
            name = item["metadata"]["name"]
            labels[name] = {**item["metadata"].get("labels", {}), "kubernetes.io/metadata.name": name}
    found = []
    for item in objects:
        template = pod_template(item)
        if template is None:
            continue
        namespace = item["metadata"].get("namespace", "default")
        found.append(
            Endpoint(
                name=item["metadata"]["name"],
                namespace=namespace,
                labels=(template.get("metadata") or {}).get("labels") or {},
                namespace_labels=labels.get(namespace, {"kubernetes.io/metadata.name": namespace}),
                ports=tuple(listening(template)),
            )
        )
    return found


def listening(template: Data) -> Iterator[tuple[str, int, str]]:
    """Yield name, number and protocol of each port of a pod's containers and sidecars."""
    spec = template["spec"]
    beside = [one for one in spec.get("initContainers", []) if one.get("restartPolicy") == "Always"]
    for container in (*spec["containers"], *beside):
        for port in container.get("ports", []):
            yield port.get("name", ""), port["containerPort"], port.get("protocol", "TCP")


def _about(policies: Iterable[Data], direction: str, subject: Endpoint) -> list[Data]:
    """Return the policies of a direction that select ``subject``; none for an address outside."""
    return [policy for policy in policies if _selects(policy, subject) and direction in _types(policy["spec"])]


def _allow(about: list[Data], direction: str, peer: Endpoint, target: Endpoint, port: int, protocol: str) -> bool:
    """Return whether the policies of one end allow a connection with ``peer``; without policies, everything is
    allowed.
    """
    rules, peers = _words(direction)
    return not about or any(
        _allows_port(rule.get("ports"), target, port, protocol)
        and _allows_peer(rule.get(peers), peer, policy["metadata"]["namespace"])
        for policy in about
        for rule in policy["spec"].get(rules) or []
    )


def _selects(policy: Data, pod: Endpoint) -> bool:
    return policy["metadata"]["namespace"] == pod.namespace and matches(policy["spec"]["podSelector"], pod.labels)


def _types(spec: Data) -> list[str]:
    return spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") is not None else [])]


def _allows_port(ports: list[Data] | None, target: Endpoint, port: int, protocol: str) -> bool:
    return not ports or any(_is_port(rule, target, port, protocol) for rule in ports)


def _is_port(rule: Data, target: Endpoint, port: int, protocol: str) -> bool:
    if rule.get("protocol", "TCP") != protocol:
        return False
    match rule.get("port"):
        case None:
            return True
        case str(name):
            return (name, port, protocol) in target.ports
        case int(first):
            return bool(first <= port <= rule.get("endPort", first))
        case wanted:
            raise ValueError(f"a port of a network policy cannot be {wanted!r}")


def _allows_peer(peers: list[Data] | None, peer: Endpoint, namespace: str) -> bool:
    return not peers or any(_is_peer(rule, peer, namespace) for rule in peers)


def _is_peer(rule: Data, peer: Endpoint, namespace: str) -> bool:
    if "ipBlock" in rule:
        return peer.ip is not None and _in_block(
            peer.ip, rule["ipBlock"]["cidr"], tuple(rule["ipBlock"].get("except", ()))
        )
    if peer.namespace is None:
        return False
    if "namespaceSelector" in rule:
        if not matches(rule["namespaceSelector"], peer.namespace_labels):
            return False
    elif peer.namespace != namespace:
        return False
    return matches(rule.get("podSelector", {}), peer.labels)


@cache
def _in_block(ip: str, cidr: str, excepted: tuple[str, ...]) -> bool:
    address = ipaddress.ip_address(ip)
    return address in ipaddress.ip_network(cidr) and not any(
        address in ipaddress.ip_network(block) for block in excepted
    )


def matches(selector: Data, labels: Mapping[str, str]) -> bool:
    """Return whether a label selector, with ``matchLabels`` and ``matchExpressions``, matches these labels."""
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        _matches_expression(expression, labels) for expression in selector.get("matchExpressions", [])
    )


def _matches_expression(expression: Data, labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case operator:
            raise ValueError(f"a label selector has no operator {operator!r}")
