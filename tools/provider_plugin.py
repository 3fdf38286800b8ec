"""Ask a Terraform provider what it would do, as Terraform does: its binary, started and called over gRPC.

Version 5 of https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol, and of it the three calls that
tell which changes force a new resource. No credentials and no network: nothing is read and nothing applied.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

COOKIE = {"TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"}
"""What a provider wants to see before it believes that it was not started by hand."""
LIST, SET, SINGLES = 2, 3, (1, 5)
"""How a block nests, as the protocol numbers it."""


@dataclass
class Block:
    """The attributes of a type, with their types in JSON, and its blocks, with how they nest."""

    attributes: dict[str, Any] = field(default_factory=dict)
    settable: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    blocks: "dict[str, tuple[int, Block]]" = field(default_factory=dict)

    def empty(self) -> dict[str, Any]:
        """Return a value in which nothing is set."""
        nothing: dict[str, Any] = dict.fromkeys(self.attributes)
        return nothing | {name: None if nesting in SINGLES else [] for name, (nesting, _) in self.blocks.items()}


class Provider:
    """A provider that is running."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def schema(self) -> tuple[Block, dict[str, Block]]:
        """Return the provider's own arguments and those of each resource type."""
        own, types = Block(), {}
        for number, data in _fields(self._call("GetSchema", b"")):
            if number == 1:
                own = _block(_one(data, 2))
            elif number == 2:
                types[_one(data, 1).decode()] = _one(_one(data, 2), 2)
        return own, _Lazily(types)

    def configure(self, values: Mapping[str, Any]) -> None:
        """Configure the provider; raises ``ValueError`` when it refuses."""
        problems = _diagnostics(self._call("Configure", _bytes(1, b"1.11.0") + _bytes(2, _value(values))), 1)
        if problems:
            raise ValueError("; ".join(problems))

    def replaced_for(self, type: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, ...]]:
        """Return the arguments that force a new resource; raises ``ValueError`` when the provider has no plan."""
        request = _bytes(1, type.encode()) + _bytes(2, _value(before)) + _bytes(3, _value(after))
        without_id = {**after, "id": None} if "id" in after else after
        answer = self._call("PlanResourceChange", request + _bytes(4, _value(without_id)))
        problems = _diagnostics(answer, 4)
        if problems:
            raise ValueError("; ".join(problems))
        return [_path(data) for number, data in _fields(answer) if number == 2]

    def _call(self, method: str, request: bytes) -> bytes:
        answer = self._channel.unary_unary(f"/tfplugin5.Provider/{method}")(request, timeout=120)
        return bytes(answer)


class _Lazily(dict[str, Any]):
    """Types whose blocks are read when they are asked for: a provider has more than a thousand."""

    def __getitem__(self, name: str) -> Block:
        return _block(super().__getitem__(name))


@contextmanager
def running(binary: Path) -> Iterator[Provider]:
    """Start a provider and stop it again."""
    environment = os.environ | COOKIE | {"PLUGIN_PROTOCOL_VERSIONS": "5"}
    process = subprocess.Popen([binary], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        _, version, network, address, kind, *_ = process.stdout.readline().strip().split("|")
        assert (version, kind) == ("5", "grpc"), f"{binary.name} speaks version {version} of the protocol over {kind}"
        target = f"unix:{address}" if network == "unix" else address
        with grpc.insecure_channel(target, options=[("grpc.max_receive_message_length", -1)]) as channel:
            yield Provider(channel)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _block(data: bytes) -> Block:
    block = Block()
    for number, inner in _fields(data):
        parts = dict(_fields(inner)) if number in (2, 3) else {}
        if number == 2:
            name = parts[1].decode()
            block.attributes[name] = json.loads(parts[2])
            if 4 in parts:
                block.required.add(name)
            if 4 in parts or 5 in parts:
                block.settable.add(name)
        elif number == 3:
            name = parts[1].decode()
            block.blocks[name] = (int(parts.get(3, 0)), _block(parts[2]))
            if int(parts.get(4, 0)):
                block.required.add(name)
    return block


def _path(data: bytes) -> tuple[str, ...]:
    steps = (dict(_fields(step)) for _, step in _fields(data))
    return tuple(step[1].decode() for step in steps if 1 in step)


def _diagnostics(answer: bytes, number: int) -> list[str]:
    found = [dict(_fields(data)) for field, data in _fields(answer) if field == number]
    return [entry[2].decode() for entry in found if entry.get(1) == 1]


def _one(data: bytes, wanted: int) -> bytes:
    return next((value for number, value in _fields(data) if number == wanted), b"")


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Read a protocol buffer message: numbers as numbers, everything else as bytes."""
    position = 0
    while position < len(data):
        tag, position = _varint_at(data, position)
        if tag & 7 == 0:
            value, position = _varint_at(data, position)
            yield tag >> 3, value
        else:
            size, position = _varint_at(data, position)
            yield tag >> 3, data[position : position + size]
            position += size


def _varint_at(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def _bytes(number: int, data: bytes) -> bytes:
    size, encoded = len(data), bytearray([number << 3 | 2])
    while size > 0x7F:
        encoded.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes(encoded) + bytes([size]) + data


def _value(values: Mapping[str, Any]) -> bytes:
    return _bytes(1, _packed(dict(values)))


def _packed(value: Any) -> bytes:
    """Return a value in MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md)."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return b"\xd2" + value.to_bytes(4, "big", signed=True)
    if isinstance(value, str):
        return b"\xdb" + len(value.encode()).to_bytes(4, "big") + value.encode()
    if isinstance(value, list):
        return b"\xdd" + len(value).to_bytes(4, "big") + b"".join(map(_packed, value))
    entries = b"".join(_packed(key) + _packed(item) for key, item in value.items())
    return b"\xdf" + len(value).to_bytes(4, "big") + entries
