"""Sections of the model for a Valkey cache."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quantacirc_cdk.errors import nearest
from quantacirc_cdk.kinds.store.spec import Manageable, PasswordSettings, too_long
from quantacirc_cdk.limits.azure import LARGEST_CACHE_GIB
from quantacirc_cdk.limits.machines import refused_store_type
from quantacirc_cdk.limits.quantity import GIBIBYTE, parse_quantity
from quantacirc_cdk.limits.valkey import Eviction
from quantacirc_cdk.model.component import Finding, Settings, Storage
from quantacirc_cdk.model.site import Site
from quantacirc_cdk.model.system import System
from quantacirc_cdk.model.values import Bytes, Name

_LONGEST = {"aws": 40, "gcp": 40, "azure": 60}
"""Maximum length of the name of a managed cache:
https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html,
https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances/create and
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcache.
"""
_LARGEST_GIB = {"aws": 419, "gcp": 300, "azure": LARGEST_CACHE_GIB}
_VERSIONS = {"gcp": ("7.2",), "azure": ()}
"""Versions that an environment can choose where it cannot choose all."""


class ValkeySettings(PasswordSettings):
    """Settings of a cache in an environment."""

    version: Literal["7.2", "8.0", "8.1"] | None = None
    """Valkey version of a managed cache: 8.0 on AWS when absent. On Google Cloud it is 7.2, as which Memorystore's
    Redis 7.2 behaves. Azure chooses the version."""
    memory: Bytes = "1Gi"
    """Memory of each node of a managed cache."""
    backup_retention_days: Annotated[int, Field(ge=0, le=35)] = 1
    """Days that a managed cache keeps its daily snapshots; 0 turns snapshots off. Google Cloud and Azure keep only the
    last one, so 1 is the most there."""
    instance_type: str | None = None
    """The cloud's name of a node type, on Azure of a size; the smallest that fits `memory` when absent. Google Cloud
    has none."""
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
        """Yield values that the environment's cloud would refuse."""
        target = site.environment.target
        cache = f"{site.system.name}-{site.environment.name}-{name}"
        yield from too_long("cache", cache, _LONGEST[target])
        if "--" in cache and target != "gcp":
            said = f'the cache would be called "{cache}"'
            yield (), said, "a name without consecutive dashes, which the cloud refuses"
        if self.version and self.version not in _VERSIONS.get(target, (self.version,)):
            possible = " or ".join(_VERSIONS[target]) or "no version, because Azure chooses it"
            yield ("version",), f"{self.version} on {target}", possible
        if self.backup_retention_days > 1 and target != "aws":
            said = f"{self.backup_retention_days} days on {target}, which keeps only the last snapshot"
            yield ("backup_retention_days",), said, "1, or 0 for no snapshots"
        if wrong := refused_store_type(target, "cache", self.instance_type):
            yield ("instance_type",), *wrong
        if self.instance_type and target == "gcp":
            yield ("instance_type",), f"{self.instance_type} on gcp, which has no node types", "`memory`"
        largest = _LARGEST_GIB[target]
        if self.instance_type is None and parse_quantity(self.memory) > largest * GIBIBYTE:
            expected = f"at most {largest}Gi" + ("" if target == "gcp" else ", or `instance_type`")
            yield ("memory",), f"{self.memory}, more than any node type has", expected


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
    eviction: Eviction = "noeviction"
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
