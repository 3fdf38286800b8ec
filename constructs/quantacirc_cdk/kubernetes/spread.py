"""Topology spread of pods over zones and hosts."""

from collections.abc import Mapping

from quantacirc_cdk.kubernetes.data import Data

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


def spread_constraints(
    selector: Mapping[str, str], *, strict: bool = False, min_zones: int | None = None
) -> list[Data]:
    """Return ``topologySpreadConstraints`` that spread the pods over zones and hosts.

    With ``strict``, a pod stays pending instead of sharing a host with another one: for members of a quorum. Spread
    over zones is a preference, so that pods can be scheduled in a cluster with a single zone, or when a zone fails.
    With ``min_zones``, a pod stays pending instead, also while there are nodes in fewer zones, so that an autoscaler
    adds one where it is missing
    (https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/).
    """
    zones = {"minDomains": min_zones} if min_zones else {}
    return [
        {**_constraint(ZONE, selector, "DoNotSchedule" if min_zones else "ScheduleAnyway"), **zones},
        _constraint(HOST, selector, "DoNotSchedule" if strict else "ScheduleAnyway"),
    ]


def _constraint(topology: str, selector: Mapping[str, str], when_unsatisfiable: str) -> Data:
    return {
        "labelSelector": {"matchLabels": dict(selector)},
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": when_unsatisfiable,
    }
