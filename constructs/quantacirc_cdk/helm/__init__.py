"""A Helm chart derived from the manifests of all environments and from declared parameters."""

from quantacirc_cdk.helm.system import SystemChart, system_chart

__all__ = ["SystemChart", "system_chart"]
