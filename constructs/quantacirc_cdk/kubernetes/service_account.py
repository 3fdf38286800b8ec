"""ServiceAccount: the identity of a workload for the Kubernetes API and the cloud."""

from functools import cached_property

from quantacirc_cdk.kubernetes import engine, plus
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest
from quantacirc_cdk.limits.kubernetes import Annotations, Labels, ObjectName


class ServiceAccount(Manifest):
    """A ServiceAccount. Its token is mounted only in pods that request it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: ObjectName,
        labels: Labels,
        annotations: Annotations | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            api_version="v1",
            kind="ServiceAccount",
            name=name,
            labels=labels,
            annotations=annotations,
            automountServiceAccountToken=False,
        )

    @cached_property
    def for_cdk8s_plus(self) -> "engine.kplus.IServiceAccount":
        """The ServiceAccount as a cdk8s-plus object: ``role.bind(agent.service_account.for_cdk8s_plus)``."""
        return plus.service_account(self)
