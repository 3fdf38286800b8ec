"""Values that only Terraform knows, where constructs calculate with them: a module's variables above all.

A construct that is given ``"${var.name}"`` puts it into longer texts as it would any other name. Numbers and truth
values cannot be text, so each has a class of its own that a construct may calculate with; what it calculates is an
expression again. Decisions that Python takes (``if props.high_availability``) are taken on the ``sample``.
"""

import ipaddress
from collections.abc import Mapping
from typing import Any

from quantacirc_cdk.text.terraform import bare, has_expression


class Number(int):
    """A number that Terraform knows; ``sample`` is one that it may be."""

    expression: str

    def __new__(cls, expression: str, sample: int) -> "Number":
        """Return the number that ``expression`` is."""
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
    raise TypeError(f"{number.expression} is known to Terraform only: this calculation has no expression yet")


for _operator in ("add", "radd", "sub", "rsub", "rmul", "truediv", "rfloordiv", "mod", "pow"):
    setattr(Number, f"__{_operator}__", _refuse)


class Flag:
    """A truth value that Terraform knows; ``sample`` is what Python decides on."""

    def __init__(self, expression: str, *, sample: bool) -> None:
        self.expression, self._sample = expression, sample

    def __bool__(self) -> bool:
        return self._sample

    def __repr__(self) -> str:
        return f"${{{self.expression}}}"


def choose(flag: "bool | Flag", yes: str, no: str) -> str:
    """Return ``yes`` or ``no``, or the expression that Terraform chooses with."""
    if isinstance(flag, Flag):
        return f'${{{flag.expression} ? "{yes}" : "{no}"}}'
    return yes if flag else no


def resolved(value: Any) -> Any:
    """Return ``value`` with every number and truth value that Terraform knows as the expression it is."""
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
