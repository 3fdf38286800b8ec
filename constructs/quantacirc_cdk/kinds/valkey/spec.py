"""The sections of a Valkey cache."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.kinds.store.spec import Manageable, ManageableSettings
from quantacirc_cdk.model.component import Finding, Settings, Storage
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Name


class ValkeySettings(ManageableSettings):
    """What an environment says of a cache."""

    max_memory_percent: Annotated[int, Field(ge=1, le=100)] = 75
    """Memory that keys of an embedded server may take, in percent of its limit."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a volume of a cache that keeps nothing, and a size without a limit of memory."""
        yield from super().problems(site, name)
        if self.storage is not None and site.component(name, Valkey).persistence == "none":
            yield ("storage",), "a volume of a cache without persistence", "none"
        size = site.system.sizes.get(site.size(name))
        if self.provider == "embedded" and size and size.memory_limit is None:
            yield ("size",), "a size without `memory_limit`, of which the keys may take a part", "one with it"

    def managed_problems(self, site: Site, name: str) -> Iterator[Finding]:  # noqa: ARG002
        """Yield that no cloud's is made."""
        yield ("provider",), f"a managed {name}, for which there is no construct", 'provider "embedded" or "existing"'


class Valkey(Manageable):
    """A Valkey cache."""

    settings: ClassVar[type[Settings]] = ValkeySettings
    role: ClassVar[str] = "cache"
    secret_keys: ClassVar[tuple[str, ...]] = ("host", "password", "port")

    kind: Literal["valkey"]
    """A cache, or a small fast store: Valkey in the cluster, or the cloud's."""
    persistence: Literal["append", "snapshots", "none"] = "append"
    """What an embedded server keeps: every write within a second, snapshots now and then, or nothing."""
    storage: Storage = Storage(size="1Gi", path="/data")
    """Volume of an embedded server; it has none without persistence."""
    eviction: Literal[
        "noeviction",
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
    ] = "noeviction"
    """What happens to keys when the memory is full; noeviction refuses writes, as queues of jobs need."""
    databases: Annotated[int, Field(ge=1, le=1024)] = 16
    """Number of databases of an embedded server; a managed one has its own."""
    exporter: Name | None = None
    """One of `images`: redis_exporter, which runs beside an embedded server. Compose needs `sh` in it."""

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield an exporter that is no image, and a volume of a cache that keeps nothing."""
        yield from super().problems(system, name)
        if self.exporter and self.exporter not in system.images:
            yield ("exporter",), f'no image "{self.exporter}"', nearest(self.exporter, system.images)
        if self.persistence == "none" and "storage" in self.model_fields_set:
            yield ("storage",), "a volume of a cache without persistence", "none"


KIND = Valkey
