"""A managed Valkey cache."""

from dataclasses import dataclass
from typing import get_args

from quantacirc_cdk.limits.kubernetes import Count
from quantacirc_cdk.limits.valkey import Eviction
from quantacirc_cdk.terraform.interface.cluster import ClusterLike
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.network import NetworkLike
from quantacirc_cdk.terraform.interface.rules import Rules


@dataclass(frozen=True, kw_only=True)
class CacheProps:
    """Valkey in the network's database subnets: private, encrypted, TLS only, with a password."""

    name: str
    """Name of the cache."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account of the cache."""
    network: NetworkLike
    """Network that it runs in."""
    clients: ClusterLike
    """Cluster whose nodes can connect."""
    keys: KeyRingLike
    """Keys for its data and its credentials."""
    key: str = "database"
    """Name of the key for its data in ``keys``."""
    credentials_name: str | None = None
    """Name of the secret with its address and password; ``<name>-credentials`` by default."""
    password_version: int | str = 1
    """Increase it, or the variable that it references, to let Terraform generate and set a new password on AWS. On
    Google Cloud and Azure, which choose the password, Terraform updates the secret with the current one."""
    version: str | None = None
    """Version of Valkey: 8.0 on AWS when absent. Memorystore is compatible with 7.2, and Azure chooses the version."""
    memory_gib: Count = 1
    """Memory of a node in GiB."""
    eviction: Eviction = "noeviction"
    """Eviction policy when the memory is full."""
    high_availability: bool = False
    """Create a replica in a second zone that takes over."""
    backup_retention_days: int = 1
    """Days to keep daily snapshots, 0 to 35; no snapshots for 0. Google Cloud and Azure keep only the last one: at most
    1."""
    recovery_region: str | None = None
    """Region that its credentials are copied to; none by default."""
    instance_type: str | None = None
    """The cloud's node type, or size on Azure; by default the smallest that fits. Google Cloud has none."""

    @property
    def credentials(self) -> str:
        """Name of the secret with its address and password."""
        return self.credentials_name or f"{self.name}-credentials"

    @property
    def evicts(self) -> bool:
        """Whether it deletes keys when its memory is full, which it may be all the time."""
        return self.eviction != "noeviction"

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        rules.version("password_version", self.password_version)
        rules.one_of("version", self.version, None, "7.2", "8.0", "8.1")
        rules.one_of("eviction", self.eviction, *get_args(Eviction))
        rules.between("backup_retention_days", self.backup_retention_days, 0, 35, "days")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        rules.check()
