"""Health of a cache, from the metrics of its clients."""

from quantacirc_cdk.operations.look import Look
from quantacirc_cdk.operations.report import Part


def look(seen: Look, name: str) -> list[Part]:
    """Return the connections from the components that reach it."""
    return [seen.reached(name)]
