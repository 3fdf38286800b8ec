"""Read the few objects that typed clients send as Protocol Buffers; what is answered is JSON, but for one document.

The envelope and the field numbers are in ``k8s.io/apimachinery/pkg/runtime/generated.proto`` and
``k8s.io/api/core/v1/generated.proto``.
"""

import base64
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
MAGIC = b"k8s\x00"


def decode(body: bytes) -> Json:
    """Return a Secret, a Namespace or a review with what Helm and kubectl set in one; other kinds without contents."""
    envelope = dict(_fields(body.removeprefix(MAGIC)))
    kind = {number: value.decode() for number, value in _fields(envelope[1])}
    item: Json = {"apiVersion": kind.get(1, ""), "kind": kind.get(2, "")}
    if item["kind"] == "SelfSubjectAccessReview":
        asked = dict(_fields(dict(_fields(dict(_fields(envelope[2]))[2]))[1]))
        names = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 6: "subresource", 7: "name"}
        return item | {
            "spec": {"resourceAttributes": {name: asked.get(at, b"").decode() for at, name in names.items()}}
        }
    if item["kind"] not in ("Secret", "Namespace"):
        return item
    metadata: bytes = b""
    data: Json = {}
    for number, value in _fields(envelope[2]):
        if number == 1:
            metadata = value
        elif item["kind"] == "Secret" and number == 2:
            entry = dict(_fields(value))
            data[entry[1].decode()] = base64.b64encode(entry.get(2, b"")).decode()
        elif item["kind"] == "Secret" and number == 3:
            item["type"] = value.decode()
    item["metadata"] = _metadata(metadata)
    return item | ({"data": data} if data else {})


def encode(*fields: tuple[int, str | bytes]) -> bytes:
    """Return a message with these fields, by number; a message in a message is given encoded."""
    parts = []
    for number, value in fields:
        data = value.encode() if isinstance(value, str) else value
        parts.append(_number(number << 3 | 2) + _number(len(data)) + data)
    return b"".join(parts)


def _number(value: int) -> bytes:
    """Return a varint."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _metadata(message: bytes) -> Json:
    names = {1: "name", 2: "generateName", 3: "namespace", 5: "uid", 6: "resourceVersion"}
    maps = {11: "labels", 12: "annotations"}
    found: Json = {}
    for number, value in _fields(message):
        if number in names and value:
            found[names[number]] = value.decode()
        elif number in maps:
            entry = dict(_fields(value))
            found.setdefault(maps[number], {})[entry[1].decode()] = entry.get(2, b"").decode()
    return found


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        if tag & 7 == 0:
            value: Any
            value, position = _varint(message, position)
        elif tag & 7 == 2:
            length, position = _varint(message, position)
            value, position = message[position : position + length], position + length
        else:
            raise ValueError(f"wire type {tag & 7}")
        yield tag >> 3, value


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return value, position
