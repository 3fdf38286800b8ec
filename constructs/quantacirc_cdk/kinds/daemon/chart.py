"""Chart value for the number of nodes of a daemon."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm.expression import Expression
from quantacirc_cdk.helm.insertions import Spot
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.node import Choice, Text
from quantacirc_cdk.helm.objects import Manifests, Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.manifests import NODES


@dataclass(frozen=True, kw_only=True)
class NumberOfNodes:
    """The annotation with the number of nodes, which only some environments have."""

    on: Match

    def insert(self, spot: Spot) -> list[Any]:
        """Return the number, 0 without the annotation, and insert the parameter in any case."""
        annotations = spot.tree["metadata"].setdefault("annotations", {})
        stated = spot.parameter.expression
        number = Expression(f"int64 {stated.helm}", stated.compute)
        found = int(annotations.get(NODES, 0))
        annotations[NODES] = Choice(stated, Text((number,)))
        return [found]


@dataclass(frozen=True, kw_only=True)
class DaemonRules:
    """Chart values of a daemon, in addition to those of its pods."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the number of nodes."""
        yield Parameter(
            path=f"{self.subject.values}.nodes",
            description="Maximum number of nodes that it runs on, for the quota; 0 if it is not known.",
            schema={"type": "integer", "minimum": 0},
            insertions=[NumberOfNodes(on=self.subject.on("DaemonSet"))],
            reason="clusters have different sizes",
        )

    def conditions(self) -> Iterator[Condition]:
        """Yield nothing: a daemon has no optional objects."""
        yield from ()


def rules(subject: Subject, manifests: Manifests) -> list[DaemonRules]:  # noqa: ARG001
    """Return the chart values of a daemon."""
    return [DaemonRules(subject=subject)]
