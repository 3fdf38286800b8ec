"""What a change of a release cannot undo, or the API will refuse; each has a name with which it is accepted."""

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
PENDING_RELEASE = "pending"

RISKS: Mapping[str, str] = {
    DATA_LOSS: "a volume or what is on it goes, or is no longer found",
    RECREATE: "a field that is immutable changes: the API refuses it until the object is deleted",
    REJECTED: "the API says that it would not take an object",
    DATABASE_MIGRATION: "the database's tables or files are of a version that the software does not read",
    ARGOCD: "Argo CD applies this environment and will undo what is done beside it",
    PENDING_RELEASE: "helm may still be at work on the release",
}


@dataclass(frozen=True, kw_only=True)
class Risk:
    """Something that must be accepted by its name."""

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
    """Return what differs between two manifests, and what that does to what runs."""
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
    """Return the risks of what differs, by the classes of the difference."""
    found = []
    for impact, name in ((Impact.DATA_LOSS, DATA_LOSS), (Impact.RECREATE, RECREATE)):
        for item in changes.reaching([impact]):
            says = next(finding for finding in item.findings if finding.impact is impact)
            found.append(Risk(name=name, what=f"{item.name}: {says.rule.says} [{says.rule.id}]"))
    return found


def component_risks(site: Site, before: Sequence[Json], after: Sequence[Json]) -> list[Risk]:
    """Return the risks that the kinds of components know: what a store of theirs does not come back from."""
    found: list[Risk] = []
    for name, component in site.system.components.items():
        found += called(component, "diff.risks", before, after, name) or ()
    return found


def migration_risks(wanted: int | None, done: int | None, database: str | None) -> list[Risk]:
    """Return the risk of software for tables that a later release has migrated since."""
    if done is None or (wanted or 0) >= done:
        return []
    said = f"knows migration {wanted}" if wanted else "knows no migration"
    return [Risk(name=DATABASE_MIGRATION, what=f"{database}: migration {done} has run, this revision {said}")]


def refused(risks: Iterable[Risk], accepted: Iterable[str]) -> list[str]:
    """Return what is said of the risks that were not accepted, one line for each of them."""
    taken = set(accepted)
    return [
        f"{risk.what} (to accept: --accept {risk.name})"
        for risk in dict.fromkeys(risks)
        if risk.name not in taken
    ]  # fmt: skip
