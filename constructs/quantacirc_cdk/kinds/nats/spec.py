"""Sections of the model for a message bus."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.model.component import Carrying, DumpedSettings, Finding, Replicas, Settings
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Name


class NatsSettings(DumpedSettings):
    """Settings of a message bus in an environment."""

    provider: Literal["embedded"] = "embedded"
    """embedded: servers in the cluster. No cloud offers a managed NATS."""
    replicas: Replicas | None = None
    """Number of servers, with equal `min` and `max`. When absent, three with high availability and one without."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield an invalid number of servers."""
        yield from super().problems(site, name)
        if self.replicas and self.replicas.min != self.replicas.max:
            what = f"{self.replicas.min} to {self.replicas.max} replicas of a bus, which is not autoscaled"
            yield ("replicas",), what, "equal min and max"
        elif self.replicas and self.replicas.min % 2 == 0:
            yield ("replicas", "min"), f"{self.replicas.min} servers in a quorum", "an odd number"
        elif site.environment.high_availability and site.zones == 2 and (servers := site.replicas(name).min) > 1:
            what = f"a quorum of {servers} servers in 2 zones, which stops with the zone that has more of them"
            expected = "`network.zones` of 3 or more, no `high_availability`, or one server"
            yield ("replicas",), what, expected


class Nats(Carrying):
    """NATS JetStream: the message bus."""

    settings: ClassVar[type[Settings]] = NatsSettings
    role: ClassVar[str] = "bus"
    shape: ClassVar[tuple[str, str]] = ("[[", "]]")
    dumps: ClassVar[bool] = True
    rehearses: ClassVar[bool] = True

    kind: Literal["nats"]
    """A message bus: NATS JetStream."""
    exporter: Name | None = None
    """One of `images`: the Prometheus exporter beside each server (prometheus-nats-exporter)."""

    def name_limit(self) -> tuple[int, str]:
        """Return the maximum length of its name: that of a Service, less the suffixes of the Job that creates
        streams.
        """
        return 63 - len("-streams-") - 8, "a Job that creates streams"

    def replicas(self, site: Site, name: str) -> Replicas:
        """Return the number of servers, which form a quorum: three with high availability, else one."""
        count = 3 if site.environment.high_availability else 1
        return site.settings_as(name, NatsSettings).replicas or Replicas(min=count, max=count)

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield the problems of a bus."""
        yield from super().problems(system, name)
        if self.exporter and self.exporter not in system.images:
            yield ("exporter",), f'no image "{self.exporter}"', nearest(self.exporter, system.images)

    def dump_problems(self, system: System) -> Iterator[tuple[str, str]]:
        """Yield what a backup of its streams requires."""
        if not system.stream_tool:
            yield "a backup of the bus without `stream_tool`", "an image with Python and nats-py"


KIND = Nats
