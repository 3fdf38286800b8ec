"""How many pods there are, and how they are replaced."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import PodCount, exactly_one
from quantacirc_cdk.model.values import Percent


class MetricObject(Section):
    """An object of the namespace that a metric is about."""

    kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$")]
    """Kind, such as `Ingress`."""
    name: kubernetes.ObjectName
    """Name."""
    api_version: Annotated[str, Field(pattern=r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?v[0-9][a-z0-9]*$")] = "v1"
    """API version, such as `networking.k8s.io/v1`."""


class MetricSpec(Section):
    """A metric of the cluster's metrics API, of the pods unless `external` or `object` says otherwise."""

    name: Annotated[str, Field(min_length=1)]
    """Name of the metric."""
    average: kubernetes.Quantity | None = None
    """Value a pod above which pods are added."""
    value: kubernetes.Quantity | None = None
    """Value of the metric as a whole above which pods are added; not for a metric of the pods."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels of its series."""
    external: bool = False
    """It belongs to nothing in the cluster, such as the length of a queue."""
    object: MetricObject | None = None
    """Object that it belongs to."""

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        exactly_one(self, ("average", "value") if self.external or self.object else ("average",))
        return self


class TriggerSpec(Section):
    """A trigger of KEDA (https://keda.sh/docs/latest/scalers/); without KEDA in the cluster it has no effect."""

    type: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    """Type, such as `kafka` or `prometheus`."""
    metadata: dict[str, str]
    """What the type takes, all as text."""
    authentication: kubernetes.ObjectName | None = None
    """TriggerAuthentication of the namespace."""
    metric_type: Literal["AverageValue", "Value", "Utilization"] | None = None
    """How the value is compared; KEDA's default for the type when absent."""


class PaceSpec(Section):
    """How fast pods come, or go; the larger of `percent` and `pods` counts."""

    percent: Annotated[int, Field(ge=1, le=10000)] | None = None
    """Percent of the pods within `period_seconds`."""
    pods: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Pods within `period_seconds`."""
    period_seconds: Annotated[int, Field(ge=1, le=1800)] = 60
    """Seconds."""
    stabilization_seconds: kubernetes.StabilizationSeconds = 0
    """Seconds over which the most cautious wish counts."""
    disabled: bool = False
    """Never in this direction."""


class Autoscaling(Section):
    """When to add replicas; how many there may be is the environment's to say."""

    cpu_percent: Percent | None = 70
    """Mean CPU use, in percent of the request, above which replicas are added; none not to look at it."""
    memory_percent: Percent | None = None
    """Mean memory use, in percent of the request, above which replicas are added; none not to look at it."""
    backlog: Annotated[int, Field(ge=1)] | None = None
    """Unprocessed messages a replica above which replicas are added, where the cluster can scale on them."""
    scale_down_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Seconds of calm before replicas are removed."""
    metrics: list[MetricSpec] = []
    """Other metrics; refused where KEDA scales by a backlog or a trigger, and would not look at them."""
    triggers: list[TriggerSpec] = []
    """Triggers of KEDA."""
    up: PaceSpec | None = None
    """How fast replicas come; they double in half a minute when absent."""
    down: PaceSpec | None = None
    """How fast replicas go; one in ten a minute, after `scale_down_seconds`, when absent."""
    recommend: bool = False
    """Have the Vertical Pod Autoscaler, which the cluster then needs, recommend resources, and change nothing."""


class UpdateSpec(Section):
    """How pods are replaced by those of another revision."""

    recreate: bool = False
    """Stop all pods before the first new one starts, for a volume that one node at a time can mount."""
    max_surge: PodCount = 1
    """Pods, or percent of them (`25%`), that there may be more than the replicas meanwhile."""
    max_unavailable: PodCount = 0
    """Pods, or percent of them, that may be missing meanwhile."""
    min_ready_seconds: Annotated[int, Field(ge=0, le=3600)] = 0
    """Seconds that a new pod must be ready before it counts."""
