"""The table of environments and parameters from ``helm.parity``, as text, Markdown or JSON."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from quantacirc_cdk.report.grouping import differences
from quantacirc_cdk.text.markdown import code, table, text
from quantacirc_cdk.text.terminal import printable

Json = dict[str, Any]

UNDECLARED = "undeclared: neither a rule nor an environment's file explains it"

WIDTH = 90
"""Maximum length of a value on a terminal."""


def as_json(found: Json) -> str:
    """Return the table as JSON."""
    return json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def as_text(found: Json) -> str:
    """Return the table for a terminal: each parameter with its reason, and its values."""
    lines = [summary(found)]
    for row in map(_cells, found["parameters"]):
        reason = UNDECLARED if row["undeclared"] else row["reason"]
        lines += ["", f"{row['path']}" + (f": {reason}" if reason else "")]
        lines += [f"  {names:<24} {_short(value)}" for names, value in _by_value(row, found["environments"])]
    return "\n".join(lines) + "\n"


def as_markdown(found: Json) -> str:
    """Return the table as a document: a row for each single value, like components grouped."""
    names = found["environments"]
    rows = [
        [
            code(one.shown) + (f" of {', '.join(map(code, one.sections))}" if len(one.paths) > 1 else ""),
            *(code(one.values[name]) for name in names),
            text(one.reason) or UNDECLARED * one.undeclared,
        ]
        for one in differences(found)
    ]
    head = f"# Parity\n\n{summary(found)}\n"
    if not rows:
        return head
    return f"{head}\n{table(['parameter', *names, 'why it may differ'], rows)}"


FORMATS = {"text": as_text, "json": as_json, "markdown": as_markdown}


def summary(found: Json) -> str:
    """Return in how many parameters the environments differ."""
    names, shown = found["environments"], len(found["parameters"])
    differing = sum(map(_differs, found["parameters"]))
    undeclared = sum(row["undeclared"] for row in found["parameters"])
    said = f"{', '.join(names)}: the manifests differ in {differing} of {found['declared']} parameters, "
    said += f"{undeclared} of them undeclared." if undeclared else "all of them declared, and in nothing else."
    if found["without_values"]:
        said += f" Of {', '.join(found['without_values'])}, only the differences have values."
    return said if shown == differing else f"{said} All of them are shown."


def _cells(row: Json) -> Json:
    """Return a row in which mappings contain only the keys that differ."""
    values = row["values"]
    if not _differs(row) or not all(isinstance(value, dict) for value in values.values()):
        return row
    flat = {name: dict(_leaves(value)) for name, value in values.items()}
    some = next(iter(flat.values()))
    same = {key for key in some if all(each.get(key, _NOTHING) == some[key] for each in flat.values())}
    cells = {
        name: ", ".join(f"{key}: {_plain(value)}" for key, value in each.items() if key not in same)
        for name, each in flat.items()
    }
    return {**row, "values": cells}


_NOTHING = object()


def _leaves(node: Json, path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        inner = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield from _leaves(value, inner)
        else:
            yield inner, value


def _plain(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _differs(row: Json) -> bool:
    values = list(row["values"].values())
    return any(value != values[0] for value in values)


def _by_value(row: Json, names: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield each value with its environments, in the order of the environments."""
    first: dict[str, int] = {}
    texts = {name: json.dumps(row["values"][name], sort_keys=True) for name in names}
    for index, name in enumerate(names):
        first.setdefault(texts[name], index)
    ordered = sorted(names, key=lambda name: (first[texts[name]], names.index(name)))
    for _, group in groupby(ordered, key=lambda name: texts[name]):
        same = list(group)
        yield ", ".join(same), row["values"][same[0]]


def _short(value: Any) -> str:
    shown = printable(_plain(value))
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 1]}…"
