"""An HTTP service."""

from quantacirc_cdk.kubernetes.workload import Workload, WorkloadProps

WebServiceProps = WorkloadProps


class WebService(Workload):
    """An HTTP service.

    Creates its Deployment, ServiceAccount, ConfigMap, Service, autoscaler and disruption budget.
    """
