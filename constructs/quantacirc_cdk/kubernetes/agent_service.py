"""A worker that takes its tasks from a queue."""

from quantacirc_cdk.kubernetes.workload import Workload, WorkloadProps

AgentServiceProps = WorkloadProps


class AgentService(Workload):
    """A queue worker.

    Creates its Deployment, ServiceAccount, ConfigMap, Service (for health and metrics), autoscaler and disruption
    budget.
    """
