"""The chart value with the number of zones that the pods of a StatefulSet spread over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import Expression, Scope, argument, value
from quantacirc_cdk.helm.insertions import Insertion, Spot
from quantacirc_cdk.helm.node import Choice, Insert
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH, Path, places
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.manifests import POD_TEMPLATES

PATH = "zones"
_ZONE = "topology.kubernetes.io/zone"
_CONSTRAINTS: Path = (*POD_TEMPLATES["StatefulSet"], "spec", "topologySpreadConstraints")


@dataclass(frozen=True, kw_only=True)
class ZoneRules:
    """The number of zones, for all StatefulSets that spread over zones."""

    subjects: Sequence[Subject]
    zones: Mapping[str, int]
    """Number of zones of each environment; 0 where their spread is a preference."""

    def parameters(self) -> Iterator[Parameter]:
        """Yield the value, if a StatefulSet spreads over zones."""
        insertions: list[Insertion] = [
            _OverZones(on=subject.on("StatefulSet"), replicas=value(f"{subject.values}.replicas"))
            for subject in self.subjects
            if any(subject.samples(key, _CONSTRAINTS) for key in subject.of_kind("StatefulSet"))
        ]
        if insertions:
            yield Parameter(
                path=PATH,
                description=(
                    "Number of zones that the pods of a StatefulSet must spread over: a pod stays pending instead of "
                    "joining others in one zone. 0 for a preference, and for nodes without the label "
                    f"`{_ZONE}`."
                ),
                schema={"type": "integer", "minimum": 0, "maximum": 100},
                known=self.zones,
                insertions=insertions,
                reason="clusters have different zones",
            )


@dataclass(frozen=True, kw_only=True)
class _OverZones:
    """The constraint of a StatefulSet for its zones, unless the component sets another."""

    on: Match
    replicas: Expression

    def insert(self, spot: Spot) -> list[Any]:
        """Replace what follows from the number of zones; nothing is removed."""
        zones, replicas = spot.parameter.known.get(spot.environment, 0), spot.tree["spec"].get("replicas", 1)
        for container, key in places(spot.tree, (*_CONSTRAINTS, EACH)):
            one = container[key]
            wanted = ("DoNotSchedule", _least(zones, replicas)) if zones else ("ScheduleAnyway", None)
            if one.get("topologyKey") == _ZONE and (one["whenUnsatisfiable"], one.get("minDomains")) == wanted:
                container[key] = {**one, **self._derived(spot.parameter.expression)}
        return []

    def _derived(self, zones: Expression) -> dict[str, Any]:
        strict = Expression(
            f'ternary "DoNotSchedule" "ScheduleAnyway" (gt (int {argument(zones)}) 0)',
            lambda scope: "DoNotSchedule" if zones.compute(scope) else "ScheduleAnyway",
        )

        def least(scope: Scope) -> int:
            return _least(zones.compute(scope), self.replicas.compute(scope))

        count = Expression(f"max 1 (min (int {argument(zones)}) (int {argument(self.replicas)}))", least)
        return {"minDomains": Choice(zones, Insert(count, "number")), "whenUnsatisfiable": Insert(strict, "text")}


def _least(zones: int, replicas: int) -> int:
    return max(1, min(zones, replicas))
