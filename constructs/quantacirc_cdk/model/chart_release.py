"""Somebody else's chart beside a system, as whatever delivers it needs to know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class ChartRelease:
    """A release of a chart in an OCI registry. A kind returns it from ``delivery.release``."""

    name: str
    """Name of the release: the component's."""
    chart: str
    """``oci://`` address of the chart, without its version."""
    version: str
    """Version, for people: ``digest`` is what is fetched."""
    digest: str
    """``sha256:`` digest of the chart's manifest in the registry."""
    namespace: str
    """Namespace that it is installed in."""
    wave: int
    """Its place among the charts and the system, which is at 0."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Values of the environment."""
    cluster_wide: str = ""
    """Why it may make objects outside of its namespace; it may not when empty."""


def chart_releases(site: Site) -> list[ChartRelease]:
    """Return the charts beside a system in an environment, in the order that they are delivered in."""
    found = [called(part, "delivery.release", site, name) for name, part in site.system.components.items()]
    return sorted((one for one in found if one), key=lambda one: (one.wave, one.name))
