"""How the pods of a workload spread over zones and hosts."""

from collections.abc import Mapping

from quantacirc_cdk.kubernetes.data import Data

ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


def spread_constraints(selector: Mapping[str, str], *, strict: bool = False) -> list[Data]:
    """Return ``topologySpreadConstraints`` that keep the pods apart, zones and hosts alike.

    With ``strict`` a pod waits rather than share a host with another: for members of a quorum. Zones are always
    a preference, so that a cluster of one zone, or one that has lost a zone, can still schedule.
    """
    return [
        _constraint(ZONE, selector, "ScheduleAnyway"),
        _constraint(HOST, selector, "DoNotSchedule" if strict else "ScheduleAnyway"),
    ]


def _constraint(topology: str, selector: Mapping[str, str], when_unsatisfiable: str) -> Data:
    return {
        "labelSelector": {"matchLabels": dict(selector)},
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": when_unsatisfiable,
    }
