"""Kubernetes quantities: the only parser of them.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/.
"""

import re
from fractions import Fraction
from functools import lru_cache

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))"
    r"(?:(?P<unit>[KMGTPE]i|[numkMGTPE])|[eE](?P<exponent>[+-]?[0-9]{1,3}))?"
)
_FACTORS = {
    "n": Fraction(1, 1000**3),
    "u": Fraction(1, 1000**2),
    "m": Fraction(1, 1000),
    **{unit: Fraction(1000**power) for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Fraction(1024**power) for power, unit in enumerate("KMGTPE", start=1)},
}
_MOST = 2**63 - 1
"""Maximum value of a quantity; the API server replaces larger ones by it."""

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3


@lru_cache(maxsize=4096)
def parse_quantity(text: str) -> Fraction:
    """Return the exact value of a quantity: cores for ``"250m"``, bytes for ``"1Gi"``.

    Raises ``ValueError`` for an invalid quantity, and for a value above the maximum.

        >>> parse_quantity("1e3"), parse_quantity(".5"), parse_quantity("100u")
        (Fraction(1000, 1), Fraction(1, 2), Fraction(1, 10000))
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a quantity such as 250m, 512Mi or 1.5Gi")
    factor = Fraction(10) ** int(match["exponent"]) if match["exponent"] else _FACTORS.get(match["unit"], Fraction(1))
    value = Fraction(match["number"]) * factor
    if abs(value) > _MOST:
        raise ValueError(f"{text!r} is more than {_MOST}, the maximum of a quantity")
    return value


def cores(text: str) -> Fraction:
    """Return a CPU quantity in cores."""
    return parse_quantity(text)


def gibibytes(text: str) -> int:
    """Return a storage quantity in GiB, rounded up: the unit of cloud disks."""
    return -int(-parse_quantity(text) // GIBIBYTE)


def quantity_refusal(text: str) -> str | None:
    """Return what was expected in place of ``text`` if it is not a positive quantity, else None."""
    try:
        amount = parse_quantity(text)
    except ValueError:
        return "a Kubernetes quantity such as 250m, 512Mi or 1.5Gi"
    return "a quantity above zero" if amount <= 0 else None


def bytes_refusal(text: str) -> str | None:
    """Return what was expected in place of ``text`` if it is not a size in bytes, else None.

    Refuses values below 1 KiB, in which the unit is missing, and fractions of a byte (``512m``), which Kubernetes
    accepts.
    """
    wrong = quantity_refusal(text)
    if wrong is not None:
        return wrong
    amount = parse_quantity(text)
    whole = amount.denominator == 1 and amount >= 1024
    return None if whole else "a size in bytes with a unit, such as 512Mi or 10Gi"


def extended_refusal(name: str, amount: str) -> str | None:
    """Return what was expected in place of the amount of an extended resource if it is not a whole number, or of huge
    pages if it is not a multiple of their size.

    Source: https://kubernetes.io/docs/tasks/manage-hugepages/scheduling-hugepages/.

    >>> extended_refusal("hugepages-2Mi", "5Mi")
    'a multiple of the page size, 2Mi'
    """
    if refusal := whole_refusal(amount):
        return refusal
    _, huge, size = name.partition("hugepages-")
    if huge and (quantity_refusal(size) or parse_quantity(amount) % parse_quantity(size)):
        return f"a multiple of the page size, {size}"
    return None


DIVISORS = {
    "cpu": ("1m", "1"),
    "memory": tuple("1 1k 1M 1G 1T 1P 1E 1Ki 1Mi 1Gi 1Ti 1Pi 1Ei".split()),
}
"""Units of a container's request or limit of CPU, and of every other resource."""


def divisor_refusal(resource: str, divisor: str) -> str | None:
    """Return what was expected in place of the unit of a container's request or limit, else None.

    Source: https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/core/validation/validation.go.

    >>> divisor_refusal("limits.cpu", "1Mi")
    'one of 1m, 1'
    """
    known = DIVISORS["cpu" if resource.endswith(".cpu") else "memory"]
    return None if divisor in known else f"one of {', '.join(known)}"


def whole_refusal(text: str) -> str | None:
    """Return what was expected in place of ``text`` if it is not a whole number, else None."""
    refusal = quantity_refusal(text)
    if refusal is None and parse_quantity(text).denominator != 1:
        return "a whole number"
    return refusal
