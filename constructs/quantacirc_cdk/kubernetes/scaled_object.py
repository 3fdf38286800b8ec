"""KEDA ScaledObject: adjusts the number of pods to a JetStream backlog."""

from quantacirc_cdk.kubernetes.autoscaler import (
    AutoscalerProps,
    Backlog,
    Scaling,
    Trigger,
    scale_target,
    scaling_behavior,
)
from quantacirc_cdk.kubernetes.data import Data, compact
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.manifest import Manifest

TRANSFER = {"scaledobject.keda.sh/transfer-hpa-ownership": "true"}
"""Lets KEDA take over a HorizontalPodAutoscaler of this name, which a workload had before: otherwise, KEDA refuses the
ScaledObject (https://keda.sh/docs/latest/reference/scaledobject-spec/#transfer-ownership-of-an-existing-hpa).
"""
POLLING_SECONDS = 15
"""Interval in seconds at which KEDA reads the backlog."""


def scaled_object_spec(props: AutoscalerProps) -> Data:
    """Return the ``spec`` of a KEDA ``ScaledObject``.

    The trigger with the highest demand determines the number of pods. There is no ``fallback``, which KEDA refuses
    together with CPU triggers (https://keda.sh/docs/latest/reference/scaledobject-spec/#fallback). While the bus is
    unavailable, the number of pods does not change.
    """
    scaling = props.scaling
    return {
        "advanced": {
            "horizontalPodAutoscalerConfig": {
                "behavior": scaling_behavior(scaling),
                "name": props.identity.name,
            },
            "restoreToOriginalReplicaCount": False,
        },
        "maxReplicaCount": scaling.max_replicas,
        "minReplicaCount": scaling.min_replicas,
        "pollingInterval": POLLING_SECONDS,
        "scaleTargetRef": scale_target(props),
        "triggers": [
            *(_backlog_trigger(backlog) for backlog in scaling.backlogs),
            *(_trigger(trigger) for trigger in scaling.triggers),
            *_use_triggers(scaling),
        ],
    }


def _backlog_trigger(backlog: Backlog) -> Data:
    """Return a trigger of https://keda.sh/docs/latest/scalers/nats-jetstream/; all its values are strings."""
    return {
        "metadata": {
            "account": backlog.account,
            "activationLagThreshold": "0",
            "consumer": backlog.consumer,
            "lagThreshold": str(backlog.messages),
            "natsServerMonitoringEndpoint": backlog.monitor,
            "stream": backlog.stream,
            "useHttps": "false",
        },
        "metricType": "AverageValue",
        "type": "nats-jetstream",
    }


def _trigger(trigger: Trigger) -> Data:
    return {
        **compact(
            authenticationRef=trigger.authentication and {"name": trigger.authentication},
            metricType=trigger.metric_type,
        ),
        "metadata": dict(sorted(trigger.metadata.items())),
        "type": trigger.type,
    }


def _use_triggers(scaling: Scaling) -> list[Data]:
    targets = {"cpu": scaling.cpu_percent, "memory": scaling.memory_percent}
    return [
        {"metadata": {"value": str(percent)}, "metricType": "Utilization", "type": name}
        for name, percent in targets.items()
        if percent is not None
    ]


class ScaledObject(Manifest):
    """A KEDA ScaledObject of the workload with the same name; KEDA creates a HorizontalPodAutoscaler from it."""

    def __init__(self, scope: Construct, id: str, props: AutoscalerProps) -> None:
        super().__init__(
            scope,
            id,
            api_version="keda.sh/v1alpha1",
            kind="ScaledObject",
            name=props.identity.name,
            labels=props.identity.labels,
            annotations=TRANSFER,
            spec=scaled_object_spec(props),
        )
