"""What a chart's user may set of the pods of all components at once; a component's own value comes first."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas
from quantacirc_cdk.helm.landings import Added, Landing, Otherwise
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH
from quantacirc_cdk.manifests import POD_TEMPLATES

_SCHEDULING: dict[str, tuple[str, Any, Any]] = {
    "affinity": ("Nodes and other pods that the pods prefer or need beside them", schemas.AFFINITY, {}),
    "nodeSelector": ("Labels that a node must have to run the pods", schemas.NODE_SELECTOR, {}),
    "priorityClassName": ("PriorityClass of the pods", schemas.NAME, ""),
    "tolerations": ("Taints of nodes that the pods tolerate", schemas.TOLERATIONS, []),
    "topologySpreadConstraints": ("How the pods spread over zones and nodes", schemas.TOPOLOGY_SPREAD, []),
}


@dataclass(frozen=True, kw_only=True)
class CommonPodRules:
    """The parameters of every pod."""

    def variables(self) -> Iterator[Parameter]:
        """Yield the environment variables; they stand before those that a component's user adds, which win."""
        lands: list[Landing] = [
            Added(on=Match(kinds=(kind,)), path=(*template, "spec", containers, EACH, "env"), is_list=True)
            for kind, template in POD_TEMPLATES.items()
            for containers in ("containers", "initContainers")
        ]
        yield Parameter(
            path="global.extraEnv",
            description="Environment variables of every container, besides its own.",
            schema=schemas.EXTRA_ENV,
            default=[],
            example=[{"name": "HTTPS_PROXY", "value": "http://proxy.example:3128"}],
            lands=lands,
        )

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters that stand where a component's own value does not; they come after those."""
        for name, (what, schema, default) in _SCHEDULING.items():
            yield Parameter(
                path=f"global.{name}",
                description=f"{what}, of every component that has none of its own here.",
                schema=schema,
                default=default,
                lands=[
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
                description=f"{field.capitalize()} of the pods of every component.",
                schema=schema,
                default={},
                lands=[
                    Added(on=Match(kinds=(kind,)), path=(*template, "metadata", field))
                    for kind, template in POD_TEMPLATES.items()
                ],
            )
