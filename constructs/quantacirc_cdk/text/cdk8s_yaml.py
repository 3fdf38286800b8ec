"""YAML with the bytes that cdk8s writes, and with quotes and escapes where readers differ, as ``yaml_writer.js`` does.

The rules for texts are those of the library ``yaml`` 2 in YAML 1.1, without a limit for the length of lines
(https://github.com/eemeli/yaml). Each distinct text and key is written once.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.text.javascript import UnusualError, number
from quantacirc_cdk.text.yaml import ambiguous, escaped

LONGEST_KEY = 1000
"""Longer keys begin with ``? ``."""
_FOLDED_FROM = 40
"""Length from which a text in double quotes continues on further lines."""
_INDENT = "  "


def document(data: Mapping[str, Any]) -> str:
    """Return the YAML text of a mapping as ``as_in_javascript`` returns it. Raises ``UnusualError``."""
    if not data:
        return "{}\n"
    parts: list[str] = []
    _add_fields(parts, data, "", "")
    parts.append("\n")
    if _marked and _escaped:
        texts = {*_texts_in(data)}
        if texts & _marked and texts & _escaped:  # The library lays out the whole document, and folds no text.
            raise UnusualError(data)
    return "".join(parts)


def _texts_in(value: Any) -> Iterator[str]:
    """Yield all keys and texts."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts_in(item)


def _add_fields(parts: list[str], data: Mapping[str, Any], before: str, indent: str) -> None:
    """Append the lines of a map; ``before`` the first is what follows the dash of a list."""
    for key, value in data.items():
        written = _keys.get(key)
        if written is None:
            written = _keys[key] = _written_key(key)
        parts.append(before)
        parts.append(written)
        _add(parts, value, f"{indent}{_INDENT}")
        before = f"\n{indent}"


def _add_items(parts: list[str], items: list[Any], before: str, indent: str) -> None:
    for item in items:
        parts.append(f"{before}-")
        if type(item) is dict and item:
            _add_fields(parts, item, " ", f"{indent}{_INDENT}")
        elif type(item) is list and item:
            _add_items(parts, item, " ", f"{indent}{_INDENT}")
        else:
            _add(parts, item, f"{indent}{_INDENT}")
        before = f"\n{indent}"


def _add(parts: list[str], value: Any, indent: str) -> None:
    """Append what follows a key or a dash."""
    kind = type(value)
    if kind is str:
        text = _texts.get(value)
        if text is None:
            text = _texts[value] = f" {_scalar(value)}"
        if "\n" in text and indent != _INDENT:
            text = _NEXT_LINE.sub(f"\n{indent[2:]}", text)
        parts.append(text)
    elif kind is dict:
        if value:
            _add_fields(parts, value, f"\n{indent}", indent)
        else:
            parts.append(" {}")
    elif kind is list:
        if value:
            _add_items(parts, value, f"\n{indent}", indent)
        else:
            parts.append(" []")
    elif kind is bool:
        parts.append(" true" if value else " false")
    elif kind is int:
        parts.append(f" {value}")
    elif kind is float:
        parts.append(f" {number(value)}")
    else:
        parts.append(" null")


_NEXT_LINE = re.compile(r"\n(?=[^\n])")
_keys: dict[str, str] = {}
_texts: dict[str, str] = {}
_marked: set[str] = set()
"""Texts that the library quotes or not, depending on the indentation."""
_escaped: set[str] = set()
"""Texts that readers could take for something else."""
_DOCUMENT_MARKER = re.compile(r"^(?:%|---|\.\.\.)", re.MULTILINE)
_HALF = re.compile("[\ud800-\udfff]")


def _written_key(key: str) -> str:
    written = f"{_scalar(key, key=True)}:"
    if not key or _length(written) > LONGEST_KEY or "\n" in key or _DOCUMENT_MARKER.match(key):
        raise UnusualError(key)
    return written


def _length(text: str) -> int:
    """Return the length of a text in JavaScript."""
    return len(text.encode("utf-16-le")) // 2


