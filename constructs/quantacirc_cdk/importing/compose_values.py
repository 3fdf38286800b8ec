"""Read values of Compose files: ports, durations, sizes."""

import re
from typing import Any


def pair(text: str) -> tuple[str, str | None]:
    """Return the name and the value of a variable; no value without an equals sign."""
    key, equals, value = text.partition("=")
    return key, value if equals else None


def port_of(one: Any) -> tuple[int | None, int | None, str]:
    """Return the container port, the published port, and the protocol."""
    if isinstance(one, dict):
        published = str(one.get("published") or "")
        return number(str(one.get("target"))), number(published), str(one.get("protocol", "tcp")).upper()
    text, _, protocol = str(one).partition("/")
    *outside, inside = text.split(":")
    return number(inside), number(outside[-1]) if outside else None, (protocol or "tcp").upper()


def number(text: str) -> int | None:
    """Return the number that a text is; None for other texts."""
    return int(text) if text.isdigit() else None


def seconds(value: Any) -> int:
    """Return a duration such as ``1m30s`` in seconds, at least 1."""
    if isinstance(value, int):
        return value
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}
    parts = re.findall(r"([0-9.]+)(h|ms|us|m|s)", str(value))
    return max(1, round(sum(float(number) * units[unit] for number, unit in parts)))


def bytes_of(text: str) -> str:
    """Return a size such as ``512M`` or ``1gb`` as a Kubernetes quantity; Compose uses powers of two."""
    found = re.fullmatch(r"([0-9]+)\s*([kmg]?)i?b?", text.strip().lower())
    return f"{found[1]}{found[2].upper()}i" if found and found[2] else found[1] if found else text
