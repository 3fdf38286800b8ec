"""A PostgreSQL database on a Flexible Server."""

from typing import Any

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.azure import database_sku
from quantacirc_cdk.limits.databases import READ
from quantacirc_cdk.model.regions import has_zones
from quantacirc_cdk.terraform.azure.database_credentials import DatabaseCredentials, keep_read_hosts
from quantacirc_cdk.terraform.azure.names import check_pair, storage_mb
from quantacirc_cdk.terraform.azure.place import AzureResource, assign, diagnose, key_user
from quantacirc_cdk.terraform.azure.private_services import private_zone
from quantacirc_cdk.terraform.azure.workload_identity import ExistingAzureWorkloadIdentity, WorkloadIdentity
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.database import DatabaseProps, DatabaseReference
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import Resource
from quantacirc_cdk.terraform.stack import forget
from quantacirc_cdk.text.terraform import bare

PORT = 5432
_REPLICA_ZONES = ("3", "2", "1")
_CONFIGURATION = {
    "require_secure_transport": "on",
    "ssl_min_protocol_version": "TLSv1.2",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_checkpoints": "on",
    "connection_throttle.enable": "on",
    # Log statements that take longer than a second, and changes of the schema.
    "log_min_duration_statement": "1000",
    "log_statement": "ddl",
}


