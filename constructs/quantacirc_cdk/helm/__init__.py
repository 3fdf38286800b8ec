"""A Helm chart, derived from the manifests of all environments and from declared parameters."""

from quantacirc_cdk.helm.any_app import Chart, chart
from quantacirc_cdk.helm.app_values import Place, Value
from quantacirc_cdk.helm.artifact_hub import About, Change
from quantacirc_cdk.helm.system import SystemChart, system_chart

__all__ = ["About", "Change", "Chart", "Place", "SystemChart", "Value", "chart", "system_chart"]
