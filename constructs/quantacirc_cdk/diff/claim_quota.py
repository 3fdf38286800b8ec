"""Claims of removed StatefulSets: they stay, and count against the quota that the claims of new ones need."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quantacirc_cdk.diff.fields import Json, look_up
from quantacirc_cdk.diff.impact import Impact, rule
from quantacirc_cdk.limits.quantity import parse_quantity

CLAIMS_REFUSED = rule(
    "claims-above-quota",
    Impact.RECREATE,
    "StatefulSet",
    says="the quota refuses the claims of its pods, which do not start: raise `quota.claims` and `quota.storage` of "
    "the environment until the old claims are deleted, or move their data and delete them first",
    source="https://kubernetes.io/docs/concepts/policy/resource-quotas/#storage-resource-quota",
)


@dataclass(frozen=True, kw_only=True)
class _Claims:
    count: int
    size: int
    """Their sizes together, in bytes."""


def refused_claims(old: Mapping[str, Json], new: Mapping[str, Json], quotas: list[Json]) -> dict[str, str]:
    """Return the StatefulSets of ``new`` whose claims ``quotas`` refuse, each with a note.

    ``old`` and ``new`` contain the StatefulSets of a namespace by name. The claims of those that are only in ``old``
    stay, unless their retention policy deletes them.
    """
    staying = {name: _claims(item) for name, item in old.items() if name not in new and _stays(item)}
    added = {name: _claims(item) for name, item in new.items() if name not in old}
    needed = [*staying.values(), *map(_claims, new.values())]
    count, size = sum(one.count for one in needed), sum(one.size for one in needed)
    if not any(one.count for one in staying.values()):
        return {}
    notes = [
        f"{said} {hard[key]}, with the claims of {', '.join(sorted(staying))}: {amount}"
        for hard in (look_up(quota, "spec", "hard", default={}) for quota in quotas)
        for key, amount, said in (
            ("persistentvolumeclaims", count, "claims: at most"),
            ("requests.storage", size, "bytes: at most"),
        )
        if key in hard and amount > parse_quantity(str(hard[key]))
    ]
    return {name: notes[0] for name, one in added.items() if one.count and notes}


def _stays(item: Json) -> bool:
    return str(look_up(item, "spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")) != "Delete"


def _claims(item: Json) -> _Claims:
    replicas = int(look_up(item, "spec", "replicas", default=1))
    sizes = [*_sizes(item)]
    return _Claims(count=replicas * len(sizes), size=replicas * sum(sizes))


def _sizes(item: Json) -> Iterator[int]:
    for claim in look_up(item, "spec", "volumeClaimTemplates", default=[]):
        yield int(parse_quantity(str(look_up(claim, "spec", "resources", "requests", "storage", default="0"))))
