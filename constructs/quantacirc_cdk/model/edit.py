"""Change values of a YAML file in place, without changing any other byte.

Loading and dumping the file would move comments and change alignment. Instead, new values are inserted at the positions
that the parser reports. The result is parsed again, and must contain exactly the requested values.
"""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import yaml

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.model.document import Place, Plain, parse, read_text
from quantacirc_cdk.model.problems import dotted
from quantacirc_cdk.text.yaml import ambiguous, quoted

MAX_LINE = 120


class Removed:
    """In place of a value: remove the key. (A null would stay, and cancel an inherited value.)"""


REMOVED = Removed()
Changes: TypeAlias = Mapping[Place, "Plain | Removed"]
"""The new value of each place; a place is made of keys, not of list indices, and missing parents are created."""


def edit(path: Path, shown: str, changes: Changes) -> bool:
    """Apply all ``changes`` to the file at ``path``, or none; return whether the text changes.

    Messages use the name ``shown``. Raises ``ModelError`` if the file cannot be read or changed.
    """
    old = read_text(path, shown)
    new = edited(old, shown, changes)
    if new != old:
        replace(path, new)
    return new != old


def edited(text: str, shown: str, changes: Changes) -> str:
    """Return the YAML ``text`` with ``changes`` applied. Raises ``ModelError`` if that is not possible."""
    wanted = parse(text, shown).plain()
    for place, value in changes.items():
        wanted = assigned(wanted, place, value)
        text = _Editor(text).assign(place, value)
    if parse(text, shown).plain() != wanted:
        key = ", ".join(dotted(place) for place in changes)
        raise ModelError(
            Problem(
                file=shown, key=key, what="a layout that cannot be edited automatically", expected="a change by hand"
            )
        )
    return text


def replace(path: Path, content: str | bytes) -> None:
    """Replace the content of ``path`` atomically, and keep the file's mode; a new file has the usual one."""
    target = path.resolve()
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:200]}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def assigned(document: Plain, place: Place, value: "Plain | Removed") -> Plain:
    """Return the document with ``value`` assigned at ``place``, as ``edited`` writes it."""
    if not place:
        return None if isinstance(value, Removed) else value
    entries = document if isinstance(document, dict) else {}
    key = str(place[0])
    if isinstance(value, Removed) and (key not in entries or len(place) == 1):
        return {name: entry for name, entry in entries.items() if name != key} if entries else document
    return {**entries, key: assigned(entries.get(key), place[1:], value)}


Entry: TypeAlias = tuple[yaml.Node, yaml.Node]


