"""How a cache is: as those see it that use it."""

from quantacirc_cdk.operations.look import Look
from quantacirc_cdk.operations.report import Part


def look(seen: Look, name: str) -> list[Part]:
    """Return who reaches it."""
    return [seen.reached(name)]
