"""How somebody else's chart is: as those see it that use it."""

from quantacirc_cdk.operations.look import Look
from quantacirc_cdk.operations.report import Part


def look(seen: Look, name: str) -> list[Part]:
    """Return who reaches it, where somebody says that it does."""
    return [seen.reached(name)] if seen.site.clients(name) else []
