"""A row of the table."""

from collections.abc import Mapping
from dataclasses import dataclass

from quantacirc_cdk.terraform.parity.cell import Cell, read_cell

CLOUDS: Mapping[str, str] = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure"}
"""Display name of each cloud, by the name of its package."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature that users of a construct rely on."""

    construct: str
    name: str
    cells: Mapping[str, Cell]
    """By cloud."""


def features(construct: str, **rows: tuple[str, str, str]) -> list[Feature]:
    """Return the features of ``construct``: cells of AWS, Google Cloud and Azure by name, with ``_`` for spaces."""
    return [
        Feature(
            construct=construct,
            name=name.replace("_", " "),
            cells={cloud: read_cell(cell) for cloud, cell in zip(CLOUDS, cells, strict=True)},
        )
        for name, cells in rows.items()
    ]
