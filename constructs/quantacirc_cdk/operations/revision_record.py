"""Change helm's record of a revision, with which it compares the next one."""

import base64
import gzip
import io
import json
import zlib
from collections.abc import Callable
from typing import Any

from quantacirc_cdk.operations.helm import documents
from quantacirc_cdk.operations.kubectl import Kubectl, OperationError, failure
from quantacirc_cdk.reading import MAX_JSON_BYTES

Json = dict[str, Any]


def rewrite(kubectl: Kubectl, revision: int, change: Callable[[Json], Json | None]) -> None:
    """Change the objects in the record of a revision. ``change`` returns the same object, another one or None.

    Raises ``OperationError`` if the record cannot be read or written.
    """
    secret = kubectl.get("secret", f"sh.helm.release.v1.{kubectl.target.release}.v{revision}")
    if secret is None:
        raise OperationError(f"helm's record of revision {revision} does not exist")
    try:
        record = _decoded(secret["data"]["release"])
        manifest = record["manifest"]
    except (KeyError, TypeError, ValueError, OSError, EOFError, zlib.error) as error:
        raise OperationError(f"helm's record of revision {revision} cannot be read: {error}") from None
    record["manifest"] = _rewritten(manifest, change)
    if record["manifest"] != manifest:
        secret["data"]["release"] = _encoded(record)
        done = kubectl.call("replace", "--filename", "-", "--output", "name", input=json.dumps(secret))
        if not done.ok:
            raise failure(done, kubectl.target)


def _rewritten(manifest: str, change: Callable[[Json], Json | None]) -> str:
    """Return a manifest in which only changed documents are written again."""
    from quantacirc_cdk.text import yaml

    parts = []
    for text in ("\n" + manifest).split("\n---"):
        found = documents(text) if text.strip() else []
        new = change(found[0]) if len(found) == 1 else None
        if len(found) != 1 or new is found[0]:
            parts.append(text)
        elif new is not None:
            parts.append("\n" + yaml.dump(new))
    return "\n---".join(parts).removeprefix("\n")


def _decoded(text: str) -> Json:
    """Decode a record as helm stores it: JSON, gzipped, in base64, which the API encodes in base64 again."""
    packed = base64.b64decode(base64.b64decode(text))
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        data = file.read(MAX_JSON_BYTES + 1)
    if len(data) > MAX_JSON_BYTES:
        raise ValueError(f"it has more than {MAX_JSON_BYTES} bytes")
    record: Json = json.loads(data)
    return record


def _encoded(record: Json) -> str:
    packed = gzip.compress(json.dumps(record, separators=(",", ":")).encode(), mtime=0)
    return base64.b64encode(base64.b64encode(packed)).decode()
