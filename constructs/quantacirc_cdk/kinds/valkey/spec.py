"""Sections of the model for a Valkey cache."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.kinds.store.spec import Manageable, ManageableSettings, too_long
from quantacirc_cdk.limits.quantity import GIBIBYTE, parse_quantity
from quantacirc_cdk.model.component import Finding, Settings, Storage
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Bytes, Name

_GROUP = 40
"""Maximum length of the name of a replication group:
https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html.
"""
_LARGEST = 419 * GIBIBYTE


class ValkeySettings(ManageableSettings):
    """Settings of a cache in an environment."""

    version: Literal["7.2", "8.0", "8.1"] = "8.0"
    """Valkey version of a managed cache."""
    memory: Bytes = "1Gi"
    """Memory of each node of a managed cache."""
    backup_retention_days: Annotated[int, Field(ge=0, le=35)] = 1
    """Days that a managed cache keeps its daily snapshots; 0 turns snapshots off."""
    instance_type: str | None = None
    """The cloud's name of a node type; the smallest that fits `memory` when absent."""
    max_memory_percent: Annotated[int, Field(ge=1, le=100)] = 75
    """Maximum memory for keys of an embedded server, in percent of its limit."""

    def problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a volume without persistence, and a size without a memory limit."""
        yield from super().problems(site, name)
        if self.storage is not None and site.component(name, Valkey).persistence == "none":
            yield ("storage",), "a volume of a cache without persistence", "none"
        size = site.system.sizes.get(site.size(name))
        if self.provider == "embedded" and size and size.memory_limit is None:
            yield (
                ("size",),
                "a size without `memory_limit`, to which `max_memory_percent` is relative",
                "a size with it",
            )

    def managed_problems(self, site: Site, name: str) -> Iterator[Finding]:
        """Yield a cloud without a construct for it, and values that ElastiCache would refuse."""
        if site.environment.target != "aws":
            what = f"a managed {name} on {site.environment.target}, which this library does not support"
            yield ("provider",), what, 'provider "embedded" or "existing"'
            return
        cache = f"{site.system.name}-{site.environment.name}-{name}"
        yield from too_long("cache", cache, _GROUP)
        if "--" in cache:
            yield (
                (),
                f'the cache would be called "{cache}"',
                "a name without consecutive dashes, which ElastiCache refuses",
            )
        if self.instance_type is None and parse_quantity(self.memory) > _LARGEST:
            yield ("memory",), f"{self.memory}, more than any node type has", "at most 419Gi, or `instance_type`"


class Valkey(Manageable):
    """A Valkey cache."""

    settings: ClassVar[type[Settings]] = ValkeySettings
    role: ClassVar[str] = "cache"
    secret_keys: ClassVar[tuple[str, ...]] = ("host", "password", "port")

    kind: Literal["valkey"]
    """A cache or a small, fast store: Valkey in the cluster, or the cloud's service."""
    persistence: Literal["append", "snapshots", "none"] = "append"
    """What an embedded server keeps on disk: `append` every write within a second, `snapshots` from time to time,
    `none` nothing."""
    storage: Storage = Storage(size="1Gi", path="/data")
    """Volume of an embedded server; without persistence there is none."""
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
    """Eviction policy when the memory is full. noeviction refuses writes, which job queues need."""
    databases: Annotated[int, Field(ge=1, le=1024)] = 16
    """Number of databases of an embedded server; a managed cache has a fixed number."""
    exporter: Name | None = None
    """One of `images`: redis_exporter, beside an embedded server. For Compose, the image needs `sh`."""

    def problems(self, system: System, name: str) -> Iterator[Finding]:
        """Yield an unknown exporter image, and a volume without persistence."""
        yield from super().problems(system, name)
        if self.exporter and self.exporter not in system.images:
            yield ("exporter",), f'no image "{self.exporter}"', nearest(self.exporter, system.images)
        if self.persistence == "none" and "storage" in self.model_fields_set:
            yield ("storage",), "a volume of a cache without persistence", "none"


KIND = Valkey
