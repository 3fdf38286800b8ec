"""The four ways in which a client changes an object: JSON patch, merge patch, strategic merge patch, apply."""

import copy
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "volumeMounts": "mountPath",
    "imagePullSecrets": "name",
    "ownerReferences": "uid",
    "conditions": "type",
    "topologySpreadConstraints": "topologyKey",
    "hostAliases": "ip",
    "secrets": "name",
}
"""Lists that are merged by a key, for all the kinds the tests use."""
PORTS = ("containerPort", "port")


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def strategic_merge(target: Any, patch: Any, field: str = "") -> Any:
    """Merge lists by their key; obey ``$patch``, ``$retainKeys`` and ``$deleteFromPrimitiveList``."""
    if isinstance(patch, dict):
        return _strategic_mapping(target, patch)
    if isinstance(patch, list) and (key := _key(field, patch)) and isinstance(target, list):
        return _strategic_list(target, patch, key)
    return copy.deepcopy(patch)


def _strategic_mapping(target: Any, patch: Json) -> Json:
    if patch.get("$patch") == "replace":
        return {name: copy.deepcopy(value) for name, value in patch.items() if name != "$patch"}
    result = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        result = {name: value for name, value in result.items() if name in patch["$retainKeys"]}
    for name, value in patch.items():
        if name.startswith("$deleteFromPrimitiveList/"):
            inner = name.partition("/")[2]
            result[inner] = [item for item in result.get(inner, []) if item not in value]
        elif name.startswith("$"):
            continue
        elif value is None:
            result.pop(name, None)
        else:
            result[name] = strategic_merge(result.get(name), value, name)
    return result


def _strategic_list(target: list[Any], patch: list[Any], key: str) -> list[Any]:
    result = list(target)
    for item in patch:
        place = next((index for index, old in enumerate(result) if old.get(key) == item.get(key)), None)
        if item.get("$patch") == "delete":
            if place is not None:
                del result[place]
        elif place is None:
            result.append(strategic_merge(None, item))
        else:
            result[place] = strategic_merge(result[place], item)
    return result


def _key(field: str, items: list[Any]) -> str | None:
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    if field == "ports":
        return next((name for name in PORTS if all(name in item or "$patch" in item for item in items)), None)
    return MERGE_KEYS.get(field)


def json_patch(target: Json, operations: list[Json]) -> Json:
    """RFC 6902: add, replace, remove, test."""
    result = copy.deepcopy(target)
    for operation in operations:
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in operation["path"].split("/")[1:]]
        place: Any = result
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if operation["op"] == "remove":
            del place[int(last) if isinstance(place, list) else last]
        elif isinstance(place, list):
            place.append(operation["value"]) if last == "-" else place.insert(int(last), operation["value"])
        elif operation["op"] in ("add", "replace"):
            place[last] = operation["value"]
    return result


def apply(target: Json, applied: Json, before: Json | None, others: Sequence[Json] = ()) -> Json:
    """Server-side apply: what the manager no longer applies goes, what it applies is merged in.

    What another manager applies, too, stays.
    """
    pruned = _pruned(target, before, applied) if before else target
    for other in others:
        pruned = _kept(pruned, target, other)
    return _applied(pruned, applied)


def fields(applied: Any) -> Json:
    """Return what a manager owns as the API writes it, outside lists."""
    return {f"f:{name}": fields(value) for name, value in applied.items()} if isinstance(applied, dict) else {}


def conflicts(applied: Any, owned: Any, path: str = "") -> list[str]:
    """Return the fields outside lists that another manager owns with another value."""
    if isinstance(applied, dict) and isinstance(owned, dict):
        return [
            one for name in applied if name in owned for one in conflicts(applied[name], owned[name], f"{path}.{name}")
        ]
    return [] if isinstance(applied, list) or applied == owned else [path]


def given_up(owned: Any, path: str) -> Any:
    """Return what a manager still owns when another has taken a field by force."""
    first, _, rest = path.removeprefix(".").partition(".")
    if not rest:
        return {name: value for name, value in owned.items() if name != first}
    return {**owned, first: given_up(owned[first], rest)}


def _kept(pruned: Any, target: Any, owned: Any) -> Any:
    """Return ``pruned`` with what ``target`` has of what another manager owns; of lists, whole ones only."""
    if not isinstance(owned, dict) or not isinstance(target, dict):
        return copy.deepcopy(target)
    result = dict(pruned) if isinstance(pruned, dict) else {}
    for name, value in owned.items():
        if name in target and (name not in result or isinstance(value, dict)):
            result[name] = _kept(result.get(name), target[name], value)
    return result


def _applied(target: Any, applied: Any, field: str = "") -> Any:
    if isinstance(applied, dict):
        result = dict(target) if isinstance(target, dict) else {}
        for name, value in applied.items():
            result[name] = _applied(result.get(name), value, name)
        return result
    if isinstance(applied, list) and isinstance(target, list) and (key := _key(field, applied)):
        known = {item.get(key): item for item in target}
        theirs = [item for item in target if item.get(key) not in {one.get(key) for one in applied}]
        return [_applied(known.get(item.get(key)), item) for item in applied] + theirs
    return copy.deepcopy(applied)


def _pruned(target: Any, before: Any, after: Any, field: str = "") -> Any:
    """Return ``target`` without what was applied before and is not applied now: fields, and what they leave empty."""
    if isinstance(target, dict) and isinstance(before, dict) and isinstance(after, dict):
        found = {}
        for name, value in target.items():
            if name in after or name not in before:
                found[name] = _pruned(value, before.get(name), after.get(name), name)
            elif isinstance(value, dict) and (rest := _pruned(value, before[name], {}, name)):
                found[name] = rest
        return found
    if (
        isinstance(target, list)
        and isinstance(before, list)
        and isinstance(after, list)
        and (key := _key(field, before))
    ):
        old, new = ({item.get(key): item for item in items} for items in (before, after))
        return [
            _pruned(item, old.get(item.get(key)), new.get(item.get(key)))
            for item in target
            if item.get(key) in new or item.get(key) not in old
        ]
    return target
