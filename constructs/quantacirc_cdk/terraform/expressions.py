"""Values that only Terraform knows, such as variables of a module, in calculations of constructs.

A construct inserts ``"${var.name}"`` into texts like any other name. Numbers and booleans need separate classes, with
which constructs can calculate; the results are expressions again. Decisions in Python (``if props.high_availability``)
use the ``sample``.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

from quantacirc_cdk.text.terraform import bare, has_expression


class Number(int):
    """A number that only Terraform knows; ``sample`` is a possible value."""

    expression: str

    def __new__(cls, expression: str, sample: int) -> "Number":
        """Return the number for ``expression``."""
        made = super().__new__(cls, sample)
        made.expression = expression
        return made

    def __repr__(self) -> str:
        return f"${{{self.expression}}}"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __neg__(self) -> "Number":
        return Number(f"-({self.expression})", -int(self))

    def __floordiv__(self, other: int) -> "Number":
        return Number(f"floor({self.expression} / {other:d})", int(self) // other)

    def __mul__(self, other: int) -> "Number":
        return Number(f"({self.expression}) * {other:d}", int(self) * other)


def _refuse(number: Number, _: object) -> Any:
    raise TypeError(f"{number.expression} is known only to Terraform, and this calculation is not supported")


for _operator in ("add", "radd", "sub", "rsub", "rmul", "truediv", "rfloordiv", "mod", "pow"):
    setattr(Number, f"__{_operator}__", _refuse)


class Flag:
    """A boolean that only Terraform knows; ``sample`` is the value for decisions in Python."""

    def __init__(self, expression: str, *, sample: bool) -> None:
        self.expression, self._sample = expression, sample

    def __bool__(self) -> bool:
        return self._sample

    def __repr__(self) -> str:
        return f"${{{self.expression}}}"


def choose(flag: "bool | Flag", yes: str, no: str) -> str:
    """Return ``yes`` or ``no``, or the conditional expression for Terraform."""
    if isinstance(flag, Flag):
        return f'${{{flag.expression} ? "{yes}" : "{no}"}}'
    return yes if flag else no


def resolved(value: Any) -> Any:
    """Replace numbers and booleans that only Terraform knows by their expressions."""
    if isinstance(value, Number | Flag):
        return repr(value)
    if isinstance(value, Mapping):
        return {key: resolved(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(item) for item in value]
    return value


def subnet(cidr: str, bits: int, number: int) -> str:
    """Return the ``number``-th part of ``cidr`` when it is divided by a prefix ``bits`` longer; Terraform's cidrsubnet.

    >>> subnet("10.0.0.0/16", 1, 1), subnet("${var.cidr}", 1, 1)
    ('10.0.128.0/17', '${cidrsubnet(var.cidr, 1, 1)}')
    """
    if has_expression(cidr):
        return f"${{cidrsubnet({bare(cidr)}, {bits}, {number})}}"
    whole = ipaddress.IPv4Network(cidr)
    length = whole.prefixlen + bits
    return str(ipaddress.IPv4Network((int(whole.network_address) + (number << (32 - length)), length)))


def host(cidr: str, number: int) -> str:
    """Return the ``number``-th address of ``cidr``; Terraform's cidrhost."""
    if has_expression(cidr):
        return f"${{cidrhost({bare(cidr)}, {number})}}"
    return str(ipaddress.IPv4Network(cidr)[number])


def prefix_length(cidr: str) -> int:
    """Return the number after the slash."""
    if has_expression(cidr):
        return Number(f'tonumber(split("/", {bare(cidr)})[1])', 24)
    return ipaddress.IPv4Network(cidr).prefixlen
