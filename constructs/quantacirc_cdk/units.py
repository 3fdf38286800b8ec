"""Kubernetes quantities (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)."""

import re
from fractions import Fraction

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?")
_FACTORS = {
    "": Fraction(1),
    "m": Fraction(1, 1000),
    **{unit: Fraction(1000**power) for power, unit in enumerate(["k", "M", "G", "T", "P"], start=1)},
    **{unit: Fraction(1024**power) for power, unit in enumerate(["Ki", "Mi", "Gi", "Ti", "Pi"], start=1)},
}

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3


def parse_quantity(text: str) -> Fraction:
    """Return the exact value of a quantity: cores for ``"250m"``, bytes for ``"1Gi"``.

    Raises ``ValueError`` for anything Kubernetes would not read as a quantity.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a quantity such as 250m, 512Mi or 1.5Gi")
    return Fraction(match[1]) * _FACTORS[match[2] or ""]


def cores(text: str) -> Fraction:
    """Return a CPU quantity in cores."""
    return parse_quantity(text)


def gibibytes(text: str) -> int:
    """Return a storage quantity in whole GiB, rounded up: the unit in which clouds sell disks."""
    return -int(-parse_quantity(text) // GIBIBYTE)
