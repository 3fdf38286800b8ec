"""Grafana dashboards, built with Grafana's own library, as ConfigMaps that its sidecar loads."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from grafana_foundation_sdk.builders import common, dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode, VariableRefresh

from quantacirc_cdk.kubernetes.config_map import ConfigMap
from quantacirc_cdk.kubernetes.engine import Construct
from quantacirc_cdk.kubernetes.identity import Identity
from quantacirc_cdk.manifests import DASHBOARD

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
"""Variable of the data source, which you select in Grafana."""
Unit = Literal["short", "percentunit", "s", "bytes", "ops", "reqps"]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A panel with one graph."""

    title: str
    queries: Mapping[str, str]
    """PromQL for each legend; a legend can use ``{{label}}``."""
    unit: Unit = "short"
    description: str = ""
    stacked: bool = False
    warn: float | None = None
    """Threshold above which the value is yellow."""
    alarm: float | None = None
    """Threshold above which the value is red."""
    width: int = 8
    """Width in columns, of 24."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of panels with a heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, kw_only=True)
class DashboardProps:
    """A dashboard."""

    identity: Identity
    """Its name is the name of the ConfigMap; with the namespace, it determines the stable id of the dashboard."""
    title: str
    rows: Sequence[Row]
    tags: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    """Query of the selectable label values, ``label_values(...)``, for each variable."""
    namespace: str = ""


def dashboard_json(props: DashboardProps) -> str:
    """Return the dashboard as JSON that Grafana imports; you select the data source in Grafana."""
    built = dashboard.Dashboard(props.title).uid(dashboard_id(props)).tags(sorted(props.tags)).editable()
    built = built.time("now-6h", "now").refresh("1m").timezone("utc")
    built = built.with_variable(dashboard.DatasourceVariable("datasource").type("prometheus").label("Data source"))
    for name, query in props.variables.items():
        variable = dashboard.QueryVariable(name).query(query).datasource(SOURCE).multi(True).include_all(True)
        built = built.with_variable(variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED))
    for row in props.rows:
        built = built.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            built = built.with_panel(_panel(panel))
    return JSONEncoder(sort_keys=True, indent=1).encode(built.build()) + "\n"


def dashboard_id(props: DashboardProps) -> str:
    """Return an id that does not depend on the title, so that links remain valid."""
    text = f"{props.namespace}/{props.identity.name}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


class Dashboard(ConfigMap):
    """A ConfigMap with a dashboard."""

    def __init__(self, scope: Construct, id: str, props: DashboardProps) -> None:
        name = props.identity.name
        labels = {**props.identity.labels, DASHBOARD: "1"}
        super().__init__(scope, id, name=name, data={f"{name}.json": dashboard_json(props)}, labels=labels)


def _panel(panel: Panel) -> timeseries.Panel:
    steps = [Threshold(value=None, color="green")]
    steps += [Threshold(value=panel.warn, color="orange")] if panel.warn is not None else []
    steps += [Threshold(value=panel.alarm, color="red")] if panel.alarm is not None else []
    legend = common.VizLegendOptions().show_legend(True).display_mode(LegendDisplayMode.LIST)
    built = timeseries.Panel().title(panel.title).description(panel.description).datasource(SOURCE)
    built = built.unit(panel.unit).min(0).height(8).span(panel.width)
    built = built.thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    built = built.legend(legend.placement(LegendPlacement.BOTTOM)).fill_opacity(10).show_points(VisibilityMode.NEVER)
    built = built.tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    if panel.stacked:
        built = built.stacking(common.StackingConfig().mode(StackingMode.NORMAL))
    for index, (text, query) in enumerate(panel.queries.items()):
        target = prometheus.Dataquery().expr(query).legend_format(text).ref_id(chr(ord("A") + index))
        built = built.with_target(target.range())
    return built
