"""Durations on the command line."""

import re

from quantacirc_cdk.errors import PropsError

_DURATION = re.compile(r"([0-9]+)(s|m|h)?")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def seconds_of(text: str, option: str) -> int:
    """Return ``90``, ``90s``, ``10m`` or ``1h`` in seconds. Raises ``PropsError`` that names ``option``."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise PropsError(f'{option}: found "{text}", expected a time such as 90s or 10m')
    return int(match[1]) * _SECONDS[match[2] or "s"]


def shown(seconds: float) -> str:
    """Return a duration in its largest fitting unit: ``45 s``, ``12 min``, ``7 h``, ``12 d``."""
    for unit, size in (("d", 2 * 86400), ("h", 2 * 3600), ("min", 2 * 60)):
        if abs(seconds) >= size:
            return f"{int(seconds / {'d': 86400, 'h': 3600, 'min': 60}[unit])} {unit}"
    return f"{int(seconds)} s"
