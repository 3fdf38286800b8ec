"""Irreversible changes of a database in the cluster."""

import re
from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.operations.risks import DATABASE_MIGRATION, Risk

Json = dict[str, Any]


def risks(before: Sequence[Json], after: Sequence[Json], name: str) -> list[Risk]:
    """Return the risk of a change of the PostgreSQL major version, which cannot start on the existing data files.

    https://www.postgresql.org/docs/current/upgrading.html
    """
    old, new = (_major(items, name) for items in (before, after))
    if old is None or new is None or old == new:
        return []
    what = f"{name}: PostgreSQL {new} cannot start on the data files of PostgreSQL {old}: dump and restore them"
    return [Risk(name=DATABASE_MIGRATION, what=what)]


def _major(items: Sequence[Json], name: str) -> int | None:
    """Return the major version from the tag of the database's image."""
    for item in items:
        if item.get("kind") == "StatefulSet" and item["metadata"]["name"] == name:
            image = item["spec"]["template"]["spec"]["containers"][0]["image"].partition("@")[0]
            match = re.match(r"([0-9]+)", image.rpartition("/")[2].partition(":")[2])
            return int(match[1]) if match else None
    return None
