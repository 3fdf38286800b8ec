"""Which pods go first when there is no room for all."""

from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import ObjectName, PriorityValue


class PriorityClass(Manifest):
    """A PriorityClass; the name is the cluster's, not a namespace's, so it should say whose it is.

    With ``preempt`` pods of lower priority are evicted to make room.
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
