"""Data as JavaScript reads and writes it."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


class UnusualError(ValueError):
    """Data that a library of JavaScript must write itself: half a character, no number, keys that it lays out apart."""


def as_in_javascript(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return data with sorted keys as JavaScript reads its JSON: whole numbers before other keys, no number too long.

    Mappings and sequences of any class are dicts and lists there. Raises ``UnusualError``.
    """
    text = json.dumps(data, sort_keys=True, default=dict)
    found: dict[str, Any] = json.loads(text, parse_float=_number, parse_int=_integer, parse_constant=_no_number)
    return _numbers_first(found) if _INDEX_IN_JSON.search(text) else found


_INDEX_IN_JSON = re.compile(r'"(?:0|[1-9][0-9]{0,9})": ')
_LAST_INDEX = 2**32 - 2
_SAFE = 2**53 - 1
_MANY_DIGITS = 16


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _MANY_DIGITS or abs(int(digits)) <= _SAFE else _number(digits)


def _number(text: str) -> int | float:
    """Return a whole number as an integer, with the precision of a double."""
    found = float(text)
    if found in (float("inf"), float("-inf")) or (found == 0 and text.startswith("-")):
        raise UnusualError(text)
    return int(found) if found.is_integer() and abs(found) < 1e21 else found


def _no_number(text: str) -> float:
    raise UnusualError(text)


def _numbers_first(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted((key for key in value if _is_index(key)), key=int)
        return {key: _numbers_first(value[key]) for key in dict.fromkeys((*keys, *value))}
    return [_numbers_first(item) for item in value] if isinstance(value, list) else value


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and str(int(key)) == key and int(key) <= _LAST_INDEX


def number(value: float) -> str:
    """Return a number that is not whole as JavaScript writes it."""
    if 1e-6 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f")
    return re.sub(r"e([+-])0*", r"e\1", repr(value))
