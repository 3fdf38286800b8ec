"""What a second plan still finds to do, because the emulator is not AWS: by type and attribute, with the reason.

Whatever is not in this table is a fault of the stack, or of the emulator, and fails the test; so does an entry that is
no longer true. All of moto's gaps that this stack meets are closed in ``aws.emulator``, so the table is empty: that is
what the test proves. A new one belongs here only when it cannot be closed there.
"""

from collections.abc import Mapping
from typing import Any

GAPS: Mapping[tuple[str, str], str] = {}
"""``("aws_eks_cluster", "access_config")`` and why."""

Changes = Mapping[str, tuple[list[str], Mapping[str, Any]]]
"""By address what a plan would do, and what would change by attribute."""


def unexplained(changes: Changes, gaps: Mapping[tuple[str, str], str] = GAPS) -> list[str]:
    """Return what a plan would do for no reason in the table, and what the table says in vain."""
    met = set()
    found = []
    for address, (actions, attributes) in changes.items():
        kind = address.partition(".")[0]
        if actions != ["update"]:
            found.append(f"{address}: {' and '.join(actions)}")
        for attribute, values in attributes.items():
            met.add((kind, attribute))
            if (kind, attribute) not in gaps and actions == ["update"]:
                found.append(f"{address}.{attribute}: {values[0]!r} to {values[1]!r}")
    return found + [f"{kind}.{attribute} is no gap any more" for kind, attribute in gaps.keys() - met]
