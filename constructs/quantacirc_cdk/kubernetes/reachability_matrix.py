"""Who can reach whom in an environment, as data for reports: worked out from rendered manifests, no jsii."""

import ipaddress
from collections.abc import Iterable, Sequence
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
    """Return what is around the namespace of an environment; what is refused matters as much as what is allowed.

    Addresses stand for many: one of the Internet (RFC 5737), one of a private network that is not the environment's,
    those that clouds give their metadata services.
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
        found.append(_pod("store of traces", cluster.tracing_namespace))
    if environment.network:
        found.append(_address("the environment's network", str(ipaddress.IPv4Network(environment.network.cidr)[7])))
    if environment.target == "aws":
        found.append(_address("EKS Pod Identity agent", "169.254.170.23"))
    return found


def reachability_matrix(environment: Environment, objects: Iterable[Data]) -> Data:
    """Return the matrix of an environment's rendered ``objects``, sorted, as JSON can hold it.

    ``endpoints`` are the workloads (``inside``) and what is around them (``around``); ``open`` has the ports of every
    pair that can connect, as ``{"source", "target", "ports": ["4222/TCP"]}``. Pairs are ordered: who may connect to
    whom and the other way round are two, and both ends must allow a connection. ``pairs`` counts all that have an end
    in the namespace, ``denied`` those that no port is open for; what is not in ``open`` is denied.
    """
    known = list(objects)
    inside = [_named(pod, known) for pod in pods(known)]
    around = surroundings(environment)
    # What is outside may listen on any port that something inside asks for.
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


def _named(pod: Endpoint, objects: Sequence[Data]) -> Endpoint:
    """Return the pod called after its component: a Job's name ends in a hash that every change of it changes."""
    label = pod.labels.get("app.kubernetes.io/name", pod.name)
    jobs = {item["metadata"]["name"] for item in objects if item["kind"] == "Job"}
    return replace(pod, name=label) if pod.name in jobs else pod


def _listening(endpoint: Endpoint, asked: Sequence[tuple[int, str]]) -> tuple[tuple[str, int, str], ...]:
    """Return the ports that something outside may listen on.

    At the address of the metadata service, DNS is Cloud DNS (GKE): who may ask for names there reads no metadata.
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
