"""Collect what is wrong with properties, and say all of it at once."""

import ipaddress
import re
from collections.abc import Iterable

from quantacirc_cdk.errors import Problem, PropsError
from quantacirc_cdk.limits.clouds import Refused
from quantacirc_cdk.text.terraform import has_expression


class Rules:
    """Collects the problems of one construct's properties; those that only Terraform knows are Terraform's to judge.

    >>> rules = Rules("orders")
    >>> rules.between("backup_retention_days", 40, 1, 35, "days")
    >>> rules.check()
    Traceback (most recent call last):
    ...
    quantacirc_cdk.errors.PropsError: orders.backup_retention_days: found 40, expected 1 to 35 days
    """

    def __init__(self, construct: str) -> None:
        self.construct = construct
        self.problems: list[Problem] = []

    def refuse(self, key: str, what: str, expected: str) -> None:
        """Record a problem with the property ``key``."""
        self.problems.append(Problem(key=f"{self.construct}.{key}", what=what, expected=expected))

    def refused(self, found: Iterable[Refused], *place: str) -> None:
        """Record the problems that a rule of ``limits`` found in the property at ``place``."""
        for inside, what, expected in found:
            steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in (*place, *inside))
            self.refuse("".join(steps).removeprefix("."), what, expected)

    def between(self, key: str, value: float, low: float, high: float, unit: str = "") -> None:
        """Refuse a ``value`` outside ``low`` to ``high``."""
        if not low <= value <= high:
            self.refuse(key, f"found {value}", f"{low} to {high} {unit}".rstrip())

    def version(self, key: str, value: int | str) -> None:
        """Refuse what is no whole number from 1, as the variable of a stack does."""
        if not (has_expression(value) if isinstance(value, str) else value >= 1):
            self.refuse(key, f"found {value!r}", "a whole number from 1, or an expression for one")

    def matches(self, key: str, value: str, pattern: str, expected: str) -> None:
        """Refuse a ``value`` that ``pattern`` does not match as a whole."""
        if not has_expression(value) and not re.fullmatch(pattern, value):
            self.refuse(key, f'found "{value}"', expected)

    def one_of(self, key: str, value: object, *allowed: object) -> None:
        """Refuse a ``value`` that is not ``allowed``."""
        if value not in allowed:
            self.refuse(key, f"found {value!r}", "one of " + ", ".join(map(str, allowed)))

    def cidr(self, key: str, value: str, largest: int = 0, smallest: int = 32) -> None:
        """Refuse text that is not an IPv4 CIDR with a prefix length between ``largest`` and ``smallest``."""
        if has_expression(value):
            return
        try:
            network = ipaddress.IPv4Network(value)
        except ValueError:
            self.refuse(key, f'found "{value}"', "an IPv4 CIDR without host bits, such as 10.20.0.0/16")
            return
        if not largest <= network.prefixlen <= smallest:
            self.refuse(key, f"a /{network.prefixlen}", f"a /{largest} to /{smallest}")

    def check(self) -> None:
        """Raise ``PropsError`` with every problem recorded."""
        if self.problems:
            raise PropsError(self.problems)
