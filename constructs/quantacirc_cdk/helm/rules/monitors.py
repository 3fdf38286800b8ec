"""What a chart's user may set of what Prometheus is told: monitors and rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.landings import Added, At, Presence
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH
from quantacirc_cdk.helm.rules.subject import Subject

GROUP = "monitoring.coreos.com"
INTERVAL: dict[str, Any] = {"type": "string", "pattern": "^[1-9][0-9]{0,3}(s|m)$"}
SECTIONS = {"PodMonitor": "podMonitor", "PrometheusRule": "prometheusRule", "ServiceMonitor": "serviceMonitor"}
ENDPOINTS = {"PodMonitor": "podMetricsEndpoints", "ServiceMonitor": "endpoints"}
"""By kind of monitor, where what it scrapes is."""


@dataclass(frozen=True, kw_only=True)
class MonitorRules:
    """The parameters of one component's monitors and rules."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters; an environment without the operator tells nothing of them."""
        for kind, section in SECTIONS.items():
            if not self.subject.of_kind(kind):
                continue
            on = self.subject.on(kind)
            what = "alerts are evaluated" if kind == "PrometheusRule" else "metrics are scraped"
            yield self.subject.parameter(
                f"{section}.enabled",
                f"Whether its {what}, where the cluster has the Prometheus operator.",
                schemas.BOOLEAN,
                Presence(on=on, beside=Match(groups=(GROUP,))),
            )
            yield self.subject.parameter(
                f"{section}.labels",
                f"Labels of the {kind} besides its own, by which a Prometheus finds it.",
                schemas.LABELS,
                Added(on=on, path=("metadata", "labels")),
                default={},
                example={"release": "prometheus"},
            )
            if kind in ENDPOINTS:
                endpoint = ("spec", ENDPOINTS[kind], EACH)
                yield self.subject.parameter(
                    f"{section}.interval",
                    "Time between two scrapes, such as `30s`.",
                    INTERVAL,
                    At(on=on, path=(*endpoint, "interval"), style="text"),
                    reason="environments keep metrics at different cost",
                )
                for name, what in (("relabelings", "targets"), ("metricRelabelings", "metrics")):
                    yield self.subject.parameter(
                        f"{section}.{name}",
                        f"Rules that change or drop the {what}, after the component's own: `{name}` of an endpoint.",
                        spec_schemas.RELABELINGS,
                        Added(on=on, path=(*endpoint, name), is_list=True),
                        default=[],
                        example=[{"action": "labeldrop", "regex": "pod_template_hash"}],
                    )
