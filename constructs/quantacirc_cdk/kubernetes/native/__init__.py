"""The one piece of JavaScript here: a class on jsii's other side, so that an object crosses in one call.

Every call into jsii costs some tenths of a millisecond, whatever it carries. An ``ApiObject`` and the patches that fill
it take three calls and more; ``manifest.js`` takes the JSON text of the whole object in its constructor. Measured for
1,000 objects: 0.9 s with patches from Python, 0.2 s with this.

The module is what any jsii library is, a package with its types in ``.jsii``
(https://aws.github.io/jsii/specification/), packed when it is loaded: nothing binary lies in Git.
"""

import gzip
import io
import json
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import jsii

from quantacirc_cdk.version import __version__

_NAME = "quantacirc-cdk"
SOURCE = Path(__file__).with_name("manifest.js")

MANIFEST = f"{_NAME}.Manifest"
"""Fully qualified name of the class, for ``jsii_type``."""

_MANIFEST: dict[str, Any] = {
    "kind": "class",
    "assembly": _NAME,
    "name": "Manifest",
    "fqn": MANIFEST,
    "base": "cdk8s.ApiObject",
    "initializer": {
        "parameters": [
            {"name": "scope", "type": {"fqn": "constructs.Construct"}},
            {"name": "id", "type": {"primitive": "string"}},
            {"name": "text", "type": {"primitive": "string"}},
        ]
    },
    "methods": [
        {
            "name": "written",
            "static": True,
            "parameters": [{"name": "scope", "type": {"fqn": "constructs.Construct"}}],
            "returns": {"type": {"primitive": "string"}},
        }
    ],
}


def load() -> None:
    """Make the class known to jsii; cdk8s must be imported by then."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, f"{_NAME}.tgz")
        package.write_bytes(_packed())
        jsii.kernel.load(_NAME, __version__, str(package))


def _packed() -> bytes:
    """Return the package as npm would pack it, the same bytes every time: jsii keeps what it unpacked by hash."""
    library = {"name": _NAME, "version": __version__, "dependencies": {"cdk8s": "^2", "constructs": "^10"}}
    assembly = {"schema": "jsii/0.10.0", "jsiiVersion": "*", "fingerprint": "*", "types": {MANIFEST: _MANIFEST}}
    files = {
        "package.json": json.dumps({**library, "main": SOURCE.name}),
        ".jsii": json.dumps({**library, **assembly}),
        SOURCE.name: SOURCE.read_text(encoding="utf-8"),
    }
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()
