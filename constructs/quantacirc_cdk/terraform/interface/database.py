"""A managed PostgreSQL database."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.limits.databases import (
    READ,
    refused_blue_green,
    refused_database,
    refused_endpoint,
    replica_refusals,
)
from quantacirc_cdk.limits.kubernetes import Count
from quantacirc_cdk.limits.machines import refused_store_type
from quantacirc_cdk.limits.restores import RestoreTime, restore_refusals
from quantacirc_cdk.model.regions import PAIRS
from quantacirc_cdk.terraform.interface.cluster import ClusterLike
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.network import NetworkLike
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import bare


@dataclass(frozen=True, kw_only=True)
class DatabaseProps:
    """PostgreSQL in the network's database subnets: private, encrypted, TLS only, with point-in-time backups."""

    name: str
    """Name of the instance."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription."""
    network: NetworkLike
    """Network that it runs in."""
    clients: ClusterLike
    """Cluster whose nodes can connect."""
    keys: KeyRingLike
    """Keys for its disk and its credentials."""
    key: str = "database"
    """Name of the disk's key in ``keys``."""
    database: str = "app"
    """Name of the database in it."""
    credentials_name: str | None = None
    """Name of the secret with its address, user and password; ``<name>-credentials`` by default."""
    upgrade: str = ""
    """Azure: expression that is true during the apply of an increased ``version``; otherwise, the provider plans a new
    server.
    """
    password_version: int | str = 1
    """Increase it, or the variable that it references, to let Terraform generate and set a new password."""
    version: str = "17"
    """PostgreSQL major version."""
    cpu: Count = 2
    """CPU cores."""
    memory_gib: Count = 8
    """Memory in GiB."""
    storage_gib: int = 20
    """Initial disk size in GiB."""
    max_storage_gib: int = 100
    """Maximum disk size in GiB."""
    high_availability: bool = False
    """Create a standby in a second zone that takes over."""
    backup_retention_days: int = 7
    """Days to keep point-in-time backups, 1 to 35."""
    recovery_region: str | None = None
    """Region that backups are copied to; none by default."""
    restore_from: str | None = None
    """What the instance starts from. AWS: ARN of a snapshot, or of automated backups that were copied to this region;
    for Aurora, ARN of a snapshot or of a cluster.
    Google Cloud: ``projects/PROJECT/instances/INSTANCE/backupRuns/ID``. Azure: resource id of a server. It stays set as
    long as the instance exists; a later change has no effect.
    """
    restore_time: RestoreTime | None = None
    """Point in time of ``restore_from``, RFC 3339 in UTC. Required on Azure; on AWS, the newest one of automated
    backups when absent; none on Google Cloud.
    """
    restore_region: str | None = None
    """Azure: region of the server in ``restore_from``, if its geo-redundant backups are restored."""
    deletion_protection: bool = True
    """Refuse to delete the database."""
    blue_green: bool = False
    """AWS: make each change in a copy of the instance that then takes its place; impossible with a recovery region."""
    private_service_connect: bool = False
    """Google Cloud: reach the instance and its read replicas by endpoints in the nodes' subnet, in place of an address
    in the range of private services access.
    """
    instance_type: str | None = None
    """The cloud's instance type; by default the smallest that fits."""
    read_replicas: int = 0
    """Read replicas in the region, one zone after the other, each with the type and the disk of the instance."""
    read_hosts_name: str | None = None
    """Name of a secret with the hosts to read from, ``{"hosts": "a,b"}``: the read replicas, or the instance without
    any. No such secret by default.
    """

    def check_database(self, rules: Rules, target: str) -> None:
        """Refuse a name of a database that a cloud cannot create, unless it is restored, a name of an instance type,
        and an endpoint that the cloud does not have.
        """
        if self.private_service_connect and (wrong := refused_endpoint(target)):
            rules.refuse("private_service_connect", *wrong)
        if unknown := refused_store_type(target, "database", self.instance_type):
            rules.refuse("instance_type", *unknown)
        if not self.restore_from and (wrong := refused_database(target, self.database)):
            rules.refuse("database", *wrong)

    def check_blue_green(self, rules: Rules, target: str) -> None:
        """Refuse a blue/green deployment that a cloud does not make."""
        if self.blue_green and (wrong := refused_blue_green(target, copied=self.recovery_region is not None)):
            rules.refuse("blue_green", *wrong)

    def check_replicas(self, rules: Rules, target: str) -> None:
        """Refuse read replicas that a cloud does not make."""
        rules.between("read_replicas", self.read_replicas, 0, float("inf"))
        for field, what, expected in replica_refusals(
            target,
            self.read_replicas,
            copied=self.recovery_region is not None,
            blue_green=self.blue_green,
            instance_type=self.instance_type,
        ):
            rules.refuse(field, what, expected)

    def check_restore(self, rules: Rules, target: str, *, aurora: bool = False) -> None:
        """Refuse what a cloud cannot restore, or cannot restore into a cluster of Aurora."""
        pair = PAIRS.get(self.restore_region or "")
        given = (self.restore_from, self.restore_time, self.restore_region)
        own = (self.account, self.name)
        for field, what, expected in restore_refusals(target, self.region, *given, pair, own=own, aurora=aurora):
            rules.refuse(field, what, expected)

    def replica_name(self, number: int) -> str:
        """Return the name of a read replica, counted from 1."""
        return f"{self.name}{READ}{number}"

    @property
    def credentials(self) -> str:
        """Name of the secret with its address, user and password."""
        return self.credentials_name or f"{self.name}-credentials"

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        rules.matches("database", self.database, r"[a-z][a-z0-9_]{0,62}", "lower-case letters, digits, underscores")
        rules.version("password_version", self.password_version)
        rules.matches("version", self.version, r"1[4-8]", "a major version, 14 to 18")
        rules.between("backup_retention_days", self.backup_retention_days, 1, 35, "days")
        rules.between("storage_gib", self.storage_gib, 1, 65536, "GiB")
        if self.max_storage_gib < self.storage_gib:
            rules.refuse("max_storage_gib", f"{self.max_storage_gib} GiB", f"at least storage_gib, {self.storage_gib}")
        if self.recovery_region == self.region:
            rules.refuse("recovery_region", f"{self.region} is the primary region", "another region")
        network = self.network
        subnets = network.private_subnet_ids if self.private_service_connect else network.database_subnet_ids
        if self.high_availability and len(subnets) < 2:
            rules.refuse("high_availability", "no second zone for the standby", "database subnets in two zones")
        rules.check()


@dataclass(frozen=True, kw_only=True)
class DatabaseReference:
    """An existing database."""

    host: str
    port: int = 5432
    database: str = "app"
    name: str = "database"
    """Prefix for the names of grants to it; must be different for each database that one identity can access."""
    credentials_id: str = ""
    """Secret with the user and password."""
    key_id: str | None = None
    """Key of that secret, if its readers need permission to use it (AWS)."""


def hosts_value(hosts: Sequence[str]) -> str:
    """Return the content of the secret with the hosts to read from."""
    return f'${{jsonencode({{hosts = join(",", [{", ".join(map(bare, hosts))}])}})}}'
