"""Compare two objects field by field. Lists of named items are compared by name, not by position."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.errors import OutputError, Problem, QuantacircError
from quantacirc_cdk.limits.quantity import parse_quantity

Json = dict[str, Any]
Path = tuple[str, ...]

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "absent", "__slots__": ()})()
"""A missing field. ``None`` is not used, because a manifest can contain ``null``."""

NAMES = (
    "name",
    "mountPath",
    "devicePath",
    "containerPort",
    "port",
    "topologyKey",
    "host",
    "path",
    "ip",
    "key",
    "secretKey",
)
"""Fields that identify list items; the first one that all items have, with different values, is used
(https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md).
"""


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """A field that differs, and the two objects."""

    path: Path
    """Steps from the root of the object; empty for the object as a whole."""
    before: Any
    """Value, or ``ABSENT``."""
    after: Any
    """Value, or ``ABSENT``."""
    old: Json
    """The whole object before; empty for a new one."""
    new: Json
    """The whole object after; empty for a removed one."""

    @property
    def field(self) -> str:
        """The path in dotted form."""
        shown = (f'"{step}"' if "." in step and not is_index(step) else step for step in self.path)
        return ".".join(shown).replace(".[", "[")

    @property
    def added(self) -> bool:
        """Whether the field is new."""
        return self.before is ABSENT

    @property
    def removed(self) -> bool:
        """Whether the field was removed."""
        return self.after is ABSENT


def is_index(step: str) -> bool:
    """Return whether a step is the number or the name of a block of Terraform: ``0``, ``[web]``."""
    return step.isdecimal() or (step.startswith("[") and step.endswith("]"))


def compare(old: Json, new: Json) -> list[FieldChange]:
    """Return the fields that differ, in the order of their paths."""
    found = [
        FieldChange(path=path, before=before, after=after, old=old, new=new)
        for path, before, after in differences((), old, new)
    ]
    return sorted(found, key=lambda change: change.path)


@contextmanager
def in_form(place: str) -> Iterator[None]:
    """Report data in ``place`` without the form of its kind, which the rules read: others may have written it.

    Raises ``OutputError``.
    """
    try:
        yield
    except QuantacircError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        what = f"an object without the form of its kind ({type(error).__name__}: {error})"
        raise OutputError(Problem(file=place, what=what, expected="what its API accepts")) from error


def look_up(value: Any, *path: str, default: Any = None) -> Any:
    """Return the value at ``path`` in nested mappings; ``default`` if a step is missing."""
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return default
        value = value[step]
    return default if value is None else value


def differences(path: Path, before: Any, after: Any) -> Iterator[tuple[Path, Any, Any]]:
    """Yield the path below ``path``, and both values, of each part that differs."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}, key=str):
            yield from differences((*path, str(key)), before.get(key, ABSENT), after.get(key, ABSENT))
    elif isinstance(before, list) and isinstance(after, list) and (name := _name(before, after)):
        old, new = _by(name, before), _by(name, after)
        yield from differences(path, old, new)
        if [key for key in old if key in new] != [key for key in new if key in old]:
            yield path, before, after  # The API keeps the order, and another order is a different pod template.
    elif not _same(before, after) and not _same_amount(path, before, after):
        yield path, before, after


_AMOUNTS = frozenset({"capacity", "default", "defaultRequest", "hard", "limits", "max", "min", "requests"})
"""Fields with quantities as entries."""


def _same_amount(path: Path, before: Any, after: Any) -> bool:
    """Return whether two values are the same quantity, such as ``10m`` and ``0.01``."""
    if not (path[-2:-1] and path[-2] in _AMOUNTS) and path[-1:] != ("sizeLimit",):
        return False
    try:
        return parse_quantity(str(before)) == parse_quantity(str(after))
    except ValueError:
        return False


def _same(before: Any, after: Any) -> bool:
    """Return whether two values are equal in JSON, where ``1`` and ``true`` differ."""
    if before is ABSENT or after is ABSENT:
        return before is after
    return before == after and json.dumps(before, sort_keys=True, default=str) == json.dumps(
        after, sort_keys=True, default=str
    )


def _name(*lists: Sequence[Any]) -> str | None:
    items = [item for values in lists for item in values]
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    for name in NAMES:
        if all(name in item for item in items) and all(len(_by(name, values)) == len(values) for values in lists):
            return name
    if all(isinstance(look_up(item, "metadata", "name"), str) for item in items):
        return "metadata"
    return None


def _by(name: str, items: Sequence[Json]) -> Json:
    return {_key(name, item): item for item in items}


def _key(name: str, item: Json) -> str:
    if name == "metadata":
        return str(item["metadata"]["name"])
    if name in ("containerPort", "port") and "protocol" in item:
        return f"{item[name]}/{item['protocol']}"
    return str(item[name])
