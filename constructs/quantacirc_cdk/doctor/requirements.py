"""What the manifests of an environment need from a cluster that Kubernetes does not bring along."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.given import claims
from quantacirc_cdk.operations.operators import built_in
from quantacirc_cdk.operations.rights import defined

Json = dict[str, Any]

METRICS = "metrics.k8s.io"
_METRICS_APIS = {
    "ContainerResource": METRICS,
    "Resource": METRICS,
    "External": "external.metrics.k8s.io",
    "Object": "custom.metrics.k8s.io",
    "Pods": "custom.metrics.k8s.io",
}
"""API group by the type of a HorizontalPodAutoscaler's metric."""
_STORAGE, _NETWORKING, _GATEWAY = "storage.k8s.io/v1", "networking.k8s.io/v1", "gateway.networking.k8s.io/v1"


@dataclass(frozen=True, order=True)
class Reference:
    """An object that the manifests name."""

    api_version: str
    kind: str
    namespace: str
    """Empty for an object without a namespace."""
    name: str


@dataclass(frozen=True)
class Requirements:
    """Each requirement with the components that need it."""

    kinds: Mapping[tuple[str, str], list[str]] = field(default_factory=dict)
    """By ``apiVersion`` and kind."""
    metrics: Mapping[str, list[str]] = field(default_factory=dict)
    """By API group; an autoscaler accepts any version."""
    objects: Mapping[Reference, list[str]] = field(default_factory=dict)
    default_class: Sequence[str] = ()
    """Components with a claim that names no StorageClass and no volume."""
    ipv4: Sequence[str] = ()
    """Components whose network policies name ranges of IPv4, if none names one of IPv6."""


def requirements(objects: Sequence[Json], namespace: str) -> Requirements:
    """Return what these objects need, except what they bring along themselves.

    ``namespace`` is that of objects which name none.
    """
    own = {(item["kind"], _namespace(item, namespace), item["metadata"]["name"]) for item in objects}
    own |= {(kind, "", name) for kind, _, name in own}
    kinds: dict[tuple[str, str], set[str]] = {}
    metrics: dict[str, set[str]] = {}
    named: dict[Reference, set[str]] = {}
    for item in objects:
        component = _component(item)
        api_version = str(item.get("apiVersion", ""))
        if not built_in(api_version.rpartition("/")[0]):
            kinds.setdefault((api_version, item["kind"]), set()).add(component)
        for group in _metrics(item):
            metrics.setdefault(group, set()).add(component)
        for reference in _references(item, _namespace(item, namespace)):
            if reference.name and (reference.kind, reference.namespace, reference.name) not in own:
                named.setdefault(reference, set()).add(component)
    for kind in defined(objects):
        kinds.pop(kind, None)
    return Requirements(
        kinds={key: sorted(kinds[key]) for key in sorted(kinds)},
        metrics={key: sorted(metrics[key]) for key in sorted(metrics)},
        objects={key: sorted(named[key]) for key in sorted(named)},
        default_class=sorted({_component(item) for item in objects if any(map(_by_default, claims(item)))}),
        ipv4=[]
        if any(":" in cidr for item in objects for cidr in _ranges(item))
        else sorted({_component(item) for item in objects if any(_ranges(item))}),
    )


def _by_default(claim: Json) -> bool:
    """Return whether a claim gets a volume of the default class."""
    return bool(claim) and claim.get("storageClassName") is None and not claim.get("volumeName")


def _ranges(item: Json) -> Iterator[str]:
    """Yield the addresses that a network policy names."""
    if item["kind"] == "NetworkPolicy":
        for direction, peers in (("ingress", "from"), ("egress", "to")):
            for rule in _list(item, "spec", direction):
                yield from (str(peer["ipBlock"]["cidr"]) for peer in rule.get(peers) or () if "ipBlock" in peer)


def _component(item: Json) -> str:
    """Return the component of an object; the object's name if it belongs to the whole system."""
    labels = item["metadata"].get("labels") or {}
    name = labels.get("app.kubernetes.io/name")
    whole = name is None or name == labels.get("app.kubernetes.io/part-of")
    return str(item["metadata"]["name"] if whole else name)


def _namespace(item: Json, default: str) -> str:
    return str(item["metadata"].get("namespace") or default)


def _metrics(item: Json) -> Iterator[str]:
    if item["kind"] == "HorizontalPodAutoscaler":
        found = _list(item, "spec", "metrics")
        yield from (_METRICS_APIS[one["type"]] for one in found if one.get("type") in _METRICS_APIS)
    elif item["kind"] == "ScaledObject":
        if any(one.get("type") in ("cpu", "memory") for one in _list(item, "spec", "triggers")):
            yield METRICS
    elif item["kind"] == "VerticalPodAutoscaler":
        yield METRICS


def _references(item: Json, namespace: str) -> Iterator[Reference]:
    kind, spec = item["kind"], item.get("spec") or {}
    for claim in claims(item):
        yield Reference(_STORAGE, "StorageClass", "", str(claim.get("storageClassName") or ""))
    if kind == "Ingress":
        yield Reference(_NETWORKING, "IngressClass", "", str(spec.get("ingressClassName") or ""))
    elif kind == "Gateway":
        yield Reference(_GATEWAY, "GatewayClass", "", str(spec.get("gatewayClassName") or ""))
    elif kind in ("HTTPRoute", "GRPCRoute", "TLSRoute"):
        for parent in _list(item, "spec", "parentRefs"):
            if parent.get("kind", "Gateway") == "Gateway":
                yield Reference(_GATEWAY, "Gateway", str(parent.get("namespace") or namespace), str(parent["name"]))
    elif kind == "Certificate":
        yield from _one_of(item, spec.get("issuerRef"), "Issuer", namespace, group="cert-manager.io")
    elif kind == "ExternalSecret":
        yield from _one_of(item, spec.get("secretStoreRef"), "SecretStore", namespace, group="external-secrets.io")


def _one_of(item: Json, reference: Json | None, kind: str, namespace: str, group: str) -> Iterator[Reference]:
    """Yield a reference to ``kind`` or to its cluster-scoped form, unless it is to another operator's kind."""
    if reference and reference.get("group", group) == group:
        named = str(reference.get("kind") or kind)
        where = "" if named == f"Cluster{kind}" else namespace
        yield Reference(item["apiVersion"], named, where, str(reference.get("name") or ""))


def _list(item: Json, *path: str) -> Iterable[Json]:
    node: Any = item
    for step in path:
        node = (node or {}).get(step)
    return node or []
