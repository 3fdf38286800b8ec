"""Values of arguments: which ones Terraform JSON can hold."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from quantacirc_cdk.limits.check import describe, text_refusal
from quantacirc_cdk.limits.numbers import number_refusal, plain_number
from quantacirc_cdk.terraform.expressions import Flag, Number

Complaint = tuple[str, str, str]
"""Dotted key, what was found, what was expected."""

_ENGINE = ("__jsii_type__", "__jsii_ref__", "__jsii_ifaces__")
"""Attributes of the engine's objects, such as tokens and iterators."""
_TOKENS = -1e100
"""The engine encodes number tokens as doubles below -1e+289."""


def is_of_engine(value: Any) -> bool:
    """Return whether a value is an object of the engine, such as a token, which it resolves in the synthesis."""
    return any(hasattr(value, one) for one in _ENGINE) or (isinstance(value, float) and value < _TOKENS)


def plain(value: Any) -> Any:
    """Return ``value`` without entries of None, because an argument that is None is not set, and with numbers of other
    libraries as Python's.
    """
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if isinstance(value, Number) else plain_number(value)


def value_complaints(value: Any, key: str) -> Iterator[Complaint]:
    """Yield every value that is no data of JSON, and every number and text that JSON cannot hold."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if isinstance(name, str):
                yield from value_complaints(item, f"{key}.{name}" if key else name)
            else:
                yield key, f"key {describe(name)}", "text"
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from value_complaints(item, f"{key}[{index}]")
    elif isinstance(value, int | float) and not isinstance(value, Number):
        if (value >= _TOKENS or not math.isfinite(value)) and (expected := number_refusal(value)):
            yield key, f"found {value!r}", f"{expected}, or text"
    elif isinstance(value, str):
        if expected := text_refusal(value):
            yield key, f"found {describe(value.encode(errors='backslashreplace').decode())}", expected
    elif not (value is None or isinstance(value, Number | Flag) or is_of_engine(value)):
        what = f"found {type(value).__name__} {describe(value)}"
        yield key, what, "text, a number, true or false, a list or a mapping"
