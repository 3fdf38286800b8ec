"""A PostgreSQL database on Cloud SQL."""

from typing import Any

from quantacirc_cdk.limits.clouds import CLOUDS
from quantacirc_cdk.limits.databases import READ
from quantacirc_cdk.limits.gcp import PLUS_FROM_DAYS, database_tier
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import choose
from quantacirc_cdk.terraform.gcp.database_credentials import DatabaseCredentials, keep_read_hosts
from quantacirc_cdk.terraform.gcp.firewall import admit_nodes, refuse_others
from quantacirc_cdk.terraform.gcp.names import check_name
from quantacirc_cdk.terraform.gcp.network import Network
from quantacirc_cdk.terraform.gcp.secret import grant_access
from quantacirc_cdk.terraform.gcp.service_endpoint import ServiceEndpoint
from quantacirc_cdk.terraform.gcp.services import enable
from quantacirc_cdk.terraform.gcp.workload_identity import WorkloadIdentity, awaited
from quantacirc_cdk.terraform.interface.database import DatabaseProps, DatabaseReference
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.meta_arguments import replaced_with
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource, Resource
from quantacirc_cdk.terraform.stack import forget

PORT = 5432
_PLUS = "db-perf-optimized"
_INSIGHTS = {
    "query_insights_enabled": True,
    "query_string_length": 1024,
    "record_application_tags": True,
    "record_client_address": False,
}
_FLAGS = {
    "log_connections": "on",
    "log_disconnections": "on",
    "log_checkpoints": "on",
    "log_lock_waits": "on",
    "log_hostname": "off",
    "log_temp_files": "0",
    "log_min_error_statement": "error",
    # Statements that take longer than a second, and what changes the schema.
    "log_min_duration_statement": "1000",
    "log_statement": "ddl",
    "cloudsql.enable_pgaudit": "on",
    "cloudsql.iam_authentication": "on",
}


