"""Write YAML the way people do: block style, scripts as literal blocks, keys in the order given."""

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString


def to_yaml(data: Mapping[str, Any], heading: str) -> str:
    """Return ``data`` as YAML below the comment ``heading``."""
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(_plain(data), stream)
    return f"# {heading}\n\n{stream.getvalue()}"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, str):
        return LiteralScalarString(value) if "\n" in value else value
    return [_plain(inner) for inner in value] if isinstance(value, Sequence) else value


HEADING = "Written by `qcdk synth`. Do not edit."
