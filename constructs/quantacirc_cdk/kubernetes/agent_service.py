"""A worker that takes its tasks from a queue."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.workload import Workload, WorkloadProps


@dataclass(frozen=True, kw_only=True)
class AgentServiceProps(WorkloadProps):
    """A queue worker."""


class AgentService(Workload):
    """A queue worker.

    Creates its Deployment, ServiceAccount, ConfigMap, Service (for health and metrics), autoscaler and disruption
    budget.
    """
