"""What the stand-in for a provider answers when Terraform plans: as proposed, and the rest known after apply.

Terraform's values arrive as MessagePack inside of protocol buffers
(https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol); an extension of type 0 is an unknown one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from support.terraform.wire import field, fields

_NIL, _UNKNOWN = b"\xc0", b"\xd4\x00\x00"
_SIZES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
"""Bytes of the length of binary data and text."""
_FIXED = {0xC0: 1, 0xC2: 1, 0xC3: 1, 0xCA: 5, 0xCB: 9, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3} | {
    0xD2: 5,
    0xD3: 9,
    0xD4: 3,
    0xD5: 4,
    0xD6: 6,
    0xD7: 10,
    0xD8: 18,
}
"""Whole length of what has always the same."""
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}


def _count(data: bytes, at: int) -> tuple[int, int, int]:
    """Return how many values follow in an array or a map, each value of a map as two, and where they begin."""
    byte = data[at]
    if 0x80 <= byte <= 0x8F:
        return 2 * (byte & 0x0F), at + 1, byte
    if 0x90 <= byte <= 0x9F:
        return byte & 0x0F, at + 1, byte
    size = {0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}[byte]
    count = int.from_bytes(data[at + 1 : at + 1 + size], "big")
    return count * (2 if byte >= 0xDE else 1), at + 1 + size, byte


def _end(data: bytes, at: int) -> int:
    """Return where the value that begins at ``at`` ends."""
    byte = data[at]
    if byte <= 0x7F or byte >= 0xE0:
        return at + 1
    if 0xA0 <= byte <= 0xBF:
        return at + 1 + (byte & 0x1F)
    if byte in _FIXED:
        return at + _FIXED[byte]
    if byte in _SIZES or byte in _EXTENSIONS:
        size = _SIZES.get(byte) or _EXTENSIONS[byte]
        return at + 1 + size + int.from_bytes(data[at + 1 : at + 1 + size], "big") + (byte in _EXTENSIONS)
    count, at, _ = _count(data, at)
    for _ in range(count):
        at = _end(data, at)
    return at


def _text(data: bytes, at: int) -> str:
    start = at + 1 + _SIZES.get(data[at], 0)
    return data[start : _end(data, at)].decode()


def _replaced(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return an object with each attribute's value as ``change`` makes it."""
    if data == _NIL:
        return data
    count, at, _ = _count(data, 0)
    parts = [data[:at]]
    for _ in range(count // 2):
        key, value = at, _end(data, at)
        at = _end(data, value)
        parts += [data[key:value], change(_text(data, key), data[value:at])]
    return b"".join(parts)


def _packed(value: Any) -> bytes:
    if isinstance(value, str):
        data = value.encode()
        return b"\xda" + len(data).to_bytes(2, "big") + data
    return b"\xdc" + len(value).to_bytes(2, "big") + b"".join(map(_packed, value))


def plan(request: bytes, provider: Mapping[str, Any]) -> bytes:
    """Answer ``PlanResourceChange``: what is not set and not merely written is known after apply."""
    given = dict(fields(request))
    raw = provider["resources"][given[1].decode()]
    required, attributes = set(raw.get("required", ())), _attributes(raw)
    proposed = dict(fields(given[3]))[1]

    def unknown(name: str, value: bytes) -> bytes:
        if name.endswith("_wo"):
            return _NIL  # written, and never told
        waits = value == _NIL and name not in required and name in attributes
        return _UNKNOWN if waits else value

    return field(1, field(1, _replaced(proposed, unknown))) + field(5, True)


def _attributes(raw: Mapping[str, Any]) -> set[str]:
    """Return what is no block: blocks are never null."""
    arguments = raw.get("arguments", {})
    forms = {name: next(iter(kind)) if isinstance(kind, dict) else "" for name, kind in arguments.items()}
    return {name for name, form in forms.items() if form not in ("block", "blocks")} | set(raw.get("computed", ()))


def known(request: bytes, values: Mapping[str, Any]) -> bytes:
    """Return the configuration in a request (its second field) with ``values`` where it says nothing."""
    config = dict(fields(dict(fields(request))[2]))[1]
    return _replaced(config, lambda name, value: _packed(values[name]) if value == _NIL and name in values else value)
