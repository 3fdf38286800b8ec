"""Objects that pods use and that nothing in the output creates: you create them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from quantacirc_cdk.manifests import Data, pod_template

_BY_KUBERNETES = frozenset({("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")})
"""Objects that Kubernetes creates in every namespace."""


@dataclass(frozen=True, order=True)
class Given:
    """An object that you create."""

    kind: str
    """``Secret``, ``ConfigMap``, ``PersistentVolumeClaim`` or ``ServiceAccount``."""
    namespace: str
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
    used: dict[Given, list[tuple[str, _Use]]] = {}
    for item in objects:
        where = str(item["metadata"].get("namespace") or namespace)
        made |= {(kind, where, name) for kind, name in _made(item)}
        for use in _uses(item):
            used.setdefault(Given(use.kind, where, use.name), []).append((_component(item), use))
    return {
        one: Need(
            keys=sorted({key for _, use in uses if not use.optional or optional for key in use.keys}),
            components=sorted({component for component, _ in uses}),
            optional=optional,
        )
        for one, uses in sorted(used.items())
        for optional in (all(use.optional for _, use in uses),)
        if (one.kind, one.namespace, one.name) not in made and (one.kind, one.name) not in _BY_KUBERNETES
    }


class _Use(NamedTuple):
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
    elif kind == "ConfigMap" and "create-secrets.sh" in (item.get("data") or {}):
        yield from (("Secret", line.split()[0]) for line in item["data"].get("secrets", "").splitlines())


def _uses(item: Data) -> Iterator[_Use]:
    """Yield what the pods of an object use."""
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


def _files(source: Data) -> Iterator[_Use]:
    """Yield the Secret and the ConfigMap that a volume, or a source of a projected one, takes files from."""
    for field, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
        reference = source.get(field) or {}
        keys = [one["key"] for one in reference.get("items") or ()]
        yield from _use(kind, reference, "secretName" if "secretName" in reference else "name", keys)


def _use(kind: str, reference: Data | None, field: str, keys: Sequence[str] = ()) -> Iterator[_Use]:
    if reference and reference.get(field):
        yield _Use(kind, str(reference[field]), keys, bool(reference.get("optional")))
