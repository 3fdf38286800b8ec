"""Which nodes pods run on."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import Choice
from quantacirc_cdk.model.values import Name

Weight = Annotated[int, Field(ge=1, le=100)]


class TolerationSpec(Section):
    """A taint of nodes that the pods tolerate."""

    key: kubernetes.LabelKey | None = None
    """Key of the taint; every taint when absent."""
    value: kubernetes.LabelValue | None = None
    """Value of the taint; any when absent."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Effect of the taint; all when absent."""
    seconds: Annotated[int, Field(ge=0)] | None = None
    """Seconds that a pod stays after a NoExecute taint appears; for ever when absent."""


class Expression(Section):
    """A condition on a label."""

    key: kubernetes.LabelKey
    """Key of the label."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] = "In"
    """How its value is compared."""
    values: list[kubernetes.LabelValue] = []
    """Values that it is compared with."""


class NodeTerm(Section):
    """Nodes that meet all of these conditions."""

    match: Annotated[list[Expression], Field(min_length=1)]
    """Conditions."""
    weight: Weight | None = None
    """How much they are preferred; they are required when absent, and one required term is enough."""


class PodTerm(Choice):
    """Pods that there must be, or must not be, in the same place."""

    component: Name | None = None
    """Pods of this component."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] | None = None
    """Pods with these labels."""
    place: kubernetes.LabelKey = "kubernetes.io/hostname"
    """Label of nodes whose values are the places: the host, or `topology.kubernetes.io/zone`."""
    weight: Weight | None = None
    """How much it is preferred; it is required when absent."""

    choices: ClassVar[tuple[str, ...]] = ("component", "labels")


class SpreadSpec(Section):
    """How the pods of a component spread over one kind of place."""

    place: kubernetes.LabelKey
    """Label of nodes whose values are the places, such as `topology.kubernetes.io/zone`."""
    max_skew: Annotated[int, Field(ge=1)] = 1
    """Pods that one place may have more than another."""
    strict: bool = False
    """Rather wait than exceed it."""


class Placement(Section):
    """Which nodes the pods run on."""

    node_selector: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels that a node must have."""
    architecture: Literal["amd64", "arm64"] | None = None
    """Architecture of the node; any when absent."""
    node_pool: Name | None = None
    """Node pool of the environment's cluster that they run on, whose taints they tolerate."""
    tolerations: list[TolerationSpec] = []
    """Taints that they tolerate."""
    nodes: list[NodeTerm] = []
    """Nodes that they need or prefer."""
    near: list[PodTerm] = []
    """Pods that they need or prefer in the same place."""
    apart: list[PodTerm] = []
    """Pods that they must not or rather not share a place with."""
    spread: list[SpreadSpec] | None = None
    """How they spread; over zones and hosts as far as there are any when absent; not at all when empty."""
    runtime_class: kubernetes.ObjectName | None = None
    """RuntimeClass, such as `gvisor`."""
    priority_class: kubernetes.ObjectName | None = None
    """PriorityClass; the one of the component's tier when absent."""
    scheduler: kubernetes.ObjectName | None = None
    """Scheduler; Kubernetes' own when absent."""
