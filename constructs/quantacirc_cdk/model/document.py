"""Read a YAML file into values that record their file and line.

The dialect is the core schema of YAML 1.2: ``no``, ``on`` and ``0123`` are text, and only ``true`` and ``false`` are
booleans (https://yaml.org/spec/1.2.2/#103-core-schema). Anchors, tags and a second document are refused. Environments
share values with ``extends``, so that ``qcdk show`` can print the file of each value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.reading import read_file
from quantacirc_cdk.text.controls import unusable

MAX_DEPTH = 40

Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]
Place = tuple[str | int, ...]
"""Keys and list indices from the top of a document."""

_TOO_DEEP = ("values nested too deeply", f"at most {MAX_DEPTH} levels")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}|0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_CONSTANTS = {"": None, "~": None, "null": None, "true": True, "false": False}
_LINE_BREAK = re.compile("[\x85\u2028\u2029]")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """A value of a document with its file and line."""

    value: "Scalar | list[Node] | dict[str, Node]"
    file: str
    line: int
    """Line of the key for a mapping's value, of the item for a list's."""

    def plain(self) -> Plain:
        """Return the value without files and lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def find(self, place: Place) -> "Node":
        """Return the node at ``place``, or the deepest one above it that exists."""
        return self._walk(place)[0]

    def depth(self, place: Place) -> int:
        """Return how many steps of ``place`` exist."""
        return self._walk(place)[1]

    def _walk(self, place: Place) -> "tuple[Node, int]":
        node = self
        for taken, step in enumerate(place):
            if isinstance(node.value, dict) and step in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                return node, taken
        return node, len(place)

    def leaves(self, place: Place = ()) -> "Iterator[tuple[Place, Node]]":
        """Yield every scalar, empty list and empty mapping, with its place."""
        if isinstance(self.value, dict) and self.value:
            for key, node in self.value.items():
                yield from node.leaves((*place, key))
        elif isinstance(self.value, list) and self.value:
            for index, node in enumerate(self.value):
                yield from node.leaves((*place, index))
        else:
            yield place, self


def read(path: Path, shown: str, *, pipes: bool = False) -> Node:
    """Return the mapping in the file at ``path``; messages use the name ``shown``.

    Raises ``ModelError`` with all problems: a missing, empty, binary or oversized file, a syntax error, duplicate keys,
    keys that are not text, anchors, aliases, tags, or nesting deeper than ``MAX_DEPTH``.
    """
    return parse(read_text(path, shown, pipes=pipes), shown)


def read_list(path: Path, shown: str) -> Node:
    """Return the list in the file at ``path``. Raises ``ModelError`` like ``read``."""
    return _Reader(shown, top=list).read(read_text(path, shown))


def parse(text: str, shown: str) -> Node:
    """Return the mapping in ``text``. Raises ``ModelError`` like ``read``."""
    return _Reader(shown).read(text)


def read_text(path: Path, shown: str, *, pipes: bool = False) -> str:
    """Return the text of the file at ``path``. Raises ``ModelError`` if it is missing, binary or oversized."""
    return decoded(read_file(path, shown, expected="a YAML file", pipes=pipes), shown)


