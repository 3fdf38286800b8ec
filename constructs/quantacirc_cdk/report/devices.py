"""Device plugins that nodes of a cloud do not bring along."""

from collections.abc import Sequence
from typing import Any

from quantacirc_cdk.handover import LeftOut
from quantacirc_cdk.manifests import PODS
from quantacirc_cdk.model.chart_release import chart_releases
from quantacirc_cdk.model.site import Site

Json = dict[str, Any]

_GPU = "nvidia.com/gpu"
_CHARTS = ("nvidia-device-plugin", "gpu-operator")
"""Names of the charts that install it, at the end of their addresses."""


def missing_devices(site: Site, objects: Sequence[Json]) -> list[LeftOut]:
    """Return what pods with GPUs wait for on Azure.

    AKS installs the driver on nodes with GPUs, and not the device plugin
    (https://learn.microsoft.com/azure/aks/use-nvidia-gpu). Google Cloud installs both, and so do the images of the
    nodes on AWS.
    """
    charts = [one.chart.rstrip("/") for one in chart_releases(site)]
    if site.environment.target != "azure" or any(chart.endswith(_CHARTS) for chart in charts):
        return []
    users = sorted({item["metadata"]["name"] for item in objects if item["kind"] in PODS and _wants_gpu(item)})
    if not users:
        return []
    why = (
        f"AKS nodes do not offer {_GPU} without NVIDIA's device plugin, so {', '.join(users)} stays pending: install "
        "it first (docs/terraform-azure.md)"
    )
    return [LeftOut(output=f"kubernetes/{site.environment.name}", subject="device plugin for GPUs", why=why)]


def _wants_gpu(item: Json) -> bool:
    node: Any = item
    for key in (*PODS[item["kind"]], "spec"):
        node = node.get(key) or {}
    containers = [*node.get("containers", ()), *node.get("initContainers", ())]
    return any(_GPU in ((one.get("resources") or {}).get("limits") or {}) for one in containers)
