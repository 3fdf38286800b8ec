"""Reachability matrix of an environment, for reports: computed from rendered manifests, without jsii."""

import ipaddress
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.reachability import Connection, Endpoint, connections, pods
from quantacirc_cdk.model import Environment

DNS = "cluster DNS"
DNS_PORT = 53
INTERNET = "the Internet"
METADATA = "metadata service"
STRANGER = "any other namespace"


def surroundings(environment: Environment) -> list[Endpoint]:
    """Return endpoints outside the namespace of an environment, to show which connections are denied.

    Each address represents a range: one of the internet (RFC 5737), one of a private network other than the
    environment's, and those of the clouds' metadata services.
    """
    cluster = environment.cluster
    found = [
        _pod(DNS, "kube-system", {"k8s-app": "kube-dns"}),
        _pod("ingress controller", cluster.entrance_namespace),
        _pod("monitoring", cluster.monitoring_namespace),
        _pod(STRANGER, "another-namespace"),
        _address(INTERNET, "203.0.113.7"),
        _address(METADATA, "169.254.169.254"),
        _address("another private network", "192.168.77.7"),
    ]
    if cluster.addons.keda:
        found.append(_pod("KEDA", cluster.keda_namespace))
    if cluster.addons.tracing and cluster.tracing_namespace != cluster.monitoring_namespace:
        found.append(_pod("trace store", cluster.tracing_namespace))
    if environment.network:
        network = ipaddress.IPv4Network(environment.network.cidr)
        found.append(_address("the environment's network", str(network[min(7, network.num_addresses - 1)])))
    if environment.target == "aws":
        found.append(_address("EKS Pod Identity agent", "169.254.170.23"))
    return found


def reachability_matrix(environment: Environment, objects: Iterable[Data]) -> Data:
    """Return the matrix of an environment's rendered ``objects``, sorted, as JSON-compatible data.

    ``endpoints`` are the workloads (``inside``) and the endpoints outside the namespace (``around``). ``open`` contains
    the ports of each ordered pair that can connect, as ``{"source", "target", "ports": ["4222/TCP"]}``. Both ends must
    allow a connection. ``pairs`` is the number of ordered pairs with an end in the namespace, ``denied`` the number of
    those without an open port. Every connection that is not in ``open`` is denied.
    """
    known = list(objects)
    inside = [_named(pod, known) for pod in pods(known)]
    around = surroundings(environment)
    around += _admitted(known, {one.namespace or "" for one in around})
    # Outside endpoints are assumed to listen on every port that a policy allows.
    asked = sorted(_asked_ports(known))
    around = [replace(one, ports=_listening(one, asked)) for one in around]
    ours = {endpoint.name for endpoint in inside}
    found = [c for c in connections(known, [*inside, *around]) if {c.source, c.target} & ours]
    ports: dict[tuple[str, str], list[Connection]] = {}
    for connection in sorted(found):
        ports.setdefault((connection.source, connection.target), []).append(connection)
    pairs = len(inside) * (len(inside) + 2 * len(around))
    return {
        "denied": pairs - len(ports),
        "endpoints": {"around": sorted(one.name for one in around), "inside": sorted(ours)},
        "environment": environment.name,
        "open": [
            {"ports": [f"{one.port}/{one.protocol}" for one in many], "source": source, "target": target}
            for (source, target), many in sorted(ports.items())
        ],
        "pairs": pairs,
    }


def _admitted(objects: Iterable[Data], known: Collection[str]) -> list[Endpoint]:
    """Return an endpoint for the pods of each other namespace that a policy admits."""
    found: dict[str, dict[str, str]] = {}
    for item in objects:
        for rule in (item["spec"].get("ingress") or []) if item["kind"] == "NetworkPolicy" else ():
            for peer in rule.get("from") or []:
                labels = (peer.get("namespaceSelector") or {}).get("matchLabels") or {}
                namespace = labels.get("kubernetes.io/metadata.name", "")
                if namespace and namespace not in known:
                    found.setdefault(namespace, {}).update((peer.get("podSelector") or {}).get("matchLabels") or {})
    return [_pod(f"namespace {name}", name, labels) for name, labels in sorted(found.items())]


def _named(pod: Endpoint, objects: Sequence[Data]) -> Endpoint:
    """Return the pod with the name of its component: the name of a Job ends in a hash that any change of it changes."""
    label = pod.labels.get("app.kubernetes.io/name", pod.name)
    jobs = {item["metadata"]["name"] for item in objects if item["kind"] == "Job"}
    return replace(pod, name=label) if pod.name in jobs else pod


def _listening(endpoint: Endpoint, asked: Sequence[tuple[int, str]]) -> tuple[tuple[str, int, str], ...]:
    """Return the ports that an outside endpoint may listen on.

    At the metadata service's address, DNS is Cloud DNS (GKE). Access to it does not include access to metadata.
    """
    return tuple(("", port, protocol) for port, protocol in asked if endpoint.name != METADATA or port != DNS_PORT)


def _asked_ports(objects: Iterable[Data]) -> set[tuple[int, str]]:
    return {
        (port["port"], port.get("protocol", "TCP"))
        for item in objects
        if item["kind"] == "NetworkPolicy"
        for rule in item["spec"].get("egress", [])
        for port in rule.get("ports", [])
        if isinstance(port.get("port"), int)
    }


def _pod(name: str, namespace: str, labels: dict[str, str] | None = None) -> Endpoint:
    found = {"kubernetes.io/metadata.name": namespace}
    return Endpoint(name=name, namespace=namespace, labels=labels or {}, namespace_labels=found)


def _address(name: str, ip: str) -> Endpoint:
    return Endpoint(name=name, ip=ip)
