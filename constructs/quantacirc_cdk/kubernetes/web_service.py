"""An HTTP service."""

from dataclasses import dataclass

from quantacirc_cdk.kubernetes.workload import Workload, WorkloadProps


@dataclass(frozen=True, kw_only=True)
class WebServiceProps(WorkloadProps):
    """An HTTP service."""


class WebService(Workload):
    """An HTTP service.

    Creates its Deployment, ServiceAccount, ConfigMap, Service, autoscaler and disruption budget.
    """
