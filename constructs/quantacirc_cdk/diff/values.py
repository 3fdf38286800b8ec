"""The values of a changed field, for people: items of lists and lines of texts matched, the unchanged ones counted."""

import difflib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from quantacirc_cdk.diff.fields import ABSENT, differences

LONGEST = 60
"""Maximum length of a value in the output."""
MOST_ITEMS = 6
"""Maximum number of added, and of removed, items in the output."""
_ALIKE = 0.5
"""Least part of their values that two items share if one is shown as a change of the other."""


def changed(before: Any, after: Any, *, longest: int = 2 * LONGEST) -> list[str]:
    """Return lines that show a change: one ``before → after``, or a line for each item or line that differs.

    ``longest`` is the maximum length of an item; each of the two values of one line gets half of it.
    """
    before, after = _structure(before), _structure(after)
    if isinstance(before, list) and isinstance(after, list):
        return list(_items(before, after, longest))
    if isinstance(before, dict) and isinstance(after, dict):
        return list(_nested("", before, after, longest))
    if isinstance(before, str) and isinstance(after, str) and "\n" in before.strip() and "\n" in after.strip():
        return list(_lines(before, after, longest))
    return [" → ".join(_shown(before, after, max(LONGEST, longest // 2)))]


def written(value: Any) -> str:
    """Return a value as text; everything except strings as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def cut(text: str, longest: int, start: int = 0) -> str:
    """Return at most ``longest`` characters of ``text``, with an ellipsis for each missing part."""
    part = f"…{text[start:]}" if start else text
    return part if len(part) <= longest else f"{part[: longest - 1]}…"


def _structure(value: Any) -> Any:
    """Return what a string with a JSON document holds, such as a policy of IAM."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _shown(before: Any, after: Any, longest: int) -> list[str]:
    """Return shortened values; long ones start shortly before the first difference."""
    texts = ["(none)" if value is ABSENT else written(value) for value in (before, after)]
    start = 0
    if ABSENT not in (before, after) and max(map(len, texts)) > longest:
        shared = next((place for place, pair in enumerate(zip(*texts, strict=False)) if len(set(pair)) > 1), 0)
        start = max(shared - longest // 4, 0)
    return [cut(text, longest, start) for text in texts]


def _lines(before: str, after: str, longest: int) -> Iterator[str]:
    old, new = before.splitlines(), after.splitlines()
    found = [line for line in difflib.ndiff(old, new) if line[:1] in "+-"]
    yield from (cut(line, longest + 2) for line in found[: 2 * MOST_ITEMS])
    if len(found) > 2 * MOST_ITEMS:
        yield f"… {len(found) - 2 * MOST_ITEMS} more lines"
    yield _unchanged(len(new) - sum(line.startswith("+") for line in found), "line")


def _items(before: list[Any], after: list[Any], longest: int) -> Iterator[str]:
    """Yield what differs in the items of a list, and the number of unchanged ones."""
    gone, come = ([item for item in one if item not in other] for one, other in ((before, after), (after, before)))
    unchanged = len(after) - len(come)
    for old, new in [*_pairs(gone, come)]:  # which counts in both lists
        gone.remove(old)
        come.remove(new)
        yield from _nested(_label(old, new, after), old, new, longest)
    for sign, items in (("-", gone), ("+", come)):
        yield from (f"{sign} {cut(written(item), longest)}" for item in items[:MOST_ITEMS])
        if len(items) > MOST_ITEMS:
            yield f"{sign} … {len(items) - MOST_ITEMS} more"
    if unchanged == len(after) == len(before):
        yield "the same items, in another order or number"
    elif unchanged:
        yield _unchanged(unchanged, "item")


def _unchanged(count: int, noun: str) -> str:
    return f"{count} unchanged" if count and noun == "item" else f"{count} {noun}{'' if count == 1 else 's'} unchanged"


def _nested(label: str, before: Any, after: Any, longest: int) -> Iterator[str]:
    for path, old, new in differences((), before, after):
        name = ".".join(filter(None, (label, *(f'"{step}"' if "." in step else step for step in path))))
        shown = changed(old, new, longest=longest)
        if len(shown) == 1:
            yield f"~ {name}: {shown[0]}"
        else:
            yield f"~ {name}:"
            yield from (f"  {line}" for line in shown)


def _pairs(gone: Sequence[Any], come: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield items that became others: those of which the most is the same."""
    leaves = {id(item): set(_leaves((), item)) for item in (*gone, *come) if isinstance(item, dict)}
    scored = [
        (len(leaves[id(old)] & leaves[id(new)]) / max(len(leaves[id(old)]), len(leaves[id(new)]), 1), row, column)
        for row, old in enumerate(gone) if id(old) in leaves
        for column, new in enumerate(come) if id(new) in leaves
    ]  # fmt: skip
    taken: set[tuple[str, int]] = set()
    for score, row, column in sorted(scored, key=lambda one: (-one[0], one[1:])):
        if score >= _ALIKE and not taken & {("old", row), ("new", column)}:
            taken |= {("old", row), ("new", column)}
            yield gone[row], come[column]


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else (("", item) for item in value):
            yield from _leaves((*path, key), item)
    else:
        yield path, written(value)


def _label(old: Any, new: Any, after: list[Any]) -> str:
    """Return what identifies an item: the first text that both versions have, or its place."""
    same = (f"{key}={value}" for key, value in new.items() if isinstance(value, str) and old.get(key) == value)
    return next((f"[{text}]" for text in same), f"[{after.index(new)}]")
