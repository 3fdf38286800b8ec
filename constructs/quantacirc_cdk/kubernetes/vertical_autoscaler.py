"""VerticalPodAutoscaler in recommendation mode."""

from typing import Literal

from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.kubernetes.manifest import Manifest


class VerticalAutoscaler(Manifest):
    """A VerticalPodAutoscaler that only recommends resources, named after its identity.

    To read its recommendation, run ``kubectl describe verticalpodautoscaler``. It never changes a pod, so it does not
    conflict with a horizontal autoscaler. https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        identity: Identity,
        kind: Literal["Deployment", "StatefulSet", "DaemonSet"] = "Deployment",
    ) -> None:
        super().__init__(
            scope,
            id,
            api_version="autoscaling.k8s.io/v1",
            kind="VerticalPodAutoscaler",
            name=identity.name,
            labels=identity.labels,
            spec={
                "targetRef": {"apiVersion": "apps/v1", "kind": kind, "name": identity.name},
                "updatePolicy": {"updateMode": "Off"},
            },
        )
