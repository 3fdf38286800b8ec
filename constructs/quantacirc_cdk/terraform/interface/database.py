"""A managed PostgreSQL database."""

from dataclasses import dataclass

from quantacirc_cdk.limits.kubernetes import Count
from quantacirc_cdk.terraform.interface.cluster import ClusterLike
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.network import NetworkLike
from quantacirc_cdk.terraform.interface.rules import Rules


@dataclass(frozen=True, kw_only=True)
class DatabaseProps:
    """PostgreSQL in the network's database subnets: private, encrypted, TLS only, with point-in-time backups."""

    name: str
    """Name of the instance."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account (project, subscription) it is in."""
    network: NetworkLike
    """Where it runs."""
    clients: ClusterLike
    """The cluster whose nodes may connect."""
    keys: KeyRingLike
    """Keys of its disk and its credentials."""
    key: str = "database"
    """Name of the disk's key in ``keys``."""
    database: str = "app"
    """Name of the database in it."""
    credentials_name: str | None = None
    """Name of the secret that its address, user and password are written to; ``<name>-credentials`` by default."""
    upgrade: str = ""
    """Azure: expression that is true while a raised ``version`` is applied; else the provider plans a new server."""
    password_version: int | str = 1
    """Raise it, or the variable it refers to, to have Terraform make and set a new password."""
    version: str = "17"
    """PostgreSQL's major version."""
    cpu: Count = 2
    """CPU cores."""
    memory_gib: Count = 8
    """Memory, GiB."""
    storage_gib: int = 20
    """Disk at the start, GiB."""
    max_storage_gib: int = 100
    """Disk it may grow to, GiB."""
    high_availability: bool = False
    """A standby in a second zone that takes over."""
    backup_retention_days: int = 7
    """Days that point-in-time backups are kept, 1 to 35."""
    recovery_region: str | None = None
    """Region that backups are copied to; none by default."""
    deletion_protection: bool = True
    """Refuse to delete the database."""
    instance_type: str | None = None
    """The cloud's name of an instance; by default the smallest that fits."""

    @property
    def credentials(self) -> str:
        """Name of the secret with its address, user and password."""
        return self.credentials_name or f"{self.name}-credentials"

    def check(self) -> None:
        """Raise ``PropsError`` with everything wrong."""
        rules = Rules(self.name)
        rules.matches("database", self.database, r"[a-z][a-z0-9_]{0,62}", "lower-case letters, digits, underscores")
        rules.matches("version", self.version, r"1[4-8]", "a major version, 14 to 18")
        rules.between("backup_retention_days", self.backup_retention_days, 1, 35, "days")
        rules.between("storage_gib", self.storage_gib, 20, 65536, "GiB")
        if self.max_storage_gib < self.storage_gib:
            rules.refuse("max_storage_gib", f"{self.max_storage_gib} GiB", f"at least storage_gib, {self.storage_gib}")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        if self.high_availability and len(self.network.database_subnet_ids) < 2:
            rules.refuse("high_availability", "no second zone for the standby", "database subnets in two zones")
        rules.check()


@dataclass(frozen=True, kw_only=True)
class DatabaseReference:
    """A database that somebody else made."""

    host: str
    port: int = 5432
    database: str = "app"
    name: str = "database"
    """What grants to it are called in Terraform; another for each that one identity is granted."""
    credentials_id: str = ""
    """Secret that holds the user and password."""
    key_id: str | None = None
    """Key of that secret, where who reads it must be allowed to use it (AWS)."""
