"""Nodes that pods run on."""

import re
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from quantacirc_cdk.limits import kubernetes
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.needs.short import Choice, expected
from quantacirc_cdk.model.values import Name

Weight = Annotated[int, Field(ge=1, le=100)]


class TolerationSpec(Section):
    """A node taint that the pods tolerate."""

    key: kubernetes.LabelKey | None = None
    """Key of the taint; every taint when absent."""
    value: kubernetes.LabelValue | None = None
    """Value of the taint; any when absent."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Effect of the taint; all when absent."""
    seconds: Annotated[int, Field(ge=0)] | None = None
    """Seconds that a pod stays after a NoExecute taint appears; forever when absent."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.seconds is not None and self.effect != "NoExecute":
            raise expected("effect NoExecute with seconds")
        if self.value is not None and self.key is None:
            raise expected("key with value")
        return self


class Expression(Section):
    """A condition on a label."""

    key: kubernetes.LabelKey
    """Key of the label."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"] = "In"
    """Comparison of the label's value with `values`."""
    values: list[kubernetes.LabelValue] = []
    """Values to compare with."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        count = {"Exists": 0, "DoesNotExist": 0, "Gt": 1, "Lt": 1}.get(self.operator)
        if count == 0 and self.values:
            raise expected(f"no values with operator {self.operator}")
        if count is None and not self.values:
            raise expected(f"values with operator {self.operator}")
        if count == 1 and not (len(self.values) == 1 and re.fullmatch(r"-?[0-9]+", self.values[0])):
            raise expected(f"one whole number as values with operator {self.operator}")
        return self


class NodeTerm(Section):
    """Nodes that meet all of these conditions."""

    match: Annotated[list[Expression], Field(min_length=1)]
    """Conditions."""
    weight: Weight | None = None
    """Weight of a preference. When absent, the term is required; one matching required term is enough."""


class PodTerm(Choice):
    """Pods that must, or must not, run in the same topology domain."""

    component: Name | None = None
    """Pods of this component."""
    labels: dict[kubernetes.LabelKey, kubernetes.LabelValue] | None = None
    """Pods with these labels."""
    place: kubernetes.LabelKey = "kubernetes.io/hostname"
    """Node label that defines the topology domain: the host, or `topology.kubernetes.io/zone`."""
    weight: Weight | None = None
    """Weight of a preference; required when absent."""

    choices: ClassVar[tuple[str, ...]] = ("component", "labels")


class SpreadSpec(Section):
    """How the pods of a component spread over topology domains."""

    place: kubernetes.LabelKey
    """Node label that defines the topology domain, such as `topology.kubernetes.io/zone`."""
    max_skew: Annotated[int, Field(ge=1)] = 1
    """Maximum difference in the number of pods between two domains."""
    strict: bool = False
    """Keep a pod pending instead of exceeding the difference."""


class Placement(Section):
    """Nodes that the pods run on."""

    node_selector: dict[kubernetes.LabelKey, kubernetes.LabelValue] = {}
    """Labels that a node must have."""
    architecture: Literal["amd64", "arm64"] | None = None
    """Architecture of the node; any when absent."""
    node_pool: Name | None = None
    """Node pool of the environment's cluster to run on; its taints are tolerated."""
    tolerations: list[TolerationSpec] = []
    """Taints that they tolerate."""
    nodes: list[NodeTerm] = []
    """Required or preferred nodes."""
    near: list[PodTerm] = []
    """Pods that must, or should, run in the same topology domain."""
    apart: list[PodTerm] = []
    """Pods that must not, or should not, run in the same topology domain."""
    spread: list[SpreadSpec] | None = None
    """Spread over topology domains. When absent, over zones and hosts if possible; none when empty."""
    runtime_class: kubernetes.ObjectName | None = None
    """RuntimeClass, such as `gvisor`."""
    priority_class: kubernetes.ObjectName | None = None
    """PriorityClass; the one of the component's tier when absent."""
    scheduler: kubernetes.ObjectName | None = None
    """Scheduler; the default scheduler when absent."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        pairs = [(one.place, one.strict) for one in self.spread or ()]
        for place, strict in pairs:
            if pairs.count((place, strict)) > 1:
                raise expected(f"spread over {place} once")
        return self
