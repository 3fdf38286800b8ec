"""Amounts as the API writes them (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)."""

from fractions import Fraction
from typing import Any

_UNITS = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "k": Fraction(1000),
    **{name: Fraction(1000) ** power for power, name in enumerate("MGTPE", start=2)},
    **{f"{name}i": Fraction(1024) ** power for power, name in enumerate("KMGTPE", start=1)},
}  # fmt: skip


def amount(text: Any) -> Fraction:
    """Return the number that a quantity stands for."""
    number = str(text)
    for unit, factor in sorted(_UNITS.items(), key=lambda one: -len(one[0])):
        if number.endswith(unit):
            return Fraction(number.removesuffix(unit)) * factor
    return Fraction(number)


def quantity(value: Fraction) -> str:
    """Return the quantity of a number: a whole one, or thousandths."""
    return str(value.numerator) if value.denominator == 1 else f"{-(-value * 1000 // 1)}m"
