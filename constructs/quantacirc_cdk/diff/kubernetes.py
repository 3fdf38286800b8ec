"""Compare two sets of manifests, and classify the effect of each difference."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from quantacirc_cdk.diff import (
    autoscaler_rules,
    chart_rules,
    configuration_rules,
    delivery_rules,
    job_rules,
    network_rules,
    storage_rules,
    workload_rules,
)
from quantacirc_cdk.diff.claim_quota import CLAIMS_REFUSED, refused_claims
from quantacirc_cdk.diff.defaults import stored
from quantacirc_cdk.diff.fields import ABSENT, FieldChange, Json, compare, look_up
from quantacirc_cdk.diff.impact import Finding, Impact, Rule
from quantacirc_cdk.diff.object_rules import ADDED, ALLOWS, REMOVED, SUCCEEDED, UNKNOWN
from quantacirc_cdk.diff.storage_rules import EXPANDING, GROWS, MAY_GROW

SAME_OBJECT = Rule(
    id="api-version",
    impact=Impact.NO_OP,
    paths=("apiVersion",),
    says="another version of the same API: it is still the same object",
    source="https://kubernetes.io/docs/concepts/overview/kubernetes-api/#api-groups-and-versioning",
)
FIELD_RULES: tuple[Rule, ...] = (
    SAME_OBJECT,
    *workload_rules.RULES, *job_rules.RULES, *network_rules.RULES, *storage_rules.RULES, *configuration_rules.RULES,
    *chart_rules.RULES, *delivery_rules.RULES
)  # fmt: skip
"""The first rule that applies to a change is used."""

IGNORED = ("status",)
"""Fields that the cluster writes, not the manifest."""


@dataclass(frozen=True, kw_only=True, order=True)
class ObjectKey:
    """Identity of an object for the API; the API version is not part of it."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return ``Kind name``."""
        return f"{self.kind} {self.name}"


def key_of(item: Json) -> ObjectKey:
    """Return the identity of an object."""
    group, _, _ = str(item.get("apiVersion", "")).rpartition("/")
    metadata = item.get("metadata") or {}
    return ObjectKey(
        group=group, kind=str(item.get("kind", "")), namespace=str(metadata.get("namespace") or ""),
        name=str(metadata.get("name") or metadata.get("generateName") or ""),
    )  # fmt: skip


NAME = "app.kubernetes.io/name"
"""Label with the component of an object."""
OwnRules = Mapping[str, Sequence[Rule]]
"""Rules for the objects of single components, by the component's name; they take precedence over the general ones. An
object of ``bus-streams`` is one of the component ``bus``, unless a component has that name.
"""


def compare_objects(
    before: Iterable[Json], after: Iterable[Json], own: OwnRules = MappingProxyType({})
) -> dict[ObjectKey, list[Finding]]:
    """Return the differences of each object that differs."""
    old, new = ({key_of(item): item for item in items} for items in (before, after))
    fresh = not old
    classes = {key.name: item.get("allowVolumeExpansion") is True
               for key, item in {**old, **new}.items() if key.kind == "StorageClass"}  # fmt: skip
    growing = {name for name, expands in (dict.fromkeys(EXPANDING, True) | classes).items() if expands}
    successions = autoscaler_rules.successions(old, new)
    found: dict[ObjectKey, list[Finding]] = {}
    for key in sorted({*old, *new}):
        findings = compare_object(old.get(key), new.get(key), own)
        if fresh:  # No running pod is affected by a new policy or quota in a new namespace.
            findings = [replace(each, rule=ADDED[-1]) for each in findings]
        if key.kind == "NetworkPolicy" and key not in old and _isolated(new[key], old.values()):
            rule = ADDED[-1] if _selects_new(new[key], old.values(), new.values()) else ALLOWS
            findings = [replace(each, rule=rule) for each in findings]
        if key.kind == "PersistentVolumeClaim" and look_up(new.get(key), "spec", "storageClassName") in growing:
            findings = [replace(each, rule=GROWS) if each.rule is MAY_GROW else each for each in findings]
        if key not in new and _stem(key) and _stem(key) in map(_stem, new):
            findings = [replace(finding, rule=SUCCEEDED) for finding in findings]
        if key in successions:
            findings = [replace(finding, rule=successions[key]) for finding in findings]
        if key.kind == "StatefulSet" and (note := _refused(key, old, new)):
            findings = [replace(finding, rule=CLAIMS_REFUSED, note=note) for finding in findings]
        if findings:
            found[key] = findings
    return found


