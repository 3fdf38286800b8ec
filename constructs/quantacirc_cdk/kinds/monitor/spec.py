"""Sections of the model for a monitor."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from quantacirc_cdk.kinds.workload.spec import Workload
from quantacirc_cdk.model.component import Finding, Replicas, ServingSettings, Settings
from quantacirc_cdk.model.site import Site


class MonitorSettings(ServingSettings):
    """Settings of a monitor in an environment."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a minimum that differs from the maximum."""
        yield from super().problems(site, name)
        if self.replicas and self.replicas.min != self.replicas.max:
            what = f"{self.replicas.min} to {self.replicas.max} replicas of a monitor, which is not autoscaled"
            yield ("replicas",), what, "equal min and max"


class Monitor(Workload):
    """Watches other components; does not scale with the load."""

    settings: ClassVar[type[Settings]] = MonitorSettings
    role: ClassVar[str] = "monitor"
    watches: ClassVar[bool] = True
    unused: ClassVar[frozenset[str]] = frozenset({"autoscaling"})
    shape: ClassVar[tuple[str, str]] = ("[/", "/]")

    kind: Literal["monitor"]
    """Watches other components."""

    def replicas(self, site: Site, name: str) -> Replicas:
        """Return its own replicas, else one, or two with high availability."""
        count = 2 if site.environment.high_availability else 1
        return site.settings_as(name, MonitorSettings).replicas or Replicas(min=count, max=count)


KIND = Monitor
