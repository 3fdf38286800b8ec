"""A PostgreSQL database on RDS."""

from typing import Any

from quantacirc_cdk.limits.aws import database_type
from quantacirc_cdk.limits.clouds import CLOUDS, RDS_GROWTH_PERCENT
from quantacirc_cdk.terraform.aws.database_credentials import USER, DatabaseCredentials, keep_read_hosts
from quantacirc_cdk.terraform.aws.iam import Statement, allow, arn, managed_policy, same_account, trust
from quantacirc_cdk.terraform.aws.provider import RECOVERY
from quantacirc_cdk.terraform.aws.workload_identity import WorkloadIdentity, grant
from quantacirc_cdk.terraform.checked import Checked
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.expressions import Number
from quantacirc_cdk.terraform.interface.database import DatabaseProps, DatabaseReference
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.interface.workload_identity import ExistingWorkloadIdentity
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource, Resource
from quantacirc_cdk.text.terraform import bare

PORT = 5432
LOG_RETENTION_DAYS = 365
_LOGS = ("postgresql", "upgrade")
PARAMETERS = {
    "rds.force_ssl": "1",
    "log_connections": "1",
    "log_disconnections": "1",
    # Statements that take longer than a second, and what changes the schema.
    "log_min_duration_statement": "1000",
    "log_statement": "ddl",
}


