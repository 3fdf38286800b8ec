"""The identity of a workload towards the Kubernetes API and the cloud."""

from collections.abc import Mapping

from quantacirc_cdk.kubernetes.engine import Construct, cdk8s, kplus


class ServiceAccount(kplus.ServiceAccount):
    """A ServiceAccount whose token no pod gets unless the pod itself asks for it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        labels: Mapping[str, str],
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        found = dict(sorted((annotations or {}).items())) or None
        metadata = cdk8s.ApiObjectMetadata(name=name, labels=dict(labels), annotations=found)
        super().__init__(scope, id, metadata=metadata, automount_token=False)
