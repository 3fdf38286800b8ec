"""Read third-party YAML: several documents, aliases and merge keys; every value has a file and line.

Words and numbers are those of YAML 1.2, as in the model, but ``0644`` is octal, as in go-yaml.
"""

import re
from pathlib import Path

import yaml

from quantacirc_cdk.errors import ModelError, Problem
from quantacirc_cdk.model.document import MAX_DEPTH, Node, Scalar, decoded
from quantacirc_cdk.reading import MAX_JSON_BYTES, MAX_VALUES, read_file

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})|0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_OCTAL = re.compile(r"0[0-7]{1,20}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?")
_CONSTANTS: dict[str, Scalar] = {"": None, "~": None, "true": True, "false": False}
_CONSTANTS |= dict.fromkeys(("null", "Null", "NULL")) | {"True": True, "TRUE": True, "False": False, "FALSE": False}
OVERRIDE, RESET = "!override", "!reset"
"""Tags of Compose that replace a value of an earlier file, and that remove it."""
SUFFIXES = (".yaml", ".yml", ".json")


def read_sources(paths: list[Path]) -> list[Node]:
    """Return all documents of these files and folders, in order.

    Raises ``ModelError`` with all problems of all files.
    """
    problems: list[Problem] = []
    found: list[Node] = []
    for path in paths:
        for file in _files(path):
            try:
                found += read_documents(file)
            except ModelError as error:
                problems += error.problems
    if problems:
        raise ModelError(problems)
    if not found:
        names = ", ".join(map(str, paths))
        raise ModelError(Problem(file=names, what="no document", expected="files that end in .yaml, .yml or .json"))
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())


def read_documents(path: Path) -> list[Node]:
    """Return the documents of a file that are not empty."""
    shown = str(path)
    text = decoded(read_file(path, shown, expected="a YAML file", limit=MAX_JSON_BYTES, pipes=True), shown)
    reader = _Reader(shown)
    try:
        nodes = [node for node in yaml.compose_all(text, Loader=_LOADER) if node is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "a character that is not allowed"
        line = mark.line + 1 if mark else 1
        raise ModelError(Problem(file=shown, line=line, what=f"not valid YAML: {what}", expected="YAML")) from None
    found = [reader.node(node, node.start_mark.line + 1, 0) for node in nodes]
    return [node for node in found if node.value is not None]


class _Reader:
    def __init__(self, file: str) -> None:
        self.file, self.count = file, 0

    def node(self, node: yaml.Node, line: int, depth: int) -> Node:
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_VALUES:
            expected = f"at most {MAX_DEPTH} levels and {MAX_VALUES:,} values, aliases expanded"
            raise self.refused(line, "too many values, or values nested too deeply", expected)
        if node.tag in (OVERRIDE, RESET):
            tag, node.tag = node.tag, ""
            return Node({tag: self.node(node, line, depth + 1)}, self.file, line)
        if isinstance(node, yaml.ScalarNode):
            return Node(self.scalar(node), self.file, line)
        if isinstance(node, yaml.SequenceNode):
            return Node([self.node(one, one.start_mark.line + 1, depth + 1) for one in node.value], self.file, line)
        found: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key, value in node.value:
            place = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise self.refused(place, "a list or mapping as a key", "text as a key")
            if key.value == "<<" and not key.style:
                merged = {**self.merged(value, place, depth), **merged}
            elif key.value in found:
                raise self.refused(place, f'the key "{key.value}" is set twice', "each key once")
            else:
                found[key.value] = self.node(value, place, depth + 1)
        return Node({**merged, **found}, self.file, line)

    def merged(self, value: yaml.Node, line: int, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            node = self.node(one, line, depth + 1)
            if not isinstance(node.value, dict):
                raise self.refused(line, "a merge key without a mapping", "`<<` with mappings")
            found = {**node.value, **found}
        return found

    def scalar(self, node: yaml.ScalarNode) -> Scalar:
        text = str(node.value)
        if node.style or node.tag == "!":  # libyaml returns "" where PyYAML returns None.
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            return int(text, 0)
        if _OCTAL.fullmatch(text):
            return int(text, 8)
        if _FLOAT.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
            return float(text)
        return text

    def refused(self, line: int, what: str, expected: str) -> ModelError:
        return ModelError(Problem(file=self.file, line=line, what=what, expected=expected))
