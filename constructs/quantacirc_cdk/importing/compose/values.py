"""Read values of Compose files: ports, durations, sizes."""

import re
from typing import Any

_RANGE = 100
"""Greatest number of ports in a range."""


def addresses_in(settings: Any) -> list[str]:
    """Return the fixed addresses of a service in a network."""
    keys = ("ipv4_address", "ipv6_address")
    return [str(settings[key]) for key in keys if settings.get(key)] if isinstance(settings, dict) else []


def pair(text: str) -> tuple[str, str | None]:
    """Return the name and the value of a variable; no value without an equals sign."""
    key, equals, value = text.partition("=")
    return key, value if equals else None


def port_of(one: Any) -> tuple[str, str, str, str]:
    """Return the host's address, the published ports, the container's ports, and the protocol, as texts."""
    if isinstance(one, dict):
        found = (str(one.get(key) or "") for key in ("host_ip", "published", "target"))
        return (*found, str(one.get("protocol") or "tcp").upper())  # type: ignore[return-value]
    text, _, protocol = str(one).partition("/")
    outside, _, inside = text.rpartition(":")
    host, _, published = outside.rpartition(":")
    return host, published, inside, (protocol or "tcp").upper()


def numbers(text: str) -> list[int]:
    """Return the ports of a number or a range such as ``8000-8002``; none for other texts."""
    first, _, last = text.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        return []
    found = range(int(first), int(last or first) + 1)
    return list(found) if 0 < len(found) <= _RANGE and found[0] > 0 and found[-1] < 1 << 16 else []


def target_of(one: Any) -> str:
    """Return the path in the container of a volume."""
    return str(one.get("target")) if isinstance(one, dict) else volume_of(str(one))[1]


def volume_of(text: str) -> tuple[str, str, list[str]]:
    """Return source, path in the container, and options of a volume such as ``data:/srv:ro``."""
    source, *rest = re.split(r":(?![^{]*\})", text)  # Not the colon of ${NAME:-default}.
    if not rest:
        return "", source, []
    return source, rest[0], rest[1].split(",") if rest[1:] else []


def slug(text: str) -> str:
    """Return a text as the name of an object in Kubernetes."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def seconds(value: Any) -> int:
    """Return a duration such as ``1m30s`` in seconds, at least 1."""
    if isinstance(value, int):
        return value
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 0.000001}
    parts = re.findall(r"([0-9.]+)(h|ms|us|m|s)", str(value))
    return max(1, round(sum(float(number) * units[unit] for number, unit in parts)))


def bytes_of(text: str) -> str:
    """Return a size such as ``512M`` or ``1gb`` as a Kubernetes quantity; Compose uses powers of two."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)i?b?", text.strip().lower())
    return f"{found[1]}{found[2].upper()}i" if found and found[2] else found[1] if found else text
