"""Compare the DNS servers of a cluster with those that network policies let pods ask."""

from collections.abc import Iterator, Sequence
from typing import Any

from quantacirc_cdk.doctor.finding import Finding
from quantacirc_cdk.doctor.program import Status
from quantacirc_cdk.kubernetes.reachability import Endpoint, leaves, listening
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError

Json = dict[str, Any]

PORT = 53
PLACES = ("kube-system", "openshift-dns")
"""Namespaces with the Service of the cluster's DNS: the usual one, and that of OpenShift
(https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/,
https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/networking_operators/dns-operator).
"""


def name_servers(kubectl: Kubectl, objects: Sequence[Json]) -> Iterator[Finding]:
    """Yield a finding for the DNS servers of the cluster, if there are network policies.

    It is missing if the policies let the pods of the namespace ask none of them. A cluster whose DNS has no Service in
    one of ``PLACES`` is not judged.
    """
    own = kubectl.target.namespace
    policies = [
        {**item, "metadata": {"namespace": own, **item["metadata"]}}
        for item in objects
        if item["kind"] == "NetworkPolicy"
    ]
    if not policies:
        return
    try:
        servers = [server for place in PLACES for server in _servers(kubectl, place)]
    except OperationError as error:
        note, get = f"not checked: {error}", "ask the cluster's administrator"
        yield Finding(name="DNS", status=Status.BROKEN, note=note, get=get, counts=False)
        return
    client = Endpoint(name="client", namespace=own)
    if any(leaves(policies, client, server, server.ports[0][1], "UDP") for server in servers):
        yield Finding(name="DNS", status=Status.OK)
    elif servers:
        server = servers[0]
        labels = ", ".join(f"{key}={value}" for key, value in sorted(server.labels.items()))
        note = f"no network policy lets pods ask {server.name} at port {server.ports[0][1]} of its pods ({labels})"
        get = "add them to the policy default-deny with a patch, or in the chart to networkPolicy.dns"
        yield Finding(name="DNS", status=Status.MISSING, note=note, get=get)


def _servers(kubectl: Kubectl, place: str) -> Iterator[Endpoint]:
    """Yield each pod that answers the DNS queries of a Service."""
    services = [one for one in kubectl.items(("services",), "--namespace", place) if _for_dns(one)]
    pods = kubectl.items(("pods",), "--namespace", place) if services else []
    for service in services:
        selector, name = service["spec"]["selector"].items(), f"Service {place}/{service['metadata']['name']}"
        for pod in pods:
            labels = pod["metadata"].get("labels") or {}
            if selector <= labels.items():
                yield Endpoint(
                    name=name, namespace=place, labels=labels, namespace_labels={"kubernetes.io/metadata.name": place},
                    ip=(pod.get("status") or {}).get("podIP"), ports=(("dns", _target(service, pod), "UDP"),),
                )  # fmt: skip


def _for_dns(service: Json) -> bool:
    spec = service.get("spec") or {}
    return bool(spec.get("selector")) and any(one.get("port") == PORT for one in spec.get("ports") or ())


def _target(service: Json, pod: Json) -> int:
    """Return the port of a pod to which a Service leads queries."""
    port = next(one for one in service["spec"]["ports"] if one.get("port") == PORT)
    target = port.get("targetPort", PORT)
    if isinstance(target, int):
        return target
    return next((number for name, number, _ in listening(pod) if name == target), PORT)
