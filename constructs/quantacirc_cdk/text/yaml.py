"""YAML with the same meaning for all parsers.

Parsers disagree on unquoted words: go-yaml (kubectl, helm, Argo CD) reads ``0o022``, ``0B1`` and ``0X1F`` as numbers;
YAML 1.1 (PyYAML, Compose) does not read ``1:30``, ``on`` and ``=`` as text; YAML 1.2 (ruamel) reads ``0o17`` as a
number. They also disagree on line ends: some treat U+0085 and U+2028 as such. Ambiguous text is therefore written in
double quotes with escapes.
"""

import json
import re
from functools import lru_cache
from typing import Any

import yaml

_PLAIN = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./@+=$%()-]*(:[A-Za-z0-9_./@+=$%()-]+)*( [A-Za-z0-9_./@+=$%(-][A-Za-z0-9_./@+=$%()-]*)*"
)
_NAMES = "|".join(
    "".join(f"[{one}{one.upper()}]" for one in word) for word in "y n yes no on off true false null".split()
)
_INFINITE = r"[-+]?\.?(?:[nN][aA][nN]|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?)"
_INTEGER = r"[-+]?(?:0[xX][0-9A-Fa-f_]*|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_,]*)"
_FLOAT = r"[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9_]+)?|[-+]?0[xX][0-9A-Fa-f_.]+(?:[pP][-+]?[0-9]+)?"
_BASE_60 = r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"
_UNDERSCORED = r"[-+]?_*0_*[xXoObB][0-9A-Fa-f_]*|[-+]_[0-9_.]*(?:[eE][-+]?[0-9_]*)?"
"""go-yaml removes all underscores before it parses a number."""
_DATE = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?"
_TAB = r"[^\n]*\t[^\n]*|[\n ]*\t[\s\S]*"
"""PyYAML refuses tabs in unquoted text, and go-yaml at the start of a block."""
_BLANK = r"[\n ]*(?: \n|\n )[\n ]*|(?=[\s\S]*\n \n)[\s\S]*\n[ \t]+"
"""A block that contains only blanks has no line from which a parser could see its indentation. In quotes over several
lines, cdk8s escapes a line of one blank twice."""
OTHER = "|".join((_NAMES, _INFINITE, "~|=|<<", _INTEGER, _FLOAT, _BASE_60, _UNDERSCORED, _DATE, _TAB, _BLANK))
"""Pattern of text that some parser does not read as text; valid in Python and in JavaScript."""
_OTHER = re.compile(OTHER)
UNPRINTABLE = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\ufeff\ufffe\uffff\u2028\u2029"
_UNPRINTABLE = re.compile(f"[{UNPRINTABLE}]")


def ambiguous(text: str) -> bool:
    """Return whether a parser could read ``text``, unquoted or as a block, as something else."""
    return bool(_OTHER.fullmatch(text) or _UNPRINTABLE.search(text))


@lru_cache(maxsize=8192)
def scalar(text: str) -> str:
    """Return a string on one line: unquoted if it is unambiguous, else in double quotes."""
    return text if _PLAIN.fullmatch(text) and not ambiguous(text) else quoted(text)


def quoted(text: str) -> str:
    """Return a string in double quotes, on one line."""
    return escaped(json.dumps(text, ensure_ascii=False))


def escaped(line: str) -> str:
    """Return the content of a double-quoted string, with escapes for all characters that parsers treat differently."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def dump(data: Any, *, width: int = 120, indent_items: bool = False, sort_keys: bool = False) -> str:
    """Return a document with keys in the given order or sorted, multi-line text as blocks, and no aliases.

    ``indent_items`` indents the items of a list below its key, as is usual in pipelines.
    """
    dumper = _Indented if indent_items else _Dumper
    text: str = yaml.dump(data, Dumper=dumper, sort_keys=sort_keys, width=width, allow_unicode=True)
    return text


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


class _Indented(_Dumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _UNPRINTABLE.search(text) else "'" if ambiguous(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)