class Database(Checked, Construct):
    """A PostgreSQL instance that only the cluster's nodes reach, over TLS, with a password that is in no state.

    Creates the instance, its credentials, its subnet and parameter groups, its security group, its log groups, its
    monitoring role, its read replicas and, with a recovery region, copies of its backups there. A replica has the type,
    the key and the rules of the instance, and only a copy of its data: deleting one is allowed. Raises ``PropsError``.
    """

    @staticmethod
    def check_props(props: DatabaseProps) -> None:
        """Raise ``PropsError`` for values that AWS refuses."""
        rules = Rules(props.name)
        check_name(rules, props, 53)
        growth = (props.storage_gib, props.max_storage_gib)
        if not any(isinstance(one, Number) for one in growth):
            size, most = growth
            if size < most < size * RDS_GROWTH_PERCENT / 100:
                expected = f"at least {RDS_GROWTH_PERCENT} % of storage_gib, or {size}"
                rules.refuse("max_storage_gib", f"{most} GiB", expected)
        rules.between("storage_gib", props.storage_gib, *CLOUDS["aws"].database_gib, "GiB")
        props.check_database(rules, "aws")
        props.check_restore(rules, "aws")
        props.check_blue_green(rules, "aws")
        props.check_replicas(rules, "aws")
        rules.check()

    def __init__(self, scope: Construct, id: str, props: DatabaseProps) -> None:
        super().__init__(scope, id)
        self.props = props
        self._name = terraform_name(id)
        self.port = PORT
        self.database = props.database
        self._credentials = DatabaseCredentials(self, "credentials", name=self._name, database=props)
        self._create()
        self.credentials_id = self._credentials.keep(host=self.host, port=PORT, owner=self._owner)
        self.read_hosts_id = keep_read_hosts(self, self._name, props, self.read_hosts)

    def _create(self) -> None:
        props = self.props
        self.instance_class = props.instance_type or database_type(props.cpu, props.memory_gib)
        self._shared = self._arguments()
        self._owner = self.instance = self._instance()
        self.host = self.instance.ref("address")
        self.read_replicas = [self._replica(number) for number in range(1, props.read_replicas + 1)]
        self.read_hosts = [one.ref("address") for one in self.read_replicas] or [self.host]
        self._logins = [one.ref("resource_id") for one in (self.instance, *self.read_replicas)]
        if props.recovery_region:
            Resource(
                self,
                "aws_db_instance_automated_backups_replication",
                self._name,
                provider=RECOVERY,
                source_db_instance_arn=self.instance.arn,
                kms_key_id=props.keys.recovery_key_id(props.key),
                retention_period=props.backup_retention_days,
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

    def grant_connect(self, identity: WorkloadIdentity | ExistingWorkloadIdentity) -> None:
        """Allow ``identity`` to read the credentials. Only the cluster's nodes can connect through the network."""
        secrets = [self.credentials_id, *([self.read_hosts_id] if self.read_hosts_id else [])]
        grant(self, identity, self._name, _read(secrets, self.props.keys.key_id("secrets")))

    def grant_login(self, identity: WorkloadIdentity | ExistingWorkloadIdentity, user: str) -> None:
        """Allow ``identity`` to log in as ``user`` with a token, on read replicas too. The user needs the role
        ``rds_iam`` on the server.

        Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html.
        """
        place = ("rds-db", self.props.region, self.props.account)
        users = [arn(*place, f"dbuser:{one}/{user}") for one in self._logins]
        grant(self, identity, f"{self._name}-login", [allow(["rds-db:connect"], users, "Login")])

    def _arguments(self) -> dict[str, Any]:
        """Return the arguments that the instance and its replicas have in common."""
        props = self.props
        return {
            "instance_class": self.instance_class,
            "port": PORT,
            "iam_database_authentication_enabled": True,
            "max_allocated_storage": props.max_storage_gib if props.max_storage_gib > props.storage_gib else None,
            "storage_type": "gp3",
            "storage_encrypted": True,
            "vpc_security_group_ids": [self._security_group().id],
            "publicly_accessible": False,
            "parameter_group_name": self._parameter_group().ref("name"),
            "maintenance_window": "sun:03:30-sun:04:30",
            "copy_tags_to_snapshot": True,
            "auto_minor_version_upgrade": True,
            # RDS upgrades a major version with its parameter group, and only at once: until a maintenance window both
            # groups are in use, and an apply fails that deletes the old one
            # (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html).
            "allow_major_version_upgrade": True,
            "apply_immediately": True,
            "enabled_cloudwatch_logs_exports": list(_LOGS),
            **self._insights(),
        }

    def _insights(self) -> dict[str, Any]:
        """Return the arguments of an instance for its measurements."""
        return {
            "performance_insights_enabled": True,
            "performance_insights_kms_key_id": self.props.keys.key_id(self.props.key),
            "performance_insights_retention_period": 7,
            "monitoring_interval": 60,
            "monitoring_role_arn": self._monitoring_role().arn,
        }

    def _instance(self) -> Resource:
        props = self.props
        (group,) = self._shared["vpc_security_group_ids"]
        return Resource(
            self,
            "aws_db_instance",
            self._name,
            identifier=props.name,
            engine="postgres",
            engine_version=props.version,
            **self._shared,
            **_source(props),
            username=USER,
            password_wo=self._credentials.password,
            password_wo_version=self._credentials.version,
            allocated_storage=props.storage_gib,
            kms_key_id=props.keys.key_id(props.key),
            multi_az=props.high_availability,
            db_subnet_group_name=self._subnet_group().ref("name"),
            backup_retention_period=props.backup_retention_days,
            backup_window="02:00-03:00",
            delete_automated_backups=False,
            deletion_protection=props.deletion_protection,
            skip_final_snapshot=False,
            final_snapshot_identifier=self._final_snapshot(group),
            blue_green_update={"enabled": True} if props.blue_green else None,
            lifecycle=_lifecycle(props) or None,
            depends_on=self._log_groups(self._name, props.name),
        )

    def _final_snapshot(self, group: str) -> str:
        """Return another name for each database that there ever is: a snapshot stays, and keeps its name."""
        return f'{self.props.name}-final-${{trimprefix({bare(group)}, "sg-")}}'

    def _replica(self, number: int) -> Resource:
        """Return a read replica: it gets its version, user, password, key and subnets from the instance."""
        name, identifier = terraform_name(self._name, "read", str(number)), self.props.replica_name(number)
        subnets = self.props.network.database_subnet_ids
        place = DataSource(self, "aws_subnet", name, id=subnets[(number - 1) % len(subnets)])
        return Resource(
            self,
            "aws_db_instance",
            name,
            identifier=identifier,
            replicate_source_db=self.instance.ref("identifier"),
            availability_zone=place.ref("availability_zone"),
            **self._shared,
            allocated_storage=self.props.storage_gib,  # Ignored at creation; grows with the instance's later.
            skip_final_snapshot=True,  # RDS takes none of a replica.
            lifecycle={
                # A subnet in another place of the list moves no replica.
                "ignore_changes": ["availability_zone"],
                # RDS promotes the replicas of a deleted instance, and the provider cannot give a replica another source
                # (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html).
                "replace_triggered_by": [f"{self.instance.address}.{one}" for one in ("id", "identifier")],
            },
            depends_on=self._log_groups(name, identifier),
        )

    def _subnet_group(self) -> Resource:
        return Resource(
            self,
            "aws_db_subnet_group",
            self._name,
            name=self.props.name,
            description="Database subnets without a route out",
            subnet_ids=list(self.props.network.database_subnet_ids),
        )

    def _security_group(self) -> Resource:
        group = Resource(
            self,
            "aws_security_group",
            self._name,
            name=self.props.name,
            description="PostgreSQL",
            vpc_id=self.props.network.network_id,
            tags={"Name": self.props.name},
        )
        Resource(
            self,
            "aws_vpc_security_group_ingress_rule",
            self._name,
            security_group_id=group.id,
            description="PostgreSQL from the cluster's nodes",
            referenced_security_group_id=self.props.clients.node_security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            tags={"Name": self.props.name},
        )
        return group

    def _parameter_group(self) -> Resource:
        # What a copy with another major version replicates by; read when the instance starts
        # (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments-replication-type.html).
        replicated = [{"name": "rds.logical_replication", "value": "1", "apply_method": "pending-reboot"}]
        replicated = replicated if self.props.blue_green else []
        return Resource(
            self,
            "aws_db_parameter_group",
            self._name,
            name=f"{self.props.name}-postgres{self.props.version}",
            family=f"postgres{self.props.version}",
            description="TLS only; connections and slow statements logged",
            parameter=[{"name": name, "value": value} for name, value in PARAMETERS.items()] + replicated,
            # A new major version brings a new group before the old one can go.
            lifecycle={"create_before_destroy": True},
        )

    def _monitoring_role(self) -> Resource:
        name = terraform_name(self._name, "monitoring")
        role = Resource(
            self,
            "aws_iam_role",
            name,
            name=f"{self.props.name}-monitoring",
            assume_role_policy=trust("monitoring.rds.amazonaws.com", condition=same_account(self.props.account)),
        )
        Resource(
            self,
            "aws_iam_role_policy_attachment",
            name,
            role=role.ref("name"),
            policy_arn=managed_policy(self.props.region, "service-role/AmazonRDSEnhancedMonitoringRole"),
        )
        return role

    def _log_groups(self, name: str, identifier: str) -> list[Resource]:
        return [self._log_group(terraform_name(name, log), f"instance/{identifier}/{log}") for log in _LOGS]

    def _log_group(self, name: str, path: str) -> Resource:
        return Resource(
            self,
            "aws_cloudwatch_log_group",
            name,
            name=f"/aws/rds/{path}",
            retention_in_days=LOG_RETENTION_DAYS,
            kms_key_id=self.props.keys.key_id("logs"),
        )


class ExistingDatabase(DatabaseReference):
    """An existing database; the ARN of its credentials identifies them."""

    def grant_connect(self, identity: WorkloadIdentity) -> None:
        """Let ``identity`` read the credentials."""
        identity.grant(self.name, _read([self.credentials_id], self.key_id))


def check_name(rules: Rules, props: DatabaseProps, longest: int) -> None:
    """Refuse a name that leaves no room for those made from it, and subnets in one zone."""
    pattern = rf"[a-z](-?[a-z0-9]){{0,{longest - 1}}}"
    rules.matches("name", props.name, pattern, f"at most {longest} lower-case letters, digits, single dashes")
    if len(props.network.database_subnet_ids) < 2:
        rules.refuse("network", "database subnets in one zone", "two zones, which RDS needs even for one instance")


def _source(props: DatabaseProps) -> dict[str, Any]:
    """Return what the instance starts from: an empty database with a name, or a restored one, which has its own.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/db_instance.
    """
    if not props.restore_from:
        return {"db_name": props.database}
    if ":snapshot:" in props.restore_from:
        return {"snapshot_identifier": props.restore_from}
    time = {"restore_time": props.restore_time} if props.restore_time else {"use_latest_restorable_time": True}
    return {"restore_to_point_in_time": {"source_db_instance_automated_backups_arn": props.restore_from, **time}}


def _lifecycle(props: DatabaseProps) -> dict[str, Any]:
    protected: dict[str, Any] = {"prevent_destroy": True} if props.deletion_protection else {}
    # A restored instance has the database and the key of its backups, and RDS changes the key of none
    # (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html). Another source would
    # replace the instance.
    ignored = ["db_name", "kms_key_id", "restore_to_point_in_time", "snapshot_identifier"]
    return protected | ({"ignore_changes": ignored} if props.restore_from else {})


def _read(secrets: list[str], key_id: str | None) -> list[Statement]:
    statements = [allow(["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], secrets, "Read")]
    return [*statements, allow(["kms:Decrypt"], [key_id], "Key")] if key_id else statements
