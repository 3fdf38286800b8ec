"""Numbers that JSON passes on unchanged."""

import math
import numbers
from enum import Enum
from typing import Any

LARGEST = 2**53 - 1
"""Largest integer that every reader of JSON keeps exactly: https://www.rfc-editor.org/rfc/rfc8259#section-6"""


def number_refusal(value: float) -> str | None:
    """Return what was expected in place of a number that JSON cannot hold exactly; None for a valid one.

    >>> number_refusal(2**53), number_refusal(float("nan"))
    ('at most 9007199254740991 in size', 'a finite number')
    """
    if isinstance(value, int):
        return None if -LARGEST <= value <= LARGEST else f"at most {LARGEST} in size"
    return None if math.isfinite(value) else "a finite number"


def plain_number(value: Any) -> Any:
    """Return a number of another class, such as numpy's, as Python's, and a member of an enumeration of texts or
    numbers as its value; other values unchanged.
    """
    if isinstance(value, Enum) and isinstance(value, str | int | float):
        return value.value
    if type(value) in (str, bool, int, float):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    return float(value) if isinstance(value, numbers.Real) else value
