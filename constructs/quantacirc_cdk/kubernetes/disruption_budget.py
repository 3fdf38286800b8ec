"""PodDisruptionBudget: how many pods a drain can evict at once."""

from quantacirc_cdk.kubernetes.data import Data
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import Count


def disruption_budget_spec(identity: Identity, max_unavailable: int = 1) -> Data:
    """Return the ``spec`` of a PodDisruptionBudget that never blocks a drain.

    It limits the unavailable pods. ``minAvailable`` would make it impossible to drain the node of a workload with a
    single pod. Unhealthy pods can always be evicted.
    """
    return {
        "maxUnavailable": max_unavailable,
        "selector": {"matchLabels": identity.selector},
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }


class DisruptionBudget(Manifest):
    """A PodDisruptionBudget for the pods of an identity."""

    def __init__(self, scope: Construct, id: str, *, identity: Identity, max_unavailable: Count = 1) -> None:
        super().__init__(
            scope,
            id,
            api_version="policy/v1",
            kind="PodDisruptionBudget",
            name=identity.name,
            labels=identity.labels,
            spec=disruption_budget_spec(identity, max_unavailable),
        )
