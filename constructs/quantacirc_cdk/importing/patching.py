"""JSON patches for properties without a key in the model."""

from collections.abc import Mapping
from typing import Any

from quantacirc_cdk.importing.comparison import Key, Leaf
from quantacirc_cdk.importing.plan import Translation
from quantacirc_cdk.importing.selectors import selecting
from quantacirc_cdk.importing.source import Data, Item
from quantacirc_cdk.model.document import Place

Operations = list[Data]


def operations(
    plan: Translation, item: Item, missing: Mapping[Key, Leaf], output: Data, known: Mapping[Key, Leaf]
) -> Operations:
    """Return the operations that add the properties in ``missing`` to ``output``.

    ``known`` are the properties of ``output``, by the same keys.
    """
    return _Patch(plan, item, output, known).of(missing)


class _Patch:
    def __init__(self, plan: Translation, item: Item, output: Data, known: Mapping[Key, Leaf]) -> None:
        self.plan, self.item, self.output, self.known = plan, item, output, known
        self.places: dict[Key, Place] = {}
        for key, leaf in known.items():
            if leaf.place and "source" not in key:
                for length in range(len(key) + 1):
                    self.places.setdefault(key[:length], leaf.place[:length])
        self.volumes: set[tuple[Place, Any]] = set()
        """Existing volumes, by pod and name."""
        self.found: Operations = []

    def of(self, missing: Mapping[Key, Leaf]) -> Operations:
        done: set[Key] = set()
        for key, leaf in missing.items():
            if any(key[: len(other)] == other for other in done):
                continue
            if key in self.known and self.known[key].place:
                self.set(self.known[key].place, leaf.value)
            elif "source" in key and (place := _source(key, self.known)) is not None:
                self.set(place, leaf.value)
            else:
                inside = key[: key.index("source")] if "source" in key else key  # The whole mount.
                length = max(one for one in range(len(inside)) if inside[:one] in self.places)
                base = self.places[key[:length]]
                if _has(self.output, (*base, key[length])) and length + 1 < len(inside):
                    base, length = (*base, key[length]), length + 1  # A list, all of whose items have other keys.
                done.add(key[: length + 1])
                self.add(key, leaf, base, length)
        if self.item.kind == "PodDisruptionBudget":
            self.found += self.other_bound()
        return self.found

    def other_bound(self) -> Operations:
        """Return the operation that removes the bound of the output, beside which the API refuses the source's."""
        patched = {one["path"] for one in self.found}
        return [
            {"op": "remove", "path": f"/spec/{theirs}"}
            for theirs, ours in (("maxUnavailable", "minAvailable"), ("minAvailable", "maxUnavailable"))
            if f"/spec/{ours}" in patched and _has(self.output, ("spec", theirs))
        ]

    def set(self, place: Place, value: Any) -> None:
        if isinstance(value, int) and place[-3:] == ("service", "port", "name"):  # A backend has one of the two.
            self.found.append({"op": "replace", "path": _pointer(place[:-1]), "value": {"number": value}})
        elif value is not None:
            op = "replace" if _has(self.output, place) else "add"
            self.found.append({"op": op, "path": _pointer(place), "value": stripped(value)})

    def add(self, key: Key, leaf: Leaf, base: Place, length: int) -> None:
        """Add everything below ``base`` that the source has and the output does not."""
        place = leaf.place[: length + 1]
        if "volumes" in leaf.place and "volumes" not in key:
            mount = self.mount(key, leaf.place)
            if mount is None:
                return
            place = mount[: length + 1]
        value = selecting(self.plan, stripped(at(self.item.data, place)), self.item.kind, str(place[-1]))
        if value in (None, {}, []):
            return
        listed = isinstance(at(self.item.data, place[:-1]), list)
        mounts = (
            [value] if listed and key[length - 1] == "volumeMounts" else value if key[length] == "volumeMounts" else []
        )
        for one in mounts:
            self.volume(one, place, base)
        path = f"{_pointer(base)}/-" if listed else _pointer((*base, key[length]))
        self.found.append({"op": "add", "path": path, "value": value})

    def mount(self, key: Key, place: Place) -> Place | None:
        """Return the place of the mount whose volume is at ``place``."""
        pod = place[: place.index("volumes")]
        spec, index = at(self.item.data, pod), key.index("volumeMounts")
        for kind in ("containers", "initContainers"):
            for number, one in enumerate(spec.get(kind) or []):
                for at_mount, mount in enumerate(one.get("volumeMounts") or []):
                    same = key[index - 1] in ("@", one.get("name")) and key[index - 2] == kind
                    if same and (str(mount.get("mountPath")).rstrip("/") or "/") == key[index + 1]:
                        return (*pod, kind, number, "volumeMounts", at_mount)
        return None

    def volume(self, mount: Data, place: Place, base: Place) -> None:
        """Add the volume of a mount to the pod that contains ``base``, if it is missing."""
        pod, where = _pod(place), _pod(base)
        name = mount.get("name")
        volume = next((one for one in at(self.item.data, pod).get("volumes") or [] if one.get("name") == name), None)
        spec = at(self.output, where)
        known = {one.get("name") for one in spec.get("volumes") or []}
        if volume is None or name in known or (where, name) in self.volumes:
            return
        first = not known and not any(one == where for one, _ in self.volumes)
        path, value = _pointer((*where, "volumes")), stripped(volume)
        self.found.append(
            {"op": "add", "path": path, "value": [value]}
            if first
            else {"op": "add", "path": f"{path}/-", "value": value}
        )
        self.volumes.add((where, name))


def _pod(place: Place) -> Place:
    return place[: next(index for index, one in enumerate(place) if one in ("containers", "initContainers"))]


def _source(key: Key, known: Mapping[Key, Leaf]) -> Place | None:
    """Return the place in the output of a property of a mount's volume."""
    length = key.index("source") + 1
    for other, leaf in known.items():
        if other[:length] == key[:length]:
            base = leaf.place[: len(leaf.place) - (len(other) - length)]
            parent = (*base, *key[length:-1])
            if any(one.place[: len(parent)] == parent for one in known.values()):
                return (*parent, key[-1])
    return None


def at(data: Any, place: Place) -> Any:
    """Return the value at a place."""
    for step in place:
        data = data[step]
    return data


def _has(data: Any, place: Place) -> bool:
    try:
        at(data, place)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def stripped(value: Any) -> Any:
    """Return a value without nulls, which Kubernetes treats as absent fields."""
    if isinstance(value, dict):
        return {key: stripped(one) for key, one in value.items() if one is not None}
    return [stripped(one) for one in value if one is not None] if isinstance(value, list) else value


def _pointer(place: Place) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)
