"""A cell: the argument that implements a feature on a cloud, or the reason why there is none."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

_PROOF = re.compile(r"(?P<type>[a-z][a-z0-9_]*)(?:\.(?P<path>[a-z0-9_.]+))?(?: (?P<relation>[=~]) (?P<value>.+))?")
_NOTED = re.compile(r"(?P<kind>no|always): (?P<reason>[^\[]+?)(?: \[(?P<proof>[^\]]+)\])?")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """``type.path = value`` in the stack (``~`` for a part of the text), or ``no`` or ``always`` with a reason."""

    kind: Literal["has", "no", "always"]
    reason: str = ""
    type: str = ""
    """Type of the resource; for ``no``, of a resource that must not exist."""
    path: str = ""
    """Dotted path of the argument, through lists."""
    relation: str = ""
    value: str = ""
    """Value of the argument, or a part of it; any by default."""

    @property
    def proof(self) -> str:
        """The expected argument, as written in the cell."""
        place = f"{self.type}.{self.path}" if self.path else self.type
        return f"{place} {self.relation} {self.value}" if self.relation else place

    @property
    def shown(self) -> str:
        """The cell in the table."""
        if self.kind == "has":
            return f"`{self.proof}`"
        return f"{self.kind}: {self.reason}"


def read_cell(text: str) -> Cell:
    """Parse a cell of the table's modules. Raises ``ValueError`` for an invalid one."""
    if noted := _NOTED.fullmatch(text):
        found = noted.groupdict()
        proof = _PROOF.fullmatch(found["proof"] or "")
        parts = {key: value or "" for key, value in proof.groupdict().items()} if proof else {}
        return Cell(kind="no" if found["kind"] == "no" else "always", reason=found["reason"], **parts)
    proof = _PROOF.fullmatch(text)
    if proof is None:
        raise ValueError(f"{text!r} is not a cell, expected a resource's argument, or no: or always: with a reason")
    return Cell(kind="has", **{key: value or "" for key, value in proof.groupdict().items()})


def proved(cell: Cell, resources: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> bool:
    """Return whether ``resources`` (of a stack's JSON: by type, then by name) contain what ``cell`` names."""
    named = resources.get(cell.type, {})
    if not cell.path:
        return bool(named)
    found = [text for body in named.values() for text in _values(body, cell.path.split("."))]
    match cell.relation:
        case "=":
            return cell.value in found
        case "~":
            return any(cell.value in text for text in found)
        case _:
            return bool(found)


def _values(body: Any, path: list[str]) -> Iterator[str]:
    if isinstance(body, list | tuple):
        for item in body:
            yield from _values(item, path)
    elif not path:
        yield body if isinstance(body, str) else json.dumps(body)
    elif isinstance(body, Mapping) and path[0] in body:
        yield from _values(body[path[0]], path[1:])
