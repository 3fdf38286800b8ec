"""Protocol buffers, as far as Terraform's plugins need them (https://protobuf.dev/programming-guides/encoding)."""

from collections.abc import Iterator


def varint(value: int) -> bytes:
    parts = []
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def field(number: int, value: bytes | str | bool | int) -> bytes:
    """Encode one field of a message."""
    if isinstance(value, bool | int):
        return varint(number << 3) + varint(int(value)) if value else b""
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the content of every field that is text, bytes or a message."""
    at = 0
    while at < len(message):
        tag, at = _read(message, at)
        value, at = _read(message, at)
        if tag & 7 == 2:
            yield tag >> 3, message[at : at + value]
            at += value


def _read(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value, at, shift = value | (byte & 0x7F) << shift, at + 1, shift + 7
        if not byte & 0x80:
            return value, at
