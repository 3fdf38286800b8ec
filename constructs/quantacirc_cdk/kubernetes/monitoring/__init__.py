"""Monitoring with the Prometheus Operator and Grafana: scrape targets, alerts and dashboards."""

from quantacirc_cdk.kubernetes.monitoring.dashboard import Dashboard, DashboardProps, Panel, Row, dashboard_json
from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, PrometheusRule, Recording, RuleGroup
from quantacirc_cdk.kubernetes.monitoring.service_monitor import ServiceMonitor, ServiceMonitorProps
from quantacirc_cdk.kubernetes.monitoring.slo import Objective, burn_rate_alerts, burn_rate_recordings

__all__ = [
    "Alert",
    "Dashboard",
    "DashboardProps",
    "Objective",
    "Panel",
    "PrometheusRule",
    "Recording",
    "Row",
    "RuleGroup",
    "ServiceMonitor",
    "ServiceMonitorProps",
    "burn_rate_alerts",
    "burn_rate_recordings",
    "dashboard_json",
]
