"""What a system has in no namespace: its namespace itself, the order of its pods, and how its volumes are created."""

from quantacirc_cdk.contract import volumes_of
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.namespace import Namespace
from quantacirc_cdk.kubernetes.priority_class import PriorityClass
from quantacirc_cdk.kubernetes.storage_class import StorageClass
from quantacirc_cdk.kubernetes.system.context import Context

PRIORITIES = {
    "stores": (100_000, "Stores the data of other components."),
    "services": (10_000, "Runs continuously."),
    "tasks": (1_000, "Can wait for capacity."),
}
"""Value and description of each tier: who is placed first, and who is evicted last when a node runs short.

No tier preempts. Add-ons of a cluster often have no class, and so priority 0: with preemption, a rollout on a full
cluster would evict them. Without it, pods wait for room or for the autoscaler
(https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#non-preempting-priority-class).
"""


def cluster_wide(scope: Construct, context: Context, labels: dict[str, str]) -> None:
    """Create the namespace, a PriorityClass for each tier and, in a cluster that Terraform creates, a StorageClass."""
    Namespace(scope, "namespace", name=context.namespace, labels=labels)
    for tier, (value, description) in PRIORITIES.items():
        name = context.priority(tier)
        PriorityClass(scope, tier, name=name, value=value, description=description, labels=labels, preempt=False)
    volumes = volumes_of(context)
    if volumes:
        StorageClass(
            scope,
            "volumes",
            name=volumes.name,
            provisioner=volumes.provisioner,
            parameters=volumes.parameters,
            labels=context.identity(volumes.name, "system").labels,
            default=volumes.default,
        )
