"""Chart values for Prometheus: monitors and rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from quantacirc_cdk.helm import schemas, spec_schemas
from quantacirc_cdk.helm.insertions import Added, At, Presence
from quantacirc_cdk.helm.objects import Match
from quantacirc_cdk.helm.parameter import Parameter
from quantacirc_cdk.helm.places import EACH
from quantacirc_cdk.helm.rules.subject import Subject

GROUP = "monitoring.coreos.com"
INTERVAL: dict[str, Any] = {"type": "string", "pattern": "^[1-9][0-9]{0,3}(s|m)$"}
SECTIONS = {"PodMonitor": "podMonitor", "PrometheusRule": "prometheusRule", "ServiceMonitor": "serviceMonitor"}
ENDPOINTS = {"PodMonitor": "podMetricsEndpoints", "ServiceMonitor": "endpoints"}
"""Path of the scraped endpoints, by kind of monitor."""


@dataclass(frozen=True, kw_only=True)
class MonitorRules:
    """Chart values of a component's monitors and rules."""

    subject: Subject

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters. An environment without the operator has no values for them."""
        for kind, section in SECTIONS.items():
            if not self.subject.of_kind(kind):
                continue
            on = self.subject.on(kind)
            what = "the evaluation of alerts" if kind == "PrometheusRule" else "scraping of metrics"
            yield self.subject.parameter(
                f"{section}.enabled",
                f"Enable {what}, if the cluster has the Prometheus Operator.",
                schemas.BOOLEAN,
                Presence(on=on, beside=Match(groups=(GROUP,))),
            )
            yield self.subject.parameter(
                f"{section}.labels",
                f"Additional labels of the {kind}, for the selector of a Prometheus.",
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
                    reason="environments store metrics at different cost",
                )
                for name, what in (("relabelings", "targets"), ("metricRelabelings", "metrics")):
                    yield self.subject.parameter(
                        f"{section}.{name}",
                        f"Additional rules that change or drop the {what}: `{name}` of an endpoint.",
                        spec_schemas.RELABELINGS,
                        Added(on=on, path=(*endpoint, name), is_list=True),
                        default=[],
                        example=[{"action": "labeldrop", "regex": "pod_template_hash"}],
                    )
