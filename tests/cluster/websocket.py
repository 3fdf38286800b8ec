"""The little of WebSocket (RFC 6455) that ``kubectl exec`` needs: one answer from a pod, then the end.

Channels are those of ``v5.channel.k8s.io``: 1 is standard output, 3 the status of the command.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PROTOCOL = "v5.channel.k8s.io"


def accept(key: str) -> str:
    """Return what a server proves that it understood the handshake with."""
    return base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode()).digest()).decode()


def answer(output: str, failed: str = "") -> Iterator[bytes]:
    """Yield the frames of a command that wrote ``output`` and ended well, or failed with a message."""
    status: dict[str, Any] = {"metadata": {}, "status": "Failure", "message": failed, "reason": "InternalError"}
    yield _frame(2, b"\x01" + output.encode())
    yield _frame(2, b"\x03" + json.dumps(status if failed else {"metadata": {}, "status": "Success"}).encode())
    yield _frame(8, (1000).to_bytes(2, "big"))


def _frame(kind: int, data: bytes) -> bytes:
    if len(data) < 126:
        length = bytes([len(data)])
    elif len(data) < 2**16:
        length = b"\x7e" + len(data).to_bytes(2, "big")
    else:
        length = b"\x7f" + len(data).to_bytes(8, "big")
    return bytes([0x80 | kind]) + length + data