class Database(Checked, Construct):
    """A PostgreSQL instance without a public address, over TLS only, that only the cluster's nodes reach.

    Creates the instance (a regional one where HA), its database, a user whose password only Secret Manager holds, its
    read replicas, the firewall rule that lets nodes out to them and, with a recovery region, a replica there with a
    separate key: backups are encrypted with the instance's key, which is lost with its region. Recovery to a point in
    time more than 7 days back needs the Enterprise Plus edition, and is what chooses it. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: DatabaseProps) -> None:
        """Raise ``PropsError`` with what Google Cloud refuses."""
        rules = Rules(props.name)
        # The project and the name together, with a colon: 98 (https://cloud.google.com/sql/docs/postgres/create-instance).
        check_name(rules, props.name, min(63, 97 - len(props.account)) - len("-recovery"))
        if props.instance_type and not _is_plus(props) and props.backup_retention_days >= PLUS_FROM_DAYS:
            rules.refuse(
                "backup_retention_days",
                f"{props.backup_retention_days} days on {props.instance_type}",
                f"at most 7, or a tier of Enterprise Plus ({_PLUS}-…)",
            )
        rules.between("storage_gib", props.storage_gib, *CLOUDS["gcp"].database_gib, "GiB")
        props.check_database(rules, "gcp")
        props.check_restore(rules, "gcp")
        props.check_blue_green(rules, "gcp")
        props.check_replicas(rules, "gcp")
        if not props.private_service_connect and not props.network.database_subnet_ids:
            rules.refuse("network", "a network without a range for databases", "one with private service access")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: DatabaseProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self._plus = _is_plus(props)
        self._tier = props.instance_type or database_tier(props.cpu, props.memory_gib, plus=self._plus)
        self.instance = self._instance()
        if props.restore_from:  # A restored instance has its database already.
            forget(self, f"google_sql_database.{self._name}")
        else:
            Resource(
                self,
                "google_sql_database",
                self._name,
                name=props.database,
                instance=self.instance.ref("name"),
                # PostgreSQL refuses to drop a database whose owner or clients are there; it goes with its instance
                # (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database#deletion_policy).
                deletion_policy="ABANDON",
                lifecycle=replaced_with(self.instance.address),
            )
        self.host, address = self._reach(self.instance, props.name)
        self.port = PORT
        self.database = props.database
        self.credentials = DatabaseCredentials(
            self, "credentials", database=props, instance=self.instance, host=self.host
        )
        self.credentials_id = self.credentials.secret.id
        self.read_replicas = self._read_replicas() if props.read_replicas else []
        replicas = [
            self._reach(one, props.replica_name(number)) for number, one in enumerate(self.read_replicas, start=1)
        ]
        addresses = [address, *(one for _, one in replicas)]
        self.read_hosts = [one for one, _ in replicas] or [self.host]
        self.read_hosts_id = keep_read_hosts(self, self._name, props, self.read_hosts)
        admit_nodes(
            self,
            self._name,
            name=props.name,
            service="PostgreSQL",
            network=props.network,
            clients=props.clients,
            hosts=addresses,
            port=PORT,
        )
        if props.private_service_connect:
            refuse_others(
                self,
                terraform_name(self._name, "others"),
                name=f"{props.name}-others",
                network=props.network,
                hosts=addresses,
            )
        if props.recovery_region:
            self._recovery_replica(props.recovery_region)

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

    def grant_connect(self, identity: WorkloadIdentity | ExistingWorkloadIdentity) -> None:
        """Let ``identity`` read the credentials; the network lets only the cluster's nodes connect."""
        grant_access(self, identity.grant_name(self._name), self.credentials_id, identity)
        if self.read_hosts_id:
            grant_access(self, identity.grant_name(self._name, "read"), self.read_hosts_id, identity)

    def grant_login(self, identity: WorkloadIdentity | ExistingWorkloadIdentity, user: str) -> None:
        """Allow ``identity``, a service account, to log in as ``user`` with a token, on read replicas too: its address
        without ``.gserviceaccount.com``.

        Source: https://cloud.google.com/sql/docs/postgres/add-manage-iam-users.
        """
        instance = self.instance
        name = f'"projects/{self.props.account}/instances/{self.props.name}'
        instances = f'resource.name == {name}"'
        if self.props.read_replicas or self.props.read_hosts_name:  # Whatever their number: a condition is replaced.
            instances = f'({instances} || resource.name.startsWith({name}{READ}"))'
        Resource(
            self,
            "google_sql_user",
            identity.grant_name(self._name, "login"),
            name=user,
            instance=instance.ref("name"),
            type="CLOUD_IAM_SERVICE_ACCOUNT",
            # A user with privileges in the database cannot be dropped; it is deleted with the instance.
            deletion_policy="ABANDON",
            depends_on=awaited(identity),
        )
        Resource(
            self,
            "google_project_iam_member",
            identity.grant_name(self._name, "login"),
            project=self.props.account,
            role="roles/cloudsql.instanceUser",
            member=identity.identity_id,
            condition={
                "title": terraform_name(self._name, "login"),
                "expression": f'resource.service == "sqladmin.googleapis.com" && {instances}',
            },
            depends_on=awaited(identity),
        )

    def _instance(self) -> Resource:
        props = self.props
        backup = {
            "enabled": True,
            "start_time": "02:00",
            "location": props.region,
            "point_in_time_recovery_enabled": True,
            "transaction_log_retention_days": props.backup_retention_days,
            "backup_retention_settings": {"retained_backups": props.backup_retention_days, "retention_unit": "COUNT"},
        }
        return Resource(
            self,
            "google_sql_database_instance",
            self._name,
            name=props.name,
            region=props.region,
            database_version=f"POSTGRES_{props.version}",
            encryption_key_name=props.keys.key_id(props.key),
            deletion_protection=props.deletion_protection,
            settings=self._settings(
                availability_type=choose(props.high_availability, "REGIONAL", "ZONAL"),
                backup_configuration=backup,
                deletion_protection_enabled=props.deletion_protection,
                maintenance_window={"day": 7, "hour": 3, "update_track": "stable"},
                insights_config=_INSIGHTS,
            ),
            lifecycle=self._lifecycle(restored=props.restore_from is not None),
            depends_on=enable(self, "sqladmin"),
            restore_backup_context=_backup(props.restore_from),
        )

    def _reach(self, instance: Resource, name: str) -> tuple[str, str]:
        """Return the host of an instance and its address in the network."""
        if not self.props.private_service_connect:
            address = instance.ref("private_ip_address")
            return address, address
        endpoint = ServiceEndpoint(
            self, f"{instance.name}-endpoint", instance=instance, name=name, network=self.props.network
        )
        return endpoint.host, endpoint.address

    def _recovery_replica(self, region: str) -> None:
        protected = self.props.deletion_protection
        self._replica(
            "recovery",
            name=f"{self.props.name}-recovery",
            region=region,
            encryption_key_name=self.props.keys.recovery_key_id(self.props.key),
            deletion_protection=protected,
            settings=self._settings(availability_type="ZONAL", deletion_protection_enabled=protected),
            lifecycle=self._lifecycle(),
        )

    def _read_replicas(self) -> list[Resource]:
        """Return the read replicas, each in one zone. They hold only copies of data: deleting one is not refused."""
        region = self.props.region
        zones = DataSource(self, "google_compute_zones", self._name, region=region, status="UP")
        # A zone that comes first in the list later moves no replica, and no disk that has grown shrinks.
        ignored = ["settings[0].location_preference", *(["settings[0].disk_size"] if self._grows else [])]
        return [
            self._replica(
                f"read_{number}",
                name=self.props.replica_name(number),
                region=region,
                encryption_key_name=self.props.keys.key_id(self.props.key),
                deletion_protection=False,
                settings=self._settings(
                    availability_type="ZONAL",
                    deletion_protection_enabled=False,
                    location_preference={"zone": f"${{element({zones.address}.names, {number - 1})}}"},
                    insights_config=_INSIGHTS,
                ),
                lifecycle={"ignore_changes": ignored},
            )
            for number in range(1, self.props.read_replicas + 1)
        ]

    def _replica(self, end: str, *, lifecycle: dict[str, Any] | None, **arguments: Any) -> Resource:
        return Resource(
            self,
            "google_sql_database_instance",
            terraform_name(self._name, end),
            database_version=f"POSTGRES_{self.props.version}",
            master_instance_name=self.instance.ref("name"),
            # Cloud SQL deletes no instance that has replicas, and a new one has the same name
            # (https://cloud.google.com/sql/docs/postgres/delete-instance).
            lifecycle={**(lifecycle or {}), **replaced_with(self.instance.address)},
            **arguments,
        )

    def _settings(self, **more: Any) -> dict[str, Any]:
        props = self.props
        return {
            "tier": self._tier,
            "edition": "ENTERPRISE_PLUS" if self._plus else "ENTERPRISE",
            "disk_type": "PD_SSD",
            "disk_size": props.storage_gib,
            "disk_autoresize": props.max_storage_gib > props.storage_gib,
            "disk_autoresize_limit": props.max_storage_gib,
            "ip_configuration": self._addresses(),
            "database_flags": [{"name": name, "value": value} for name, value in _FLAGS.items()],
            **more,
        }

    def _addresses(self) -> dict[str, Any]:
        network = self.props.network
        if self.props.private_service_connect:
            return {
                "ipv4_enabled": False,
                "ssl_mode": "ENCRYPTED_ONLY",
                "psc_config": {"psc_enabled": True, "allowed_consumer_projects": [self.props.account]},
            }
        # Addresses of RFC 1918 are admitted by themselves, those that pods usually have are not
        # (https://cloud.google.com/sql/docs/postgres/configure-private-ip#non-rfc-1918).
        pods = network.pod_cidr if isinstance(network, Network) else None
        return {
            "ipv4_enabled": False,
            "private_network": network.network_id,
            "allocated_ip_range": network.database_subnet_ids[0],
            "ssl_mode": "ENCRYPTED_ONLY",
            "enable_private_path_for_google_cloud_services": False,
            "authorized_networks": [{"name": "pods", "value": pods}] if pods else None,
        }

    def _lifecycle(self, *, restored: bool = False) -> dict[str, Any] | None:
        # The disk grows by itself; the size it started with must not shrink it again.
        paths = ["settings[0].disk_size"] if self._grows else []
        # The provider restores the backup of each change, over the data of the running instance
        # (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/sql_database_instance).
        paths += ["restore_backup_context"] if restored else []
        ignored = {"ignore_changes": paths} if paths else {}
        return ignored | ({"prevent_destroy": True} if self.props.deletion_protection else {}) or None

    @property
    def _grows(self) -> bool:
        return self.props.max_storage_gib > self.props.storage_gib


def _backup(source: str | None) -> dict[str, Any] | None:
    """Return the backup with a path, as the provider names it."""
    if source is None:
        return None
    _, project, _, instance, _, run = source.split("/")
    return {"project": project, "instance_id": instance, "backup_run_id": int(run)}


def _is_plus(props: DatabaseProps) -> bool:
    if props.instance_type:
        return props.instance_type.startswith(_PLUS)
    return props.backup_retention_days >= PLUS_FROM_DAYS


class ExistingDatabase(DatabaseReference):
    """An existing database; the secret's id of its credentials identifies them."""

    def grant_connect(self, identity: WorkloadIdentity) -> None:
        """Let ``identity`` read the credentials."""
        grant_access(identity, identity.grant_name(self.name), self.credentials_id, identity)
