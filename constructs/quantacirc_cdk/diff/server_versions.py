"""Versions of a server in the cluster, by the tag of its image, and rules about the data that it finds."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from quantacirc_cdk.diff.fields import FieldChange
from quantacirc_cdk.diff.impact import Impact, Rule, rule

IMAGE = "spec.template.spec.containers.*.image"
UPGRADES = "docs/upgrades.md#stores-in-the-cluster"


class Server(NamedTuple):
    """A server as its image names it."""

    name: str
    """Last part of the repository: ``valkey``."""
    version: tuple[int, ...]
    """Numbers at the beginning of the tag; empty if it has none."""


def server_of(image: Any) -> Server:
    """Return the server of an image reference: ``docker.io/library/postgres:17.6-alpine@sha256:…``."""
    name, _, tag = str(image).partition("@")[0].rpartition("/")[2].partition(":")
    numbers = re.match(r"v?([0-9]+(\.[0-9]+)*)(?![0-9A-Za-z_])", tag)
    return Server(name, tuple(int(number) for number in numbers[1].split(".")) if numbers else ())


Reads = Callable[[Server, Server], bool | None]
"""Returns whether a server reads the data of another one, its predecessor; None if their tags do not say."""


def data_rules(id: str, reads: Reads, *, says: str, source: str) -> tuple[Rule, Rule]:
    """Return the rules for another image of a component's server: one that does not read the data that is there, and
    one of which that is not known.
    """

    def changed(change: FieldChange, wanted: bool | None) -> bool:
        old, new = change.old, change.new
        keeps = bool(old.get("spec", {}).get("volumeClaimTemplates"))
        own = change.path[4] == new.get("metadata", {}).get("name")
        return keeps and own and reads(server_of(change.before), server_of(change.after)) is wanted

    return (
        rule(
            f"{id}-data-unreadable",
            Impact.UNREADABLE,
            "StatefulSet",
            IMAGE,
            when=lambda change: changed(change, False),
            says=f"{says} ({UPGRADES})",
            source=source,
        ),
        rule(
            f"{id}-version-unknown",
            Impact.UNAVAILABILITY,
            "StatefulSet",
            IMAGE,
            when=lambda change: changed(change, None),
            says=f"the tags do not say both versions: {says} ({UPGRADES})",
            source=source,
        ),
    )