class Database(Checked, Construct):
    """A PostgreSQL server inside the network, with TLS only and, with high availability, a standby in a second zone.

    Creates the server, its database, its private DNS zone, its configuration, its credentials in the vault, its read
    replicas and, with a recovery region, geo-redundant backups, which Azure stores in the paired region only. The disk
    grows without a limit. The network's rules allow connections only from the nodes' subnet. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: DatabaseProps) -> None:
        """Raise ``PropsError`` for values that Azure refuses."""
        rules = Rules(props.name)
        longest = 63 - (len(f"{READ}1") if props.read_replicas else 0)
        rules.matches(
            "name",
            props.name,
            rf"[a-z0-9][-a-z0-9]{{1,{longest - 2}}}[a-z0-9]",
            f"3 to {longest} lower-case letters, digits, dashes",
        )
        rules.between("backup_retention_days", props.backup_retention_days, 7, 35, "days")
        check_pair(rules, props.region, props.recovery_region, "backups")
        if props.high_availability and (props.instance_type or "").startswith("B_"):
            rules.refuse(
                "instance_type", f"{props.instance_type} with high availability", "a size that is not burstable"
            )
        if props.high_availability and not has_zones(props.region):
            rules.refuse("high_availability", f"a second zone in {props.region}, which has none", "false")
        props.check_database(rules, "azure")
        props.check_restore(rules, "azure")
        props.check_blue_green(rules, "azure")
        props.check_replicas(rules, "azure")
        if not props.network.database_subnet_ids:
            rules.refuse("network", "a network without a subnet for databases", "one that is delegated to PostgreSQL")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: DatabaseProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self.credentials = DatabaseCredentials(self, "credentials", name=self._name, database=props)
        self._shared = self._arguments()
        self.instance = self._server()
        self.host = self.instance.ref("fqdn")
        self.port = PORT
        self.database = props.database
        ready = self._configure(self._name, self.instance, self._restored() if props.restore_from else self._database())
        diagnose(self, self._name, self.instance, "PostgreSQLLogs")
        self.credentials_id = self.credentials.keep(host=self.host, port=PORT, owner=self.instance)
        self.read_replicas = self._replicas(ready)
        self.read_hosts = [one.ref("fqdn") for one in self.read_replicas] or [self.host]
        self.read_hosts_id = keep_read_hosts(self, self._name, props, self.read_hosts)
        if props.deletion_protection:
            # Also prevents deletion outside of Terraform.
            AzureResource(
                self,
                "azurerm_management_lock",
                self._name,
                name=self._name,
                scope=self.instance.id,
                lock_level="CanNotDelete",
                notes=f"{props.name} holds data: remove this lock first",
            )

    @staticmethod
    def from_existing(
        *,
        host: str,
        port: int = PORT,
        database: str = "app",
        credentials_id: str = "",
        key_id: str | None = None,
        name: str = "database",
    ) -> "ExistingDatabase":
        """Return an existing database for other constructs; creates nothing."""
        return ExistingDatabase(
            host=host, port=port, database=database, credentials_id=credentials_id, key_id=key_id, name=name
        )

    def grant_connect(self, identity: WorkloadIdentity | ExistingAzureWorkloadIdentity) -> None:
        """Allow ``identity`` to read the credentials. Only the nodes' subnet can connect through the network."""
        assign(
            self,
            identity.grant_name(self._name),
            role="Key Vault Secrets User",
            to=identity.principal_id,
            on=self.credentials.resource_id,
        )
        if self.read_hosts_id:
            assign(
                self,
                identity.grant_name(self._name, "read"),
                role="Key Vault Secrets User",
                to=identity.principal_id,
                on=self.read_hosts_id,
            )

    def grant_login(self, identity: WorkloadIdentity | ExistingAzureWorkloadIdentity, user: str) -> None:  # noqa: ARG002
        """Raise ``PropsError``: only a session of a Microsoft Entra administrator creates users for identities.

        Source: https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users.
        """
        what = f'"{user}", a user that only a session of a Microsoft Entra administrator creates on Azure'
        raise PropsError(f"{self.props.name}: {what}; let it log in with a password")

    def _restored(self) -> Resource:
        """Return the server, which has its database already. A database that was created before ``restore_from`` was
        set stays: without this, Terraform would drop it.
        """
        forget(self, f"azurerm_postgresql_flexible_server_database.{self._name}")
        return self.instance

    def _database(self) -> Resource:
        return AzureResource(
            self,
            "azurerm_postgresql_flexible_server_database",
            self._name,
            name=self.props.database,
            server_id=self.instance.id,
            charset="UTF8",
            collation="en_US.utf8",
            lifecycle={"prevent_destroy": True} if self.props.deletion_protection else None,
        )

    def _server(self) -> Resource:
        props = self.props
        standby = {"mode": "ZoneRedundant", "standby_availability_zone": "2"}
        return AzureResource(
            self,
            "azurerm_postgresql_flexible_server",
            self._name,
            name=props.name,
            version=props.version,
            create_mode=_create_mode(props),
            source_server_id=props.restore_from,
            point_in_time_restore_time_in_utc=props.restore_time,
            zone="1" if has_zones(props.region) else None,
            high_availability=standby if props.high_availability else None,
            administrator_login=self.credentials.user,
            administrator_password_wo=self.credentials.password,
            administrator_password_wo_version=self.credentials.version,
            authentication={"password_auth_enabled": True, "active_directory_auth_enabled": False},
            backup_retention_days=props.backup_retention_days,
            geo_redundant_backup_enabled=props.recovery_region is not None,
            lifecycle=self._lifecycle(),
            **self._shared,
            **self._encryption(),
        )

    def _arguments(self) -> dict[str, Any]:
        """Return the arguments that the server and its replicas have in common."""
        props = self.props
        burstable = not (props.high_availability or props.read_replicas)
        zone = private_zone(
            self,
            self._name,
            # Not the server's own name, which Azure could not resolve then.
            f"{props.name}-zone.private.postgres.database.azure.com",
            props.network.network_id,
        )
        return {
            "sku_name": props.instance_type or database_sku(props.cpu, props.memory_gib, burstable=burstable),
            "storage_mb": storage_mb(props.storage_gib),
            "auto_grow_enabled": props.max_storage_gib > props.storage_gib,
            "delegated_subnet_id": props.network.database_subnet_ids[0],
            "private_dns_zone_id": zone,
            "public_network_access_enabled": False,
            "maintenance_window": {"day_of_week": 0, "start_hour": 3, "start_minute": 30},
        }

    def _replicas(self, ready: Resource) -> list[Resource]:
        """Return the read replicas: they get their version, user, password and databases from the server. Azure changes
        a server one request after the other, so they follow each other.
        """
        found: list[Resource] = []
        for number in range(1, self.props.read_replicas + 1):
            name = terraform_name(self._name, "read", str(number))
            encryption = self._encryption(copied=False)
            server = AzureResource(
                self,
                "azurerm_postgresql_flexible_server",
                name,
                name=self.props.replica_name(number),
                create_mode="Replica",
                source_server_id=self.instance.id,
                # First the zone that has neither the server nor its standby.
                zone=_REPLICA_ZONES[(number - 1) % len(_REPLICA_ZONES)] if has_zones(self.props.region) else None,
                lifecycle={"ignore_changes": ["storage_mb"]},  # The disk grows automatically.
                # A replica's disk is as large as the server's is when it is created, or larger
                # (https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-read-replicas).
                **self._shared | {"storage_mb": self.instance.ref("storage_mb")},
                **encryption | {"depends_on": [*encryption["depends_on"], ready]},
            )
            ready = self._configure(name, server, server)
            diagnose(self, name, server, "PostgreSQLLogs")
            found.append(server)
        return found

    def _encryption(self, *, copied: bool = True) -> dict[str, Any]:
        key = self.props.keys.key_id(self.props.key)
        user = key_user(self, key)
        identities, ready = [user.identity_id], list(user.ready)
        encryption = {"key_vault_key_id": key, "primary_user_assigned_identity_id": user.identity_id}
        if self.props.recovery_region and copied:
            copy = self.props.keys.recovery_key_id(self.props.key)
            copies = key_user(self, copy)
            identities.append(copies.identity_id)
            ready += copies.ready
            encryption["geo_backup_key_vault_key_id"] = copy
            encryption["geo_backup_user_assigned_identity_id"] = copies.identity_id
        return {
            "identity": {"type": "UserAssigned", "identity_ids": identities},
            "customer_managed_key": encryption,
            "depends_on": ready,
        }

    def _configure(self, terraform: str, server: Resource, before: Resource) -> Resource:
        """Set the parameters of a server after ``before``, sequentially, because it refuses concurrent changes; return
        the last one.
        """
        for name, value in _CONFIGURATION.items():
            before = AzureResource(
                self,
                "azurerm_postgresql_flexible_server_configuration",
                terraform_name(terraform, name),
                server_id=server.id,
                name=name,
                value=value,
                depends_on=[before],
            )
        return before

    def _lifecycle(self) -> dict[str, Any]:
        # A failover swaps the zones, and the disk grows automatically; Terraform must not revert that.
        standby = ["high_availability[0].standby_availability_zone"] if self.props.high_availability else []
        ignored = ["zone", *standby, "storage_mb"]
        # A change of what the server was restored from would replace it.
        ignored += ["source_server_id", "point_in_time_restore_time_in_utc"] if self.props.restore_from else []
        rules: dict[str, Any] = {"ignore_changes": ignored}
        return rules | ({"prevent_destroy": True} if self.props.deletion_protection else {})


def _create_mode(props: DatabaseProps) -> str | None:
    """Return how the server is created. A raised version forces a new server unless it is ``Update``
    (https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/postgresql_flexible_server#version).
    """
    mode = None
    if props.restore_from:
        mode = "GeoRestore" if props.restore_region else "PointInTimeRestore"
    if not props.upgrade:
        return mode
    otherwise = f'"{mode}"' if mode else "null"
    return f'${{{bare(props.upgrade)} ? "Update" : {otherwise}}}'


class ExistingDatabase(DatabaseReference):
    """An existing database; the resource id of its credentials identifies them."""

    def grant_connect(self, identity: WorkloadIdentity) -> None:
        """Allow ``identity`` to read the credentials."""
        assign(
            identity,
            identity.grant_name(self.name),
            role="Key Vault Secrets User",
            to=identity.principal_id,
            on=self.credentials_id,
        )
