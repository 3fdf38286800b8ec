"""Chart value for the number of nodes of a daemon."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Manifests
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.replicas import NumberIn
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.manifests import NODES


@dataclass(frozen=True, kw_only=True)
class DaemonRules:
    """Chart values of a daemon, in addition to those of its pods."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the number of nodes."""
        yield Parameter(
            path=f"{self.subject.values}.nodes",
            description="Maximum number of nodes that it runs on, for the quota.",
            schema={"type": "integer", "minimum": 1},
            insertions=[
                NumberIn(on=self.subject.on("DaemonSet"), path=("metadata", "annotations", NODES), pattern="^([0-9]+)$")
            ],
            reason="clusters have different sizes",
        )

    def conditions(self) -> Iterator[Condition]:
        """Yield nothing: a daemon has no optional objects."""
        yield from ()


def rules(subject: Subject, manifests: Manifests) -> list[DaemonRules]:  # noqa: ARG001
    """Return the chart values of a daemon."""
    return [DaemonRules(subject=subject)]
