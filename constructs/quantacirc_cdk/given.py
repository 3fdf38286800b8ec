"""Objects that pods use and that nothing in the output creates: you create them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from quantacirc_cdk.manifests import Data, pod_template

_BY_KUBERNETES = frozenset(
    {
        ("ConfigMap", "kube-root-ca.crt"),
        ("PriorityClass", "system-cluster-critical"),
        ("PriorityClass", "system-node-critical"),
        ("ServiceAccount", "default"),
    }
)
"""Objects that Kubernetes creates in every cluster or namespace."""
_BY_PLATFORMS = frozenset(
    "azurefile azurefile-csi azurefile-csi-premium azurefile-premium default enterprise-rwx gp2 hostpath local-path"
    " managed managed-csi managed-csi-premium managed-premium premium-rwo premium-rwx standard standard-rwo"
    " standard-rwx zonal-rwx".split()
)
"""StorageClasses that EKS, GKE, AKS or a cluster on a laptop brings along; `qcdk doctor` looks for them in yours.

https://docs.cloud.google.com/kubernetes-engine/docs/concepts/storage-overview
https://learn.microsoft.com/azure/aks/concepts-storage#storage-classes
"""
_CLUSTER_WIDE = frozenset({"PriorityClass", "RuntimeClass", "StorageClass"})


@dataclass(frozen=True, order=True)
class Given:
    """An object that you create."""

    kind: str
    """``Secret``, ``ConfigMap``, ``PersistentVolumeClaim``, ``ServiceAccount``, or the class of a pod or claim."""
    namespace: str
    """Empty for a class, which has none."""
    name: str


@dataclass(frozen=True, kw_only=True)
class Need:
    """Who uses such an object, and what must be in it."""

    keys: Sequence[str]
    """Keys that the pods name, sorted; empty where they take the whole object. Of a required object, those that
    they do not start without."""
    components: Sequence[str]
    """Components with these pods, sorted."""
    optional: bool
    """Whether the pods start without it."""


def given(objects: Iterable[Data], namespace: str) -> dict[Given, Need]:
    """Return each object that a pod uses and that none of ``objects`` is or creates, sorted.

    ``namespace`` is that of objects which name none.
    """
    made: set[tuple[str, str, str]] = set()
    used: dict[Given, list[tuple[str, Use]]] = {}
    for item in objects:
        where = str(item["metadata"].get("namespace") or namespace)
        made |= {(kind, "" if kind in _CLUSTER_WIDE else where, name) for kind, name in _made(item)}
        for use in uses(item):
            one = Given(use.kind, "" if use.kind in _CLUSTER_WIDE else where, use.name)
            used.setdefault(one, []).append((_component(item), use))
    return {
        one: Need(
            keys=sorted({key for _, use in uses if not use.optional or optional for key in use.keys}),
            components=sorted({component for component, _ in uses}),
            optional=optional,
        )
        for one, uses in sorted(used.items())
        for optional in (all(use.optional for _, use in uses),)
        if (one.kind, one.namespace, one.name) not in made
        and (one.kind, one.name) not in _BY_KUBERNETES
        and not (one.kind == "StorageClass" and one.name in _BY_PLATFORMS)
    }


def claims(item: Data) -> Iterator[Data]:
    """Yield the specifications of the claims for volumes that an object is, or has."""
    spec = item.get("spec") or {}
    if item["kind"] == "PersistentVolumeClaim":
        yield spec
    if item["kind"] == "StatefulSet":
        yield from (one.get("spec") or {} for one in spec.get("volumeClaimTemplates") or ())
    for volume in ((pod_template(item) or {}).get("spec") or {}).get("volumes") or ():
        yield ((volume.get("ephemeral") or {}).get("volumeClaimTemplate") or {}).get("spec") or {}


class Use(NamedTuple):
    """What an object uses, and the keys that it names."""

    kind: str
    name: str
    keys: Sequence[str]
    optional: bool


def _component(item: Data) -> str:
    labels = item["metadata"].get("labels") or {}
    return str(labels.get("app.kubernetes.io/name", item["metadata"]["name"]))


def _made(item: Data) -> Iterator[tuple[str, str]]:
    """Yield what an object is, and the Secrets that a controller, or a Job of this library, creates for it."""
    kind, name, spec = item["kind"], str(item["metadata"]["name"]), item.get("spec") or {}
    yield kind, name
    if kind == "ExternalSecret":
        yield "Secret", str((spec.get("target") or {}).get("name") or name)
    elif kind == "SealedSecret":
        yield "Secret", str(((spec.get("template") or {}).get("metadata") or {}).get("name") or name)
    elif kind == "Certificate":
        yield "Secret", str(spec.get("secretName"))
    yield from (("Secret", words[0]) for words in generated(item))


def generated(item: Data) -> list[list[str]]:
    """Return the Secrets that the Job of this library creates from a ConfigMap: the name, then each key."""
    if item["kind"] != "ConfigMap" or "create-secrets.sh" not in (data := item.get("data") or {}):
        return []
    words = [line.split() for line in data.get("secrets", "").splitlines() if line.strip()]
    return [[name, *(re.split("[=@]", word)[0] for word in keys)] for name, *keys in words]


def uses(item: Data) -> Iterator[Use]:
    """Yield what the pods of an object use, and the classes of its claims."""
    for claim in claims(item):
        yield from _use("StorageClass", claim, "storageClassName")
    pod = (pod_template(item) or {}).get("spec") or {}
    for container in chain(pod.get("initContainers") or (), pod.get("containers") or ()):
        for entry in container.get("env") or ():
            source = entry.get("valueFrom") or {}
            for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                yield from _use(kind, source.get(field), "name", [(source.get(field) or {}).get("key", "")])
        for source in container.get("envFrom") or ():
            yield from _use("Secret", source.get("secretRef"), "name")
            yield from _use("ConfigMap", source.get("configMapRef"), "name")
    for volume in pod.get("volumes") or ():
        yield from _files(volume)
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield from _files(source)
        yield from _use("PersistentVolumeClaim", volume.get("persistentVolumeClaim"), "claimName")
    for secret in pod.get("imagePullSecrets") or ():
        yield from _use("Secret", secret, "name")
    yield from _use("ServiceAccount", pod, "serviceAccountName")
    yield from _use("PriorityClass", pod, "priorityClassName")
    yield from _use("RuntimeClass", pod, "runtimeClassName")


def _files(source: Data) -> Iterator[Use]:
    """Yield the Secret and the ConfigMap that a volume, or a source of a projected one, takes files from."""
    for field, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
        reference = source.get(field) or {}
        keys = [one["key"] for one in reference.get("items") or ()]
        yield from _use(kind, reference, "secretName" if "secretName" in reference else "name", keys)


def _use(kind: str, reference: Data | None, field: str, keys: Sequence[str] = ()) -> Iterator[Use]:
    if reference and reference.get(field):
        yield Use(kind, str(reference[field]), keys, bool(reference.get("optional")))
