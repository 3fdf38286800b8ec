"""Patches of Kubernetes objects (JSON patch and merge patch), with errors that name the place."""

import copy
import json
import re
from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.limits.kubernetes_fields import fields_of
from quantacirc_cdk.model.document import Place
from quantacirc_cdk.model.patches import Operation, Patch
from quantacirc_cdk.text.english import with_article


class PatchError(Exception):
    """A patch that does not fit its object: the place in the patch, what was found and what was expected."""

    def __init__(self, place: Place, what: str, expected: str) -> None:
        super().__init__(what)
        self.place, self.what, self.expected = place, what, expected


def patched(item: Data, patch: Patch) -> Data:
    """Return a copy of an object with a patch applied. Raises ``PatchError`` if the patch does not fit."""
    if patch.merge:
        _check_fields(item, (), patch.merge, ("merge",))
        found: Data = merged(item, patch.merge)
        return found
    result: Any = copy.deepcopy(item)
    for index, operation in enumerate(patch.operations):
        if operation.op not in ("remove", "test"):
            at: Place = ("operations", index)
            steps = _steps(operation.path)
            for depth, step in enumerate(steps):
                _check_field(item, steps[:depth], step, (*at, "path"))
            _check_fields(item, steps, operation.value, (*at, "value"))
        try:
            _apply(result, operation)
        except PatchError as error:
            raise PatchError(("operations", index, *error.place), error.what, error.expected) from None
    made: Data = result
    return made


def _check_fields(item: Data, steps: Sequence[str], value: object, place: Place) -> None:
    """Raise ``PatchError`` for a field in ``value`` that objects of this kind cannot have at ``steps``."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_field(item, steps, key, (*place, key))
            _check_fields(item, (*steps, key), inner, (*place, key))


def _check_field(item: Data, steps: Sequence[str], field: str, place: Place) -> None:
    fields = fields_of(item["apiVersion"], item["kind"], steps)
    if fields is None or field in fields or (not steps and field == "apiVersion"):
        return
    where = ".".join(steps) or with_article(item["kind"])
    raise PatchError(place, f'no field "{field}" in {where}', nearest(field, fields))


def merged(target: Any, patch: Any) -> Any:
    """Return ``target`` with a merge patch applied."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _apply(document: Any, operation: Operation) -> None:
    steps = _steps(operation.path)
    match operation.op:
        case "add":
            _add(document, steps, copy.deepcopy(operation.value))
        case "replace":
            _get(document, steps)
            _put(document, steps, copy.deepcopy(operation.value))
        case "remove":
            _remove(document, steps)
        case "test":
            found = _get(document, steps)
            if json.dumps(found, sort_keys=True) != json.dumps(operation.value, sort_keys=True):
                raise PatchError(("value",), f"the object has {_shown(found)} at {operation.path}", "this value")
        case _:
            origin = _steps(operation.origin or "")
            try:
                value = copy.deepcopy(_get(document, origin))
                if operation.op == "move":
                    if steps[: len(origin)] == origin and steps != origin:
                        raise PatchError((), f"moves {operation.origin} into itself", "another path")
                    _remove(document, origin)
            except PatchError as error:
                raise PatchError(("from",) if error.place else (), error.what, error.expected) from None
            _add(document, steps, value)


def _steps(pointer: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _get(document: Any, steps: Sequence[str]) -> Any:
    node = document
    for depth, step in enumerate(steps):
        node = node[_key(node, step, steps[:depth])]
    return node


def _put(document: Any, steps: Sequence[str], value: Any) -> None:
    parent = _get(document, steps[:-1])
    parent[_key(parent, steps[-1], steps[:-1])] = value


def _remove(document: Any, steps: Sequence[str]) -> None:
    parent = _get(document, steps[:-1])
    del parent[_key(parent, steps[-1], steps[:-1])]


def _add(document: Any, steps: Sequence[str], value: Any) -> None:
    parent, last = _get(document, steps[:-1]), steps[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif isinstance(parent, list) and (last == "-" or last == str(len(parent))):
        parent.append(value)
    else:
        index = _key(parent, last, steps[:-1])
        parent.insert(index, value)


_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def _key(node: Any, step: str, above: Sequence[str]) -> Any:
    """Return the key or index of a step. Raises ``PatchError`` if it does not exist."""
    where = "/" + "/".join(one.replace("~", "~0").replace("/", "~1") for one in above) if above else "the object"
    if isinstance(node, dict):
        if step in node:
            return step
        expected = f"{nearest(step, node)}; a merge patch creates what is missing" if node else "a merge patch"
        raise PatchError(("path",), f'no "{step}" in {where}', expected)
    if isinstance(node, list):
        if _INDEX.fullmatch(step) and int(step) < len(node):
            return int(step)
        names = [f"{index} ({item['name']})" if _named(item) else str(index) for index, item in enumerate(node)]
        raise PatchError(
            ("path",),
            f'no item "{step}" in the list {where}',
            f"one of {', '.join(names)}" if names else "an item of it: the list is empty",
        )
    raise PatchError(("path",), f"{where} is {_shown(node)}, which has no fields", "a path that ends there")


def _named(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
