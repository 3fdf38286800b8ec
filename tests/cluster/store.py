"""Objects with versions, selectors, and the events that watches see."""

import copy
import itertools
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cluster.resources import Resource

Json = dict[str, Any]
Key = tuple[str, str, str, str]
"""Group, plural, namespace, name."""


class Refused(Exception):  # noqa: N818
    """What the API answers instead of an object."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message

    def status(self) -> Json:
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Store:
    """All objects of a cluster. Every change gets the next resource version and wakes the watches."""

    validate: Callable[[Resource, Json | None, Json], None]
    default: Callable[[Resource, Json], None]
    """Fills in what an object does not say; so a field that is removed goes back to its default."""
    objects: dict[Key, Json] = field(default_factory=dict)
    events: list[tuple[int, str, Resource, Json]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    versions: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    version: int = 0

    def key(self, resource: Resource, namespace: str, name: str) -> Key:
        return resource.group, resource.plural, namespace if resource.namespaced else "", name

    def get(self, resource: Resource, namespace: str, name: str) -> Json:
        with self.changed:
            found = self.objects.get(self.key(resource, namespace, name))
            if found is None:
                raise Refused(404, "NotFound", f'{_title(resource)} "{name}" not found')
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
                raise Refused(409, "AlreadyExists", f'{_title(resource)} "{metadata["name"]}" already exists')
            if resource.namespaced:
                metadata["namespace"] = namespace
                if ("", "namespaces", "", namespace) not in self.objects:
                    raise Refused(404, "NotFound", f'namespaces "{namespace}" not found')
            self.default(resource, item)
            self.validate(resource, None, item)
            metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 1}
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
                    f'Operation cannot be fulfilled on {_title(resource)} "{name}": the object has been modified',
                )
            kept = {name: old["metadata"][name] for name in ("uid", "creationTimestamp", "generation")}
            item.setdefault("metadata", {}).update(kept)
            if not status:
                self.default(resource, item)
                self.validate(resource, old, item)
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
            return self._put("MODIFIED", resource, self.key(resource, namespace, name), item)

    def delete(self, resource: Resource, namespace: str, name: str, wanted: str = "") -> Json:
        with self.changed:
            old = self.get(resource, namespace, name)
            found = old["metadata"]["resourceVersion"]
            if wanted not in ("", found):
                said = "the ResourceVersion in the precondition does not match the ResourceVersion in record"
                title = f'Operation cannot be fulfilled on {_title(resource)} "{name}"'
                raise Refused(409, "Conflict", f"{title}: Precondition failed: {said} ({wanted} != {found})")
            key = self.key(resource, namespace, name)
            del self.objects[key]
            if resource.kind == "Namespace":
                for inner in [one for one in self.objects if one[2] == name]:
                    del self.objects[inner]
            self._tell("DELETED", resource, old)
            return old

    def _put(self, event: str, resource: Resource, key: Key, item: Json) -> Json:
        self.objects[key] = copy.deepcopy(item)
        self._tell(event, resource, self.objects[key])
        return copy.deepcopy(self.objects[key])

    def _tell(self, event: str, resource: Resource, item: Json) -> None:
        self.version = next(self.versions)
        item["metadata"]["resourceVersion"] = str(self.version)
        self.events.append((self.version, event, resource, copy.deepcopy(item)))
        self.changed.notify_all()


def _title(resource: Resource) -> str:
    return f"{resource.plural}.{resource.group}" if resource.group else resource.plural


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
