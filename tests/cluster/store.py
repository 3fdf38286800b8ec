"""Objects with versions, selectors, and the events that watches see."""

import copy
import itertools
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cluster.admission import Forbidden, admit
from cluster.refusal import Refused
from cluster.resources import Resource

Json = dict[str, Any]
Key = tuple[str, str, str, str]
"""Group, plural, namespace, name."""


def written(moment: datetime) -> str:
    """Return a time as the API writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Store:
    """All objects of a cluster. Every change gets the next resource version and wakes the watches."""

    validate: Callable[[Resource, Json | None, Json], None]
    default: Callable[[Resource, Json | None, Json], None]
    """Fills in what an object does not say; so a field that is removed goes back to its default."""
    objects: dict[Key, Json] = field(default_factory=dict)
    events: list[tuple[int, str, Resource, Json]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    versions: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    version: int = 0
    behind: timedelta = timedelta(0)
    """How far the cluster's clock is behind; it then has as much time to pass as a test wants."""
    resources: dict[tuple[str, str], Resource] = field(default_factory=dict)
    """The kinds of which there ever was an object, by group and plural."""

    def now(self) -> datetime:
        """Return the time of the cluster's clock."""
        return datetime.now(UTC) - self.behind

    def inside(self, namespace: str) -> Sequence[tuple[Resource, Json]]:
        """Return the objects of a namespace, themselves and not copies; those of none for ``""``."""
        with self.changed:
            return [
                (self.resources[group, plural], item)
                for (group, plural, place, _), item in self.objects.items()
                if place == namespace
            ]

    def of(self, plural: str, namespace: str) -> Sequence[Json]:
        """Return the objects of one kind in a namespace, themselves and not copies."""
        return [item for resource, item in self.inside(namespace) if resource.plural == plural]

    def key(self, resource: Resource, namespace: str, name: str) -> Key:
        return resource.group, resource.plural, namespace if resource.namespaced else "", name

    def get(self, resource: Resource, namespace: str, name: str) -> Json:
        with self.changed:
            found = self.objects.get(self.key(resource, namespace, name))
            if found is None:
                raise Refused(404, "NotFound", f'{resource.title} "{name}" not found')
            return copy.deepcopy(found)

    def list(self, resource: Resource, namespace: str = "", labels: str = "", fields: str = "") -> list[Json]:
        with self.changed:
            found = [
                copy.deepcopy(item)
                for (group, plural, place, _), item in sorted(self.objects.items())
                if (group, plural) == (resource.group, resource.plural) and namespace in ("", place)
            ]
        return [item for item in found if selected(item, labels, fields)]

    def create(self, resource: Resource, namespace: str, item: Json, *, dry_run: bool = False) -> Json:
        with self.changed:
            metadata = item.setdefault("metadata", {})
            if "name" not in metadata and "generateName" in metadata:
                metadata["name"] = metadata["generateName"] + uuid.uuid4().hex[:5]
            key = self.key(resource, namespace, metadata.get("name", ""))
            if key in self.objects:
                raise Refused(409, "AlreadyExists", f'{resource.title} "{metadata["name"]}" already exists')
            if resource.namespaced:
                metadata["namespace"] = namespace
                if ("", "namespaces", "", namespace) not in self.objects:
                    raise Refused(404, "NotFound", f'namespaces "{namespace}" not found')
            self.resources[resource.group, resource.plural] = resource
            self.default(resource, None, item)
            self.validate(resource, None, item)
            self._admit(resource, None, item)
            metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": written(self.now()), "generation": 1}
            item |= {"apiVersion": resource.api_version, "kind": resource.kind}
            return item if dry_run else self._put("ADDED", resource, key, item)

    def update(
        self, resource: Resource, namespace: str, name: str, item: Json, *, dry_run: bool = False, status: bool = False
    ) -> Json:
        with self.changed:
            old = self.get(resource, namespace, name)
            wanted = item.get("metadata", {}).get("resourceVersion")
            if wanted and wanted != old["metadata"]["resourceVersion"]:
                raise Refused(
                    409,
                    "Conflict",
                    f'Operation cannot be fulfilled on {resource.title} "{name}": the object has been modified',
                )
            own = ("uid", "creationTimestamp", "generation", "deletionTimestamp")
            kept = {name: old["metadata"][name] for name in own if name in old["metadata"]}
            item.setdefault("metadata", {}).update(kept)
            if not status:
                self.default(resource, old, item)
                self.validate(resource, old, item)
                self._admit(resource, old, item)
                item["status"] = old.get("status", {})
                if item.get("spec") != old.get("spec"):
                    item["metadata"]["generation"] += 1
            if not item["status"]:
                del item["status"]
            unchanged = {**item, "metadata": {**item["metadata"], "resourceVersion": ""}} == {
                **old,
                "metadata": {**old["metadata"], "resourceVersion": ""},
            }
            if dry_run or unchanged:
                return old if unchanged else item
            done = self._put("MODIFIED", resource, self.key(resource, namespace, name), item)
            self._end(resource, self.key(resource, namespace, name))
            return done

    def delete(self, resource: Resource, namespace: str, name: str, wanted: str = "") -> Json:
        with self.changed:
            old = self.get(resource, namespace, name)
            found = old["metadata"]["resourceVersion"]
            if wanted not in ("", found):
                said = "the ResourceVersion in the precondition does not match the ResourceVersion in record"
                title = f'Operation cannot be fulfilled on {resource.title} "{name}"'
                raise Refused(409, "Conflict", f"{title}: Precondition failed: {said} ({wanted} != {found})")
            key = self.key(resource, namespace, name)
            if "deletionTimestamp" not in old["metadata"]:
                old["metadata"]["deletionTimestamp"] = written(self.now())
                if resource.kind == "Namespace":
                    old["status"] = {"phase": "Terminating"}
                old = self._put("MODIFIED", resource, key, old)
            if resource.kind == "Namespace":
                for inner in [one for one in self.objects if one[2] == name]:
                    if inner in self.objects:
                        self.delete(self.resources[inner[:2]], name, inner[3])
            self._end(resource, key)
            return old

    def _end(self, resource: Resource, key: Key) -> None:
        """Remove an object that is being deleted once nothing holds it: a finalizer, or what is in a namespace."""
        item = self.objects.get(key)
        if item is None or "deletionTimestamp" not in item["metadata"] or item["metadata"].get("finalizers"):
            return
        if resource.kind == "Namespace" and any(one[2] == key[3] for one in self.objects):
            return
        del self.objects[key]
        self._tell("DELETED", resource, item)
        around = ("", "namespaces", "", key[2])
        if key[2] and around in self.objects:
            self._end(self.resources[around[:2]], around)

    def _admit(self, resource: Resource, old: Json | None, new: Json) -> None:
        try:
            admit(self, resource, old, new)
        except Forbidden as error:
            said = f'{resource.title} "{new["metadata"]["name"]}" is forbidden: {error}'
            raise Refused(403, "Forbidden", said) from None

    def _put(self, event: str, resource: Resource, key: Key, item: Json) -> Json:
        self.objects[key] = copy.deepcopy(item)
        self._tell(event, resource, self.objects[key])
        return copy.deepcopy(self.objects[key])

    def _tell(self, event: str, resource: Resource, item: Json) -> None:
        self.version = next(self.versions)
        item["metadata"]["resourceVersion"] = str(self.version)
        self.events.append((self.version, event, resource, copy.deepcopy(item)))
        self.changed.notify_all()