class _Editor:
    """A YAML text and the positions of its values."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def assign(self, place: Place, value: "Plain | Removed") -> str:
        """Return the text with ``value`` at ``place``."""
        steps = [str(step) for step in place]
        node = yaml.compose(self.text, Loader=yaml.SafeLoader)
        parent, found = node, None
        while steps and isinstance(node, yaml.MappingNode):
            entry = next((entry for entry in node.value if entry[0].value == steps[0]), None)
            if entry is None:
                break
            parent, node, found = node, entry[1], entry
            del steps[0]
        assert isinstance(parent, yaml.MappingNode), "a document's top is a mapping"  # noqa: S101
        if isinstance(value, Removed):
            return self.text if steps or found is None else self._without(parent, found)
        if steps and isinstance(node, yaml.MappingNode) and (found is None or node.value):
            return self._with(node, steps[0], _nested(steps[1:], value))
        assert found is not None  # noqa: S101
        return self._replaced(parent, found, _nested(steps, value), place[: len(place) - len(steps)])

    def _replaced(self, parent: yaml.MappingNode, entry: Entry, value: Plain, place: Place) -> str:
        key, node = entry
        if isinstance(node, yaml.MappingNode) and isinstance(value, dict) and value and not node.flow_style:
            return self._reconciled(node, value, place)
        start, end = node.start_mark.index, self._end(node)
        if start == end:  # The key has no value.
            start = end = self.text.index(":", key.end_mark.index) + 1
        name = self.text[key.start_mark.index : key.end_mark.index]
        text = self._value(name, value, key.start_mark.column, flow=bool(parent.flow_style))
        if "\n" in self.text[key.end_mark.index : start] and not parent.flow_style:  # It starts below its key.
            colon = self.text.index(":", key.end_mark.index) + 1
            comments = self.text[colon:start].rstrip()
            text = f"{comments}{text}" if text.startswith(self.newline) else f"{text}{comments}"
            return self.text[:colon] + text + self.text[end:]
        return self.text[:start].rstrip(" ") + text + self.text[end:]

    def _reconciled(self, node: yaml.MappingNode, value: dict[str, Plain], place: Place) -> str:
        """Make the entries of a block mapping those of ``value``, and keep the comments between them."""
        text = self.text
        for key, entry in value.items():
            text = _Editor(text).assign((*place, key), entry)
        for name, _ in node.value:
            if name.value not in value:
                text = _Editor(text).assign((*place, name.value), REMOVED)
        return text

    def _with(self, node: yaml.MappingNode, key: str, value: Plain) -> str:
        """Append an entry to a mapping."""
        if node.flow_style:
            if not node.value:
                inside = f"{{ {_scalar(key)}: {inline(value)} }}"
                return self.text[: node.start_mark.index] + inside + self.text[node.end_mark.index :]
            end = self._end(node.value[-1][1])
            return f"{self.text[:end]}, {_scalar(key)}: {inline(value)}{self.text[end:]}"
        column = node.value[0][0].start_mark.column
        end = self._line_end(self._end(node))
        mappings = [sibling for _, sibling in node.value if isinstance(sibling, yaml.MappingNode)]
        like_siblings = bool(mappings) and not mappings[-1].flow_style
        line = self._line(key, value, column, as_block=like_siblings)
        return f"{self.text[:end]}{self.newline}{line}{self.text[end:]}"

    def _without(self, node: yaml.MappingNode, entry: Entry) -> str:
        """Remove an entry from a mapping, with its trailing comment."""
        if len(node.value) == 1:
            return f"{self.text[: node.start_mark.index]}{{}}{self.text[self._end(node) :]}"
        index = node.value.index(entry)
        start, end = entry[0].start_mark.index, self._end(entry[1])
        if not node.flow_style:
            start = self.text.rfind("\n", 0, start) + 1
            end = min(self._line_end(end) + len(self.newline), len(self.text))
        elif index:
            start = self._end(node.value[index - 1][1])
        else:
            end = node.value[1][0].start_mark.index
        return self.text[:start] + self.text[end:]

    def _end(self, node: yaml.Node) -> int:
        """Return the end of a node's text. The parser reports the end of a block after the blank lines that follow
        it.
        """
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        end: int = node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
            return len(self.text[:end].rstrip("\r\n "))
        return end

    def _line_end(self, index: int) -> int:
        end = self.text.find(self.newline, index)
        return len(self.text) if end < 0 else end

    def _line(self, key: str, value: Plain, column: int, *, as_block: bool = False) -> str:
        name = _scalar(key)
        return f"{' ' * column}{name}:{self._value(name, value, column, flow=False, as_block=as_block)}"

    def _value(self, name: str, value: Plain, column: int, *, flow: bool, as_block: bool = False) -> str:
        """Return a value as text after the colon of the key ``name`` in ``column``: on the same line if it fits.

        ``flow`` keeps it there, and ``as_block`` gives each entry of a mapping a line.
        """
        text = inline(value)
        if flow or not isinstance(value, dict) or not value:
            return f" {text}"
        fits = column + len(name) + len(": ") + len(text) <= MAX_LINE
        if fits and not as_block and not any(isinstance(entry, dict) for entry in value.values()):
            return f" {text}"
        return "".join(f"{self.newline}{self._line(key, entry, column + 2)}" for key, entry in value.items())


def _nested(keys: list[str], value: Plain) -> Plain:
    for key in reversed(keys):
        value = {key: value}
    return value


_PLAIN = re.compile(r"[A-Za-z0-9_./@][-A-Za-z0-9_./@+:]*(?<!:)")


def inline(value: Plain) -> str:
    """Return a value on one line."""
    if isinstance(value, dict):
        inside = ", ".join(f"{_scalar(key)}: {inline(entry)}" for key, entry in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(inline, value))}]"
    return _scalar(value)


def _scalar(value: "str | int | float | bool | None") -> str:
    """Return a scalar as YAML. Text is quoted if any YAML version would read it as something else."""
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _PLAIN.fullmatch(value) and not ambiguous(value) else quoted(value)
