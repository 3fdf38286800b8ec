"""Files of a model with something changed in their text or their structure, for whoever looks what becomes of them."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any

import yaml

Text = str | bytes

SCALARS: list[Any] = [
    None, True, False, 0, 1, -1, 65536, 2**31, 2**63, 10**30, 0.5, -0.0, float("inf"), float("nan"), "", " ", "0", "-1",
    "1e3", "null", "yes", "\u2028", "\u0085", "\x7f", "\x1b[31m", "😀", "ä" * 70, "x" * 5000, "${x}", "{{ x }}", "a\nb",
    "../..", "*", "512Mi", "1Gi", "100m", "-5m", "10.0.0.0/8", "10.0.0.0/33", "::/0", "a.b.c", "UPPER", "a-", "٢", "=",
    "local", "aws", "gcp", "azure", "database", "agent", "bus",
]  # fmt: skip
FRAGMENTS = [
    ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!python/object:os.system ", "|", ">", "'", '"', "#", "---\n",
    "...\n", "%YAML 1.1\n", "<<: ", "\t", "\0", "\r", "\n", "\n  ", "\ufeff", "\u2028", "💥", "1e999", "0x", "? ",
]  # fmt: skip


def walk(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place of a document, as the collection and the key."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from walk(value[key])


def _replace(document: Any, dice: random.Random) -> None:
    parent, key = dice.choice(list(walk(document)))
    parent[key] = copy.deepcopy(dice.choice([*SCALARS, [], {}, [{}], {"": ""}, [None], {"a": {"b": [1]}}]))


def _remove(document: Any, dice: random.Random) -> None:
    parent, key = dice.choice(list(walk(document)))
    del parent[key]


def _copy(document: Any, dice: random.Random) -> None:
    """Put a value of one place at another."""
    places = list(walk(document))
    (parent, key), (source, name) = dice.choice(places), dice.choice(places)
    parent[key] = copy.deepcopy(source[name])


def _rename(document: Any, dice: random.Random) -> None:
    places = [(parent, key) for parent, key in walk(document) if isinstance(parent, dict)]
    parent, key = dice.choice(places)
    names = [other for _, other in places]
    parent[str(dice.choice([*names, *SCALARS]))] = parent.pop(key)


def _repeat(document: Any, dice: random.Random) -> None:
    parent, key = dice.choice(list(walk(document)))
    if isinstance(parent, list):
        parent.extend(copy.deepcopy(parent[key]) for _ in range(dice.choice([1, 2, 300])))
    else:
        parent[f"{key}{dice.randrange(100)}"] = copy.deepcopy(parent[key])


def _nest(document: Any, dice: random.Random) -> None:
    parent, key = dice.choice(list(walk(document)))
    for _ in range(dice.choice([1, 2, 30, 60])):
        parent[key] = dice.choice([[parent[key]], {"a": parent[key]}])


def _number(document: Any, dice: random.Random) -> None:
    """Change a number or a quantity by little or by much: what is valid in itself may not fit the rest."""
    places = [(parent, key) for parent, key in walk(document) if isinstance(parent[key], int)]
    if places:
        parent, key = dice.choice(places)
        parent[key] = dice.choice([parent[key] + 1, parent[key] - 1, parent[key] * 10, 0, -parent[key]])


STRUCTURE: list[Callable[[Any, random.Random], None]] = [_replace, _remove, _copy, _rename, _repeat, _nest, _number]


def structure(text: str, dice: random.Random) -> Text:
    """Return a document with one to three places of its structure changed."""
    document = yaml.safe_load(text)
    for _ in range(dice.randint(1, 3)):
        if not isinstance(document, dict) or not document:
            break
        dice.choice(STRUCTURE)(document, dice)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")


def characters(text: str, dice: random.Random) -> Text:
    """Return a text with one to four places cut out, repeated or overwritten."""
    for _ in range(dice.randint(1, 4)):
        start = dice.randint(0, len(text))
        end = min(len(text), start + dice.randint(0, 40))
        inserted = dice.choice([dice.choice(FRAGMENTS), "", text[start:end] * 2, dice.choice(FRAGMENTS) * 3000])
        text = text[:start] + inserted + text[end:]
    return text.encode("utf-8", "surrogatepass")


def mutated(text: str, dice: random.Random) -> Text:
    """Return a file with something changed, in its structure or in its text."""
    return dice.choice([structure, structure, structure, characters])(text, dice)


def slightly(text: str, dice: random.Random) -> Text:
    """Return a file with one thing changed that is valid more often than not."""
    document = yaml.safe_load(text)
    dice.choice([_number, _number, _remove, _copy, _repeat])(document, dice)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).encode("utf-8", "surrogatepass")
