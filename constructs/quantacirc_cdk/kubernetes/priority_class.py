"""PriorityClass: scheduling order of pods, and order of eviction when nodes are full."""

from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import ObjectName, PriorityValue


class PriorityClass(Manifest):
    """A PriorityClass. It is not namespaced, so include the name of the system in its name.

    With ``preempt``, the scheduler evicts pods of lower priority to make room.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: ObjectName,
        value: PriorityValue,
        description: str,
        labels: dict[str, str],
        preempt: bool = True,
    ) -> None:
        super().__init__(
            scope,
            id,
            api_version="scheduling.k8s.io/v1",
            kind="PriorityClass",
            name=name,
            labels=labels,
            description=description,
            globalDefault=False,
            preemptionPolicy="PreemptLowerPriority" if preempt else "Never",
            value=value,
        )
