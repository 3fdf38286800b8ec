"""Names of the values for differences between environments: the component, the object and the place in it.

An item of a list is named by a text in it, such as the name of an alert or the path of a mount. Its position would
change with the items before it, and say nothing to the users of the chart.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from quantacirc_cdk.helm.node import Choice
from quantacirc_cdk.helm.objects import Key
from quantacirc_cdk.helm.places import Item, Named
from quantacirc_cdk.helm.settings import camel, kind_key, section

_IMPLIED = frozenset({"metadata", "spec", "template", "jobTemplate"})
"""Path steps that are left out of the names of values."""
_LONGEST_TITLE = 40


def value_path(key: Key, path: tuple[Any, ...]) -> str:
    """Return the path of the value for a place in an object: ``web.deployment.strategyRollingUpdateMaxSurge``."""
    name = key.name.removesuffix("-<hash>")
    outer = section(key.component or name)
    rest = name.removeprefix(key.component).strip("-.") if key.component else ""
    kind = kind_key(key.kind)
    title = kind + (camel(f"x-{rest}")[1:] if rest else "")
    place = place_key(step for step in path if not (isinstance(step, str) and step in _IMPLIED)) or "enabled"
    return f"{outer}.{title}.{place if place[:1].isalpha() else f'at{place}'}"


def place_key(path: Iterable[Any]) -> str:
    """Return a path as a key of ``values.yaml``: ``rollingUpdateMaxSurge``, ``egress10_0_0_0_8``."""
    key = ""
    for word in (word for step in path for word in re.findall("[A-Za-z0-9]+", _text_of(step))):
        if not key:
            key = word
        elif key[-1].isdigit() and word[0].isdigit():
            key += f"_{word}"
        else:
            key += word.capitalize() if word.isupper() else word[0].upper() + word[1:]
    return key


def _text_of(step: Any) -> str:
    match step:
        case Named(name=text) | Item(title=text) if text:
            return text
        case Item(index=index):
            return str(index)
        case _:
            return str(step)


def titles(items: Sequence[Any], fields: tuple[str, ...] = ()) -> list[str]:
    """Return a text of each item of a list by which users recognise it; empty for an item without texts.

    It is the first that no other item has, those at keys ``name`` before others. If ``fields`` identify the items, the
    text is in these.
    """
    found = [
        list(_texts({name: item[name] for name in fields} if fields and isinstance(item, dict) else item))
        for item in items
    ]
    counts = Counter(text for texts in found for text in {text for _, text in texts})
    return [_title(texts, counts)[:_LONGEST_TITLE] for texts in found]


def _title(texts: Sequence[tuple[str, str]], counts: Mapping[str, int]) -> str:
    by_name = sorted(texts, key=lambda each: re.split("[./]", each[0])[-1] != "name")
    known = [text for _, text in by_name]
    return next((text for text in known if counts[text] == 1), known[0] if known else "")


def _texts(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts and numbers in a node, each with its key."""
    match node:
        case dict():
            for name, item in node.items():
                yield from _texts(item, name)
        case list():
            for item in node:
                yield from _texts(item, key)
        case Choice():
            yield from _texts(node.yes, key)
        case str() | int() if not isinstance(node, bool) and re.search("[A-Za-z0-9]", str(node)):
            yield key, str(node)
