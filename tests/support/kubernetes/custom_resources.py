"""Custom resources against the schemas that their projects publish, unknown fields refused."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from quantacirc_cdk.node import bundled_node
from support.kubernetes.manifests import Object
from support.tools import TOOLS, require_file

SCRIPT = Path(__file__).with_suffix(".mjs")


def errors(objects: Sequence[Object]) -> list[str]:
    """Return every way in which one of these objects breaks its schema; objects of a kind without one, too."""
    models = require_file(TOOLS / "node" / "node_modules", "run tools/fetch_node_tools.py")
    node = bundled_node()
    assert node is not None
    command = [node, SCRIPT, models]
    run = subprocess.run(command, input=json.dumps(objects), capture_output=True, text=True, check=True, timeout=120)
    return [
        f"{item['kind']} {item['metadata']['name']}: {error}"
        for item, found in zip(objects, json.loads(run.stdout), strict=True)
        for error in found
    ]