def decoded(data: bytes, shown: str) -> str:
    """Decode ``data`` as UTF-8 text. Raises ``ModelError`` if it is not."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ModelError(Problem(file=shown, line=line, what="not text", expected="YAML in UTF-8")) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise ModelError(Problem(file=shown, line=line, what="a binary file", expected="YAML in UTF-8"))
    if found := _LINE_BREAK.search(text):
        line = text.count("\n", 0, found.start()) + 1
        what = f"the character U+{ord(found[0]):04X}, which only some programs treat as a line break"
        expected = f'a line break, or in double quotes the escape "\\u{ord(found[0]):04x}"'
        raise ModelError(Problem(file=shown, line=line, what=what, expected=expected))
    return text


class _Reader:
    """Builds nodes from parser events on an explicit stack, so that deep nesting cannot exhaust Python's call stack."""

    def __init__(self, file: str, top: "type[dict[str, Node]] | type[list[Node]]" = dict) -> None:
        self.file = file
        self.top = top
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self.open: list[Node] = []
        self.keys: list[tuple[str | None, int]] = []
        """For each open mapping the key awaiting its value; ``(None, 0)`` when a key comes next, or in a list."""

    def read(self, text: str) -> Node:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self.take(event)
        except yaml.YAMLError as error:
            self.syntax(error)
        expected = "a mapping of keys to values" if self.top is dict else "a list"
        if self.root is None and not self.problems:
            self.problem(1, "the file is empty", expected)
        elif self.root is not None and not isinstance(self.root.value, self.top):
            self.problem(self.root.line, f"found {describe(self.root.plain())}", expected)
        if self.root is None or self.problems:
            raise ModelError(self.problems)
        return self.root

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise self.stopped(line, "a second document", "one YAML document per file")
        if isinstance(event, yaml.AliasEvent):
            raise self.stopped(
                line, f"the alias *{event.anchor}", "the value itself; share values between environments with `extends`"
            )
        if isinstance(event, yaml.NodeEvent):
            if event.anchor is not None:
                raise self.stopped(
                    line,
                    f"the anchor &{event.anchor}",
                    "the value itself; share values between environments with `extends`",
                )
            tag = getattr(event, "tag", None)
            if tag not in (None, "!"):
                raise self.stopped(line, f"the tag {tag}", "a plain value")
            self.take_node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
            self.keys.pop()

    def take_node(self, event: yaml.NodeEvent, line: int) -> None:
        if isinstance(event, yaml.ScalarEvent) and (wrong := unusable(event.value)):
            self.problem(line, f"text with {wrong}", "text that all output formats can contain")
        awaiting_key = bool(self.open) and isinstance(self.open[-1].value, dict) and self.keys[-1][0] is None
        if awaiting_key:
            self.take_key(event, line)
            return
        if isinstance(event, yaml.ScalarEvent):
            self.place(Node(self.scalar(event), self.file, line))
            return
        node = Node({} if isinstance(event, yaml.MappingStartEvent) else [], self.file, line)
        self.place(node)
        if len(self.open) == MAX_DEPTH:
            raise self.stopped(line, *_TOO_DEEP)
        self.open.append(node)
        self.keys.append((None, 0))

    def take_key(self, event: yaml.NodeEvent, line: int) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise self.stopped(line, "a list or mapping as a key", "text as a key")
        key = self.scalar(event)
        siblings = self.open[-1].value
        if not isinstance(key, str):
            self.problem(line, f"{describe(key)} as a key", f'text as a key: quote it, "{event.value}"')
        elif isinstance(siblings, dict) and key in siblings:
            self.problem(line, "duplicate key", f"each key once; it is already on line {siblings[key].line}", key)
        self.keys[-1] = (str(event.value), line)

    def place(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1].value
        if isinstance(parent, list):
            parent.append(node)
        elif isinstance(parent, dict):
            key, line = self.keys[-1]
            node.line = line
            parent[str(key)] = node
            self.keys[-1] = (None, 0)

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text = event.value
        if event.style in ("'", '"', "|", ">") or event.tag == "!":
            return str(text)
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
            return float(text)
        return str(text)

    def syntax(self, error: yaml.YAMLError) -> None:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "a character that is not allowed"
        if what == "exceeded maximum nesting depth":  # libyaml has its own limit, and reads ahead of the events
            self.problem(line, *_TOO_DEEP)
        else:
            self.problem(line, f"not valid YAML: {what}", "YAML")

    def problem(self, line: int, what: str, expected: str, key: str = "") -> None:
        place = ".".join([*(k for k, _ in self.keys[:-1] if k is not None), *([key] if key else [])])
        self.problems.append(Problem(file=self.file, line=line, key=place, what=what, expected=expected))

    def stopped(self, line: int, what: str, expected: str) -> ModelError:
        """Return the error that stops reading: problems after this point would be misleading."""
        self.problem(line, what, expected)
        return ModelError(self.problems)


def describe(value: object) -> str:
    """Name a value the way a message should: ``the number 3``, ``"text"``, ``a list``."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            shown = value if len(value) <= 60 else f"{value[:57]}..."
            return f'"{shown}"'
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return type(value).__name__
