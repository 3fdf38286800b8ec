"""Patches: changes to single objects of the output, for fields without a key in the model."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from quantacirc_cdk.errors import Problem, nearest
from quantacirc_cdk.limits import formats, kubernetes, kubernetes_names
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.document import Node, Place
from quantacirc_cdk.model.problems import dotted, problem_at
from quantacirc_cdk.model.values import Name

NEEDS_VALUE = frozenset({"add", "replace", "test"})
NEEDS_FROM = frozenset({"copy", "move"})


class Operation(Section):
    """One operation of a JSON patch (RFC 6902)."""

    model_config = ConfigDict(serialize_by_alias=True)

    op: Literal["add", "copy", "move", "remove", "replace", "test"]
    """Operation. `test` fails the synthesis if the object has another value."""
    path: formats.JsonPointer
    """JSON pointer to the changed field, `/spec/template/spec/containers/0/image`. Write `~1` for a slash within a key
    and `~0` for a tilde; `-` is the end of a list."""
    value: Any = None
    """The value, for add, replace and test."""
    origin: Annotated[formats.JsonPointer | None, Field(alias="from")] = None
    """JSON pointer to the field that is copied or moved."""


class Patch(Section):
    """A change to one object."""

    kind: kubernetes_names.ObjectKind
    """Kind of the object, such as Deployment."""
    name: kubernetes.RoleName
    """Name of the object; for a Job, without the hash at its end."""
    merge: dict[str, Any] = {}
    """Merge patch (RFC 7386): mappings merge, null removes, any other value replaces."""
    operations: list[Operation] = []
    """JSON patch (RFC 6902), applied in order; instead of `merge`."""
    reason: str = ""
    """Reason; shown in the report."""


class SystemPatch(Patch):
    """A change to one object, in all or some environments."""

    environments: list[Name] = []
    """Environments to patch; by default, every environment that has the object, and at least one must."""


def patch_problems(patches: Mapping[str, Patch], root: Node) -> Iterator[Problem]:
    """Yield the problems of a document's patches."""
    for title, patch in patches.items():
        place: Place = ("patches", title)
        if bool(patch.merge) == bool(patch.operations):
            what = (
                "a patch without `merge` and `operations`"
                if not patch.merge
                else "a patch with both `merge` and `operations`"
            )
            yield problem_at(root, place, what, "one of them")
        yield from _identity(patch, place, root)
        for index, operation in enumerate(patch.operations):
            yield from _operation(operation, (*place, "operations", index), root)


def unknown_environments(
    patches: Mapping[str, SystemPatch], known: Mapping[str, object], root: Node
) -> Iterator[Problem]:
    """Yield unknown environments in patches."""
    for title, patch in patches.items():
        for index, name in enumerate(patch.environments):
            if name not in known:
                place = ("patches", title, "environments", index)
                yield problem_at(root, place, f'no environment "{name}"', nearest(name, known))


_IDENTITY = re.compile(r"/(kind|metadata/(name|namespace))")


def _identity(patch: Patch, place: Place, root: Node) -> Iterator[Problem]:
    """Yield a change of an object's kind, name or namespace, by which other objects refer to it."""
    expected = "a patch of other fields than kind, name and namespace; to add an object, use Python"
    metadata = patch.merge.get("metadata")
    changed: list[Place] = [("kind",)] if "kind" in patch.merge else []
    changed += [("metadata", key) for key in ("name", "namespace") if isinstance(metadata, dict) and key in metadata]
    for key in changed:
        yield problem_at(root, (*place, "merge", *key), f"changes {dotted(key)}", expected)
    for index, one in enumerate(patch.operations):
        if one.op != "test" and _IDENTITY.fullmatch(one.path):
            yield problem_at(root, (*place, "operations", index, "path"), f"changes {one.path}", expected)


def _operation(operation: Operation, place: Place, root: Node) -> Iterator[Problem]:
    said = operation.model_fields_set
    if operation.op in NEEDS_VALUE and "value" not in said:
        yield problem_at(root, place, f"{operation.op} without a value", "`value`")
    if operation.op not in NEEDS_VALUE and "value" in said:
        yield problem_at(root, (*place, "value"), f"{operation.op} with a value", "no `value`")
    if operation.op in NEEDS_FROM and operation.origin is None:
        yield problem_at(root, place, f"{operation.op} without its origin", "`from`")
    if operation.op not in NEEDS_FROM and operation.origin is not None:
        yield problem_at(root, (*place, "from"), f"{operation.op} with an origin", "no `from`")
    if operation.op in ("add", "replace") and "value" in said and _has_null(operation.value):
        what = "null, which Kubernetes treats as an absent field"
        yield problem_at(root, (*place, "value"), what, "a value, or the operation `remove`")


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_null, value.values()))
    return value is None or (isinstance(value, list) and any(map(_has_null, value)))
