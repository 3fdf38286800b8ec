"""Cluster-scoped objects of a system: its namespace, its PriorityClasses and its StorageClass."""

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
"""Value and description of each tier: the order of scheduling, and the reverse order of eviction when a node is full.

No tier preempts. Cluster add-ons often have no PriorityClass, and therefore priority 0. With preemption, a rollout on a
full cluster would evict them. Without it, pods wait for capacity or for the cluster autoscaler
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
