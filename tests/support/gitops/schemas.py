"""The schemas of Argo CD and Flux, as their custom resource definitions have them."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.tools import TOOLS, require, require_file

MODELS = TOOLS / "node" / "node_modules" / "@kubernetes-models"
# Any value is allowed there, so that the schemas look at none.
_FREE = re.compile(r"/list/elements/\d+/\w+ is unknown|/helm/valuesObject/.+ is unknown|/description is unknown")


def schema_errors(items: Sequence[dict[str, Any]]) -> list[str]:
    """Return what the schemas refuse in these objects, unknown fields included."""
    require_file(MODELS, "run tools/fetch_node_tools.py")
    command = [require("node"), Path(__file__).with_name("validate.mjs"), MODELS]
    run = subprocess.run(command, input=json.dumps(items), capture_output=True, text=True, check=True, timeout=60)
    named = zip(items, json.loads(run.stdout), strict=True)
    return [
        f"{item['kind']}/{item['metadata']['name']}{problem}"
        for item, problems in named
        for problem in problems
        if not _FREE.search(problem)
    ]
