"""Irreversible changes of a release, and changes that the API will refuse. Each has a name to accept it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from quantacirc_cdk.diff import ChangedObject, Impact, compare_objects
from quantacirc_cdk.diff import Report as Difference
from quantacirc_cdk.diff.kubernetes import OwnRules
from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.model.site import Site

Json = dict[str, Any]

DATA_LOSS = "data-loss"
RECREATE = "recreate"
REJECTED = "rejected"
DATABASE_MIGRATION = "database-migration"
ARGOCD = "argocd"
OLDER_COMMIT = "older-commit"
PENDING_RELEASE = "pending"

RISKS: Mapping[str, str] = {
    DATA_LOSS: "a volume or its data is deleted, or no longer referenced",
    RECREATE: "an immutable field changes: the API refuses it until the object is deleted",
    REJECTED: "the API would refuse an object",
    DATABASE_MIGRATION: "the software does not support the version of a store's tables or files",
    ARGOCD: "Argo CD applies this environment and will revert other changes",
    OLDER_COMMIT: "the environment runs a later commit, which this deployment would take back",
    PENDING_RELEASE: "another helm process may still change the release",
}


@dataclass(frozen=True, kw_only=True)
class Risk:
    """A risk that must be accepted by its name."""

    name: str
    what: str


def difference(
    before: Iterable[Json],
    after: Iterable[Json],
    *,
    place: str,
    names: tuple[str, str],
    own: OwnRules = MappingProxyType({}),
) -> Difference:
    """Return the differences between two manifests, and their effects on the running system."""
    found = compare_objects(before, after, own)
    objects = [
        ChangedObject(side="kubernetes", place=place, name=str(key), findings=findings)
        for key, findings in found.items()
    ]
    order = list(Impact)
    return Difference(
        before=names[0],
        after=names[1],
        objects=sorted(objects, key=lambda item: (-order.index(item.impact), item.name)),
    )


def risks_of(changes: Difference) -> list[Risk]:
    """Return the risks of a difference, by its impact classes."""
    found = []
    names = {
        Impact.DATA_LOSS: DATA_LOSS,
        Impact.RECREATE: RECREATE,
        Impact.UNREADABLE: DATABASE_MIGRATION,
    }
    for impact, name in names.items():
        for item in changes.reaching([impact]):
            says = next(finding for finding in item.findings if finding.impact is impact)
            found.append(Risk(name=name, what=f"{item.name}: {says.rule.says} [{says.rule.id}]"))
    return found


def component_risks(site: Site, before: Sequence[Json], after: Sequence[Json]) -> list[Risk]:
    """Return the risks that the kinds of components report, such as irreversible changes of a store."""
    found: list[Risk] = []
    for name, component in site.system.components.items():
        found += called(component, "diff.risks", before, after, name) or ()
    return found


def migration_risks(wanted: int | None, done: int | None, database: str | None) -> list[Risk]:
    """Return the risk of software whose tables a later release has migrated."""
    if done is None or (wanted or 0) >= done:
        return []
    said = f"knows migration {wanted}" if wanted else "has no migration"
    return [Risk(name=DATABASE_MIGRATION, what=f"{database}: migration {done} has run, this revision {said}")]


def refused(risks: Iterable[Risk], accepted: Iterable[str]) -> list[str]:
    """Return a message for each risk that was not accepted."""
    taken = set(accepted)
    return [
        f"{risk.what} (to accept: --accept {risk.name})"
        for risk in dict.fromkeys(risks)
        if risk.name not in taken
    ]  # fmt: skip