def selected(item: Json, labels: str, fields: str) -> bool:
    """Return whether an object fits a label and a field selector."""
    own = item["metadata"].get("labels") or {}
    return all(_fits(own, term) for term in _terms(labels)) and all(_field_fits(item, term) for term in _terms(fields))


def _terms(selector: str) -> list[str]:
    terms, depth, current = [], 0, ""
    for character in selector:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            terms.append(current)
            current = ""
        else:
            current += character
    return [term.strip() for term in (*terms, current) if term.strip()]


def _fits(labels: Json, term: str) -> bool:
    if " in (" in term or " notin (" in term:
        name, _, values = term.partition(" notin (" if " notin (" in term else " in (")
        inside = labels.get(name.strip()) in [value.strip() for value in values.rstrip(")").split(",")]
        return inside != (" notin (" in term)
    if "!=" in term:
        name, _, value = term.partition("!=")
        return bool(labels.get(name) != value)
    if "=" in term:
        name, _, value = term.replace("==", "=").partition("=")
        return bool(labels.get(name) == value)
    return term[1:] not in labels if term.startswith("!") else term in labels


def _field_fits(item: Json, term: str) -> bool:
    negative = "!=" in term
    path, _, value = term.replace("!=", "=").replace("==", "=").partition("=")
    found: Any = item
    for step in path.split("."):
        found = found.get(step, "") if isinstance(found, dict) else ""
    return (str(found) == value) != negative