_NOT_PLAIN = re.compile(
    r"""^[\n\t ,\[\]{}#&*!|>'"%@`]|^[?-]\Z|^[?-][ \t]|[\n:][ \t]|[ \t]\n|[\n\t ]#|[\n\t :]\Z""",
)
_OTHER = re.compile(r"|[-+]?(?:[0-9][0-9_]*)?\.[0-9_]*|[-+]?(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?[eE][-+]?[0-9]+")
"""Other texts that the library itself does not read as text."""


def _scalar(text: str, *, key: bool = False) -> str:
    """Return a text as a value in the outermost map, or as a key."""
    if _HALF.search(text):
        raise UnusualError(text)
    if _DOCUMENT_MARKER.search(text):
        _marked.add(text)
    if ambiguous(text):
        _escaped.add(text)
        return escaped(_double_quoted(text, folded=False))
    if _NOT_PLAIN.search(text):
        return _block(text) if "\n" in text else _quoted(text, key=key)
    if "\n" in text:
        return _block(text)
    return _quoted(text, key=key) if _OTHER.fullmatch(text) else text


def _quoted(text: str, *, key: bool = False) -> str:
    single = '"' in text and "'" not in text and not re.search(r"[ \t]\n|\n[ \t]", text)
    if not single:
        return _double_quoted(text, folded=not key)
    return f"'{_LINE_ENDS.sub(_twice_and_indented, text)}'"


_LINE_ENDS = re.compile(r"\n+")


def _twice_and_indented(found: re.Match[str]) -> str:
    return f"{found[0]}\n{_INDENT}"


def _indented(found: re.Match[str]) -> str:
    return f"{found[0]}{_INDENT}"


_SHORT = {"\\u0000": "\\0", "\\u0007": "\\a", "\\u000b": "\\v", "\\u001b": "\\e"}


def _double_quoted(text: str, *, folded: bool) -> str:
    """Return a text in double quotes; with ``folded``, a long one has its line ends as empty lines."""
    quoted = json.dumps(text, ensure_ascii=False)
    if "\\" not in quoted:
        return quoted
    folded = folded and _length(quoted) >= _FOLDED_FROM
    parts, at = [], 0
    while at < len(quoted):
        if quoted.startswith(" \\n", at):
            parts.append("\\ ")
            at += 1
        escape = quoted[at : at + 2]
        if escape == "\\u":
            escape = quoted[at : at + 6]
            parts.append(_SHORT.get(escape, f"\\x{escape[4:]}"))
        elif escape == "\\n" and folded and quoted[at + 2] != '"':
            parts.append("\n\n")
            while quoted.startswith("\\n", at + 2) and quoted[at + 4] != '"':
                parts.append("\n")
                at += 2
            parts.append(_INDENT)
            if quoted[at + 2] == " ":
                parts.append("\\")
        elif not escape.startswith("\\"):
            escape = escape[0]
            parts.append(escape)
        else:
            parts.append(escape)
        at += len(escape)
    return "".join(parts)


_BLOCK_END = re.compile(r"(?:\A|(?<!\n))\n+(?!\n|\Z)")


def _block(text: str) -> str:
    """Return a text of several lines as a block."""
    if re.search(r"\n[\t ]+\Z", text):
        return _quoted(text)
    value = text.rstrip("\n\t ")
    end = text[len(value) :]
    if "\n" not in end:
        chomp = "-"
    elif text == end or end.index("\n") != len(end) - 1:
        chomp = "+"
    else:
        chomp = ""
    end = _BLOCK_END.sub(_indented, end.removesuffix("\n"))
    content = value.lstrip(" \n")
    start = value[: len(value) - len(content)]
    explicit = "2" if " " in start else ""
    start = start[: start.rfind("\n") + 1]
    content = value[len(start) :]
    return f"|{explicit}{chomp}\n{_INDENT}{_LINE_ENDS.sub(_indented, start)}{_LINE_ENDS.sub(_indented, content)}{end}"
