"""The number of nodes of a daemon in the chart."""

from collections.abc import Iterator
from dataclasses import dataclass

from quantacirc_cdk.helm.landings import At
from quantacirc_cdk.helm.merge import Condition
from quantacirc_cdk.helm.objects import Manifests
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.rules.subject import Subject
from quantacirc_cdk.manifests import NODES


@dataclass(frozen=True, kw_only=True)
class DaemonRules:
    """What a chart's user may set of a daemon besides its pods."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the number of nodes."""
        yield Parameter(
            path=f"{self.subject.values}.nodes",
            description="Nodes that it runs on at most: what the quota has room for.",
            schema={"type": "string", "pattern": "^[1-9][0-9]*$"},
            lands=[
                At(
                    on=self.subject.on("DaemonSet"),
                    path=("metadata", "annotations", NODES),
                    style="text",
                )
            ],
            reason="clusters differ in size",
        )

    def conditions(self) -> Iterator[Condition]:
        """Yield nothing: it is everywhere."""
        yield from ()


def rules(subject: Subject, manifests: Manifests) -> list[DaemonRules]:  # noqa: ARG001
    """Return the parameters of a daemon."""
    return [DaemonRules(subject=subject)]
