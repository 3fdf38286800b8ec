"""Write YAML in the usual style: block style, scripts as literal blocks, keys in the given order."""

from collections.abc import Mapping
from typing import Any

from quantacirc_cdk.text import yaml


def to_yaml(data: Mapping[str, Any], heading: str) -> str:
    """Return ``data`` as YAML below the comment ``heading``."""
    return f"# {heading}\n\n{yaml.dump(data, width=4096, indent_items=True)}"


HEADING = "Written by `qcdk synth`. Do not edit."
