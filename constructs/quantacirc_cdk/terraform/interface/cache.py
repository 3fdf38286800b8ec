"""A managed Valkey cache."""

from dataclasses import dataclass

from quantacirc_cdk.limits.kubernetes import Count
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
    """Increase it, or the variable that it references, to let Terraform generate and set a new password."""
    version: str = "8.0"
    """Version of Valkey."""
    memory_gib: Count = 1
    """Memory of a node in GiB."""
    eviction: str = "noeviction"
    """Eviction policy when the memory is full."""
    high_availability: bool = False
    """Create a replica in a second zone that takes over."""
    backup_retention_days: int = 1
    """Days to keep daily snapshots, 0 to 35; no snapshots for 0."""
    recovery_region: str | None = None
    """Region that its credentials are copied to; none by default."""
    instance_type: str | None = None
    """The cloud's node type; by default the smallest that fits."""

    @property
    def credentials(self) -> str:
        """Name of the secret with its address and password."""
        return self.credentials_name or f"{self.name}-credentials"

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        rules.one_of("version", self.version, "7.2", "8.0", "8.1")
        rules.between("backup_retention_days", self.backup_retention_days, 0, 35, "days")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        if not self.network.database_subnet_ids:
            rules.refuse("network", "a network without database subnets", "one with them")
        if self.high_availability and len(self.network.database_subnet_ids) < 2:
            rules.refuse("high_availability", "no second zone for the replica", "database subnets in two zones")
        rules.check()
