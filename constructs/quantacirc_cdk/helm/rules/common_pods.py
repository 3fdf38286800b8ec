"""Chart values for the pods of all components; the value of a component takes precedence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.insertions import Added, Insertion, Otherwise
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH
from quantacirc_cdk.helm.unique import Unique
from quantacirc_cdk.helm.value_checks import SPREAD_CHECKS
from quantacirc_cdk.helm.variables import AddedVariables
from quantacirc_cdk.manifests import POD_TEMPLATES

_SCHEDULING: dict[str, tuple[str, Any, Any]] = {
    "affinity": ("Node and pod affinity", schemas.AFFINITY, {}),
    "nodeSelector": ("Labels that a node must have to run the pods", schemas.NODE_SELECTOR, {}),
    "priorityClassName": ("PriorityClass of the pods", schemas.NAME, ""),
    "tolerations": ("Taints of nodes that the pods tolerate", schemas.TOLERATIONS, []),
    "topologySpreadConstraints": ("How the pods spread over zones and nodes", schemas.TOPOLOGY_SPREAD, []),
}


@dataclass(frozen=True, kw_only=True)
class CommonPodRules:
    """Chart values of all pods."""

    chart: str
    """Name of the chart, the prefix of its named templates."""

    def variables(self) -> Iterator[Parameter]:
        """Yield the environment variables. They come before those of a component, which take precedence."""
        insertions: list[Insertion] = [
            AddedVariables(on=Match(kinds=(kind,)), path=(*template, "spec", containers, EACH, "env"), chart=self.chart)
            for kind, template in POD_TEMPLATES.items()
            for containers in ("containers", "initContainers")
        ]
        yield Parameter(
            path="global.extraEnv",
            description="Environment variables of every container. Each replaces the container's own of the same name.",
            schema=schemas.EXTRA_ENV,
            default=[],
            example=[{"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"}],
            checks=[Unique()],
            insertions=insertions,
        )

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters that apply if a component's own value is empty; they must follow those."""
        for name, (what, schema, default) in _SCHEDULING.items():
            yield Parameter(
                path=f"global.{name}",
                description=f"{what}, for each component without its own value.",
                schema=schema,
                default=default,
                checks=SPREAD_CHECKS if schema is schemas.TOPOLOGY_SPREAD else [],
                insertions=[
                    Otherwise(
                        on=Match(kinds=(kind,)),
                        path=(*template, "spec", name),
                        style="text" if default == "" else "yaml",
                    )
                    for kind, template in POD_TEMPLATES.items()
                ],
            )
        for name, field, schema in (
            ("podAnnotations", "annotations", schemas.ANNOTATIONS),
            ("podLabels", "labels", schemas.LABELS),
        ):
            yield Parameter(
                path=f"global.{name}",
                description=f"Additional {field} of the pods of every component.",
                schema=schema,
                default={},
                insertions=[
                    Added(on=Match(kinds=(kind,)), path=(*template, "metadata", field))
                    for kind, template in POD_TEMPLATES.items()
                ],
            )
