"""The API's own admission: namespaces that end take nothing new, LimitRanges fill in and refuse, quotas refuse, and
claims grow only in classes that can.

https://kubernetes.io/docs/concepts/policy/resource-quotas/, https://kubernetes.io/docs/concepts/policy/limit-range/
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cluster.quantities import amount, quantity
from cluster.resources import Resource
from cluster.validation import claimed

if TYPE_CHECKING:
    from cluster.store import Store

Json = dict[str, Any]
Amounts = dict[str, Fraction]
COUNTED = ("configmaps", "persistentvolumeclaims", "pods", "secrets", "services")
"""Kinds that a quota counts under their plural; of the others, and of these, it counts ``count/PLURAL.GROUP``."""
ENDED = ("Succeeded", "Failed")
PROTECTION = "kubernetes.io/pvc-protection"
"""Finalizer of a claim, which a controller removes when no pod uses it."""


class Forbidden(Exception):  # noqa: N818
    """Why an object is not admitted."""


def admit(store: "Store", resource: Resource, old: Json | None, new: Json) -> None:
    """Fill in what admission adds to an object, and raise ``Forbidden`` for one that it refuses."""
    namespace = new["metadata"].get("namespace", "")
    if old is None and "deletionTimestamp" in _namespace(store, namespace)["metadata"]:
        raise Forbidden(f"unable to create new content in namespace {namespace} because it is being terminated")
    if old is None and resource.kind == "Pod":
        for limit_range in store.of("limitranges", namespace):
            _limit(new, limit_range)
    if old is None and resource.kind == "PersistentVolumeClaim":
        new["metadata"].setdefault("finalizers", [PROTECTION])
    if old is not None and resource.kind == "PersistentVolumeClaim" and claimed(new["spec"]) > claimed(old["spec"]):
        classes = store.of("storageclasses", "")
        own = new["spec"].get("storageClassName")
        if not any(one["metadata"]["name"] == own and one.get("allowVolumeExpansion") for one in classes):
            said = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must "
            raise Forbidden(f"{said}support resize")
    for quota in store.of("resourcequotas", namespace) if namespace else ():
        _count(store, resource, old, new, quota)


def _namespace(store: "Store", name: str) -> Json:
    return next((one for one in store.of("namespaces", "") if one["metadata"]["name"] == name), {"metadata": {}})


def _limit(pod: Json, limit_range: Json) -> None:
    """Fill in and check the amounts of each container."""
    containers = [*(pod["spec"].get("initContainers") or ()), *pod["spec"]["containers"]]
    for limit in limit_range["spec"].get("limits") or ():
        default, request = limit.get("default") or {}, limit.get("defaultRequest") or {}
        for container in containers if limit["type"] == "Container" else ():
            stated = container.setdefault("resources", {})
            stated["limits"] = limits = {**default, **(stated.get("limits") or {})}
            stated["requests"] = requests = {**default, **request, **(stated.get("requests") or {})}
            for name, most in (limit.get("max") or {}).items():
                if name not in limits or amount(limits[name]) > amount(most):
                    said = f"but limit is {limits[name]}" if name in limits else "but no limit is specified"
                    raise Forbidden(f"maximum {name} usage per Container is {most}, {said}")
            for name, least in (limit.get("min") or {}).items():
                if name not in requests or amount(requests[name]) < amount(least):
                    said = f"but request is {requests[name]}" if name in requests else "but no request is specified"
                    raise Forbidden(f"minimum {name} usage per Container is {least}, {said}")


def _count(store: "Store", resource: Resource, old: Json | None, new: Json, quota: Json) -> None:
    name, hard = quota["metadata"]["name"], quota["spec"].get("hard") or {}
    for key in hard if old is None and resource.kind == "Pod" else ():
        section, _, what = key.partition(".")
        stated = {one["name"]: (one.get("resources") or {}).get(section) or {} for one in new["spec"]["containers"]}
        without = [one for one, amounts in stated.items() if what not in amounts]
        if section in ("requests", "limits") and what in ("cpu", "memory") and without:
            raise Forbidden(f"failed quota: {name}: must specify {key} for: {','.join(without)}")
    before, wanted = _amounts(resource, old) if old else {}, _amounts(resource, new)
    more = {key: value - before.get(key, 0) for key, value in wanted.items() if value > before.get(key, 0)}
    used = usage(store, new["metadata"]["namespace"], hard)
    over = [key for key in sorted(more) if key in hard and used[key] + more[key] > amount(hard[key])]
    if over:
        requested = ",".join(f"{key}={quantity(more[key])}" for key in over)
        already = ",".join(f"{key}={quantity(used[key])}" for key in over)
        limited = ",".join(f"{key}={hard[key]}" for key in over)
        raise Forbidden(f"exceeded quota: {name}, requested: {requested}, used: {already}, limited: {limited}")


def usage(store: "Store", namespace: str, hard: Iterable[str]) -> Amounts:
    """Return what of the keys of a quota is used in a namespace."""
    found = _sum(_amounts(resource, item) for resource, item in store.inside(namespace))
    return {key: found.get(key, Fraction(0)) for key in hard}


def _amounts(resource: Resource, item: Json) -> Amounts:
    """Return what a quota counts of an object: nothing of a pod that has ended."""
    if resource.kind == "Pod" and item.get("status", {}).get("phase") in ENDED:
        return {}
    found = {f"count/{resource.title}": Fraction(1)}
    if not resource.group and resource.plural in COUNTED:
        found[resource.plural] = Fraction(1)
    if resource.kind == "PersistentVolumeClaim":
        found["requests.storage"] = claimed(item["spec"])
    if resource.kind == "Pod":
        for section in ("requests", "limits"):
            found |= {f"{section}.{name}": value for name, value in _of_pod(item["spec"], section).items()}
        found |= {name: found[f"requests.{name}"] for name in ("cpu", "memory") if f"requests.{name}" in found}
    return found


def _of_pod(spec: Json, section: str) -> Amounts:
    """Return what a pod needs: an init container with the side-cars before it, or all that stays, whichever is more."""

    def of(container: Json) -> Amounts:
        return {name: amount(value) for name, value in ((container.get("resources") or {}).get(section) or {}).items()}

    staying: list[Amounts] = []
    found: Amounts = {}
    for container in spec.get("initContainers") or ():
        found = _most(found, _sum([*staying, of(container)]))
        if container.get("restartPolicy") == "Always":
            staying.append(of(container))
    return _most(found, _sum([*staying, *map(of, spec["containers"])]))


def _sum(amounts: Iterable[Amounts]) -> Amounts:
    found: Amounts = {}
    for one in amounts:
        for name, value in one.items():
            found[name] = found.get(name, Fraction(0)) + value
    return found


def _most(one: Amounts, other: Amounts) -> Amounts:
    return {name: max(one.get(name, Fraction(0)), other.get(name, Fraction(0))) for name in one.keys() | other.keys()}
