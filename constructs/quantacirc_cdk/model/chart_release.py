"""A third-party Helm chart that is installed beside a system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quantacirc_cdk.kinds.registry import called
from quantacirc_cdk.model.site import Site


@dataclass(frozen=True, kw_only=True)
class ChartRelease:
    """A release of a chart from an OCI registry. A kind returns it from ``delivery.release``."""

    name: str
    """Name of the release, which is the name of the component."""
    chart: str
    """``oci://`` address of the chart, without its version."""
    version: str
    """Version, for information only: ``digest`` selects the chart."""
    digest: str
    """``sha256:`` digest of the chart's manifest in the registry."""
    namespace: str
    """Namespace of the release."""
    wave: int
    """Order of installation relative to the system, which is wave 0."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Chart values in this environment."""
    cluster_wide: str = ""
    """Reason why the chart may create objects outside its namespace. When empty, it may not."""
    provides: tuple[str, ...] = ()
    """Operators that it installs, by their names in ``operations/operators.py``, as far as they are known."""

    @property
    def record(self) -> dict[str, Any]:
        """The release as plain data, for comparisons."""
        found: dict[str, Any] = {
            "chart": self.chart,
            "version": self.version,
            "digest": self.digest,
            "namespace": self.namespace,
            "wave": self.wave,
            "values": dict(self.values),
        }
        return found | ({"clusterWide": self.cluster_wide} if self.cluster_wide else {})


def chart_releases(site: Site) -> list[ChartRelease]:
    """Return the chart releases of an environment, in order of installation."""
    found = [called(part, "delivery.release", site, name) for name, part in site.system.components.items()]
    return sorted((one for one in found if one), key=lambda one: (one.wave, one.name))