def _refused(key: ObjectKey, old: Mapping[ObjectKey, Json], new: Mapping[ObjectKey, Json]) -> str:
    """Return why the quota refuses the claims of a new StatefulSet; empty if it does not."""
    if key in old:
        return ""
    before, after, quotas = (
        {each.name: item for each, item in items.items() if (each.kind, each.namespace) == (kind, key.namespace)}
        for items, kind in ((old, "StatefulSet"), (new, "StatefulSet"), (new, "ResourceQuota"))
    )
    return refused_claims(before, after, [*quotas.values()]).get(key.name, "")


def _isolated(policy: Json, before: Iterable[Json]) -> bool:
    """Return whether a policy for all pods of the namespace already refused what ``policy`` does not allow."""
    return any(
        item.get("kind") == "NetworkPolicy"
        and look_up(item, "metadata", "namespace") == look_up(policy, "metadata", "namespace")
        and not look_up(item, "spec", "podSelector", default={})
        and set(_directions(policy)) <= set(_directions(item))
        for item in before
    )


def _directions(policy: Json) -> list[str]:
    default = ["Ingress", "Egress"] if look_up(policy, "spec", "egress") else ["Ingress"]
    return list(look_up(policy, "spec", "policyTypes", default=default))


def _selects_new(policy: Json, before: Iterable[Json], after: Iterable[Json]) -> bool:
    """Return whether a policy selects pods of new workloads, and none of those that there were."""
    labels = look_up(policy, "spec", "podSelector", "matchLabels", default={})
    if not labels or look_up(policy, "spec", "podSelector", "matchExpressions"):
        return False

    def selects(items: Iterable[Json]) -> bool:
        return any(labels.items() <= look_up(template, "metadata", "labels", default={}).items()
                   for item in items for template in _templates(item))  # fmt: skip

    return selects(after) and not selects(before)


def _templates(item: Json) -> Iterable[Json]:
    for path in (("spec", "template"), ("spec", "jobTemplate", "spec", "template")):
        if template := look_up(item, *path):
            yield template
    if item.get("kind") == "Pod":
        yield item


def _stem(key: ObjectKey) -> ObjectKey | None:
    """Return the identity of a Job without the hash in its name; None if its name has none."""
    stem = re.sub(r"-[0-9a-f]{8}$", "", key.name)
    return replace(key, name=stem) if key.kind == "Job" and stem != key.name else None


def compare_object(before: Json | None, after: Json | None, own: OwnRules = MappingProxyType({})) -> list[Finding]:
    """Return the differences between two versions of one object, either of which can be missing."""
    old, new = _without_status(before), _without_status(after)
    if before is None or after is None:
        change = FieldChange(
            path=(), before=ABSENT if before is None else old, after=ABSENT if after is None else new, old=old, new=new
        )
        rule = _first(ADDED if before is None else REMOVED, change)
        return [Finding(rule=rule, change=change, note=_note(change))]
    rules = (*_own_rules(own, str(look_up(new, "metadata", "labels", NAME, default=""))), *FIELD_RULES)
    return [Finding(rule=_first(rules, change), change=change) for change in compare(stored(old), stored(new))]


def _own_rules(own: OwnRules, name: str) -> Sequence[Rule]:
    owner = max((each for each in own if f"{name}-".startswith(f"{each}-")), key=len, default="")
    return own.get(owner, ())


def _without_status(item: Mapping[str, Any] | None) -> Json:
    return {name: value for name, value in (item or {}).items() if name not in IGNORED}


def _first(rules: Iterable[Rule], change: FieldChange) -> Rule:
    kind = str((change.new or change.old).get("kind", ""))
    return next((rule for rule in rules if rule.covers(kind, change)), UNKNOWN)


def _note(change: FieldChange) -> str:
    """Return a note about the claims of a removed StatefulSet."""
    if not change.removed or change.old.get("kind") != "StatefulSet":
        return ""
    claims = [
        str(look_up(claim, "metadata", "name"))
        for claim in look_up(change.old, "spec", "volumeClaimTemplates", default=[])
    ]
    if not claims:
        return ""
    policy = look_up(change.old, "spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted", default="Retain")
    return (
        f"whenDeleted is {policy}: the claims {'are deleted' if policy == 'Delete' else 'stay'} ({', '.join(claims)})"
    )
