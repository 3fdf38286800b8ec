"""A PostgreSQL database on Aurora."""

from typing import Any

from quantacirc_cdk.limits.aws import aurora_type
from quantacirc_cdk.limits.databases import AURORA_NAME, aurora_refusals
from quantacirc_cdk.limits.restores import aurora_cluster
from quantacirc_cdk.terraform.aws.database import PARAMETERS, PORT, Database, check_name
from quantacirc_cdk.terraform.aws.database_credentials import USER
from quantacirc_cdk.terraform.interface.database import DatabaseProps
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.terraform.names import terraform_name
from quantacirc_cdk.terraform.resource import DataSource, Resource

_ENGINE = "aurora-postgresql"
_LOG = "postgresql"


class AuroraDatabase(Database):
    """A PostgreSQL-compatible Aurora cluster that only the cluster's nodes reach, over TLS, with a password that is in
    no state.

    Creates the cluster, its credentials, its subnet and parameter groups, its security group, its log group, its
    monitoring role and its instances: one that writes, and ``read_replicas`` readers, one zone after the other. With
    ``high_availability`` there is at least one reader: Aurora lets a reader take over. The volume grows and shrinks by
    itself, and clients read from the address of all readers. Raises ``PropsError``, also for a size of the disk, a
    blue/green deployment and a recovery region.
    """

    @staticmethod
    def check_props(props: DatabaseProps) -> None:
        """Raise ``PropsError`` for values that Aurora refuses."""
        rules = Rules(props.name)
        check_name(rules, props, AURORA_NAME)
        for field in ("storage_gib", "max_storage_gib"):
            if getattr(props, field) != getattr(DatabaseProps, field):
                what = f"{getattr(props, field)} GiB for a volume that grows by itself"
                rules.refuse(field, what, "none on Aurora")
        for field, what, expected in aurora_refusals(
            "aws",
            copied=props.recovery_region is not None,
            blue_green=props.blue_green,
            instance_type=props.instance_type,
        ):
            rules.refuse(field, what, expected)
        props.check_database(rules, "aws")
        props.check_restore(rules, "aws", aurora=True)
        props.check_replicas(rules, "aws")
        rules.check()

    def _create(self) -> None:
        props = self.props
        self.instance_class = props.instance_type or aurora_type(props.cpu, props.memory_gib)
        self._owner = self.cluster = self._cluster()
        self.host = self.cluster.ref("endpoint")
        self.read_hosts = [self.cluster.ref("reader_endpoint")]
        self._logins = [self.cluster.ref("cluster_resource_id")]
        insights = self._insights()
        readers = max(props.read_replicas, int(props.high_availability))
        self.instance, *self.read_replicas = [self._member(number, insights) for number in range(1, readers + 2)]

    def _cluster(self) -> Resource:
        props = self.props
        group = self._security_group().id
        return Resource(
            self,
            "aws_rds_cluster",
            self._name,
            cluster_identifier=props.name,
            engine=_ENGINE,
            engine_version=props.version,
            **_source(props),
            master_username=USER,
            master_password_wo=self._credentials.password,
            master_password_wo_version=self._credentials.version,
            port=PORT,
            iam_database_authentication_enabled=True,
            storage_encrypted=True,
            kms_key_id=props.keys.key_id(props.key),
            db_subnet_group_name=self._subnet_group().ref("name"),
            vpc_security_group_ids=[group],
            db_cluster_parameter_group_name=self._cluster_parameter_group().ref("name"),
            backup_retention_period=props.backup_retention_days,
            preferred_backup_window="02:00-03:00",
            preferred_maintenance_window="sun:03:30-sun:04:30",
            copy_tags_to_snapshot=True,
            delete_automated_backups=False,
            deletion_protection=props.deletion_protection,
            skip_final_snapshot=False,
            final_snapshot_identifier=self._final_snapshot(group),
            # As on RDS, a major version is upgraded with its parameter group, and only at once.
            allow_major_version_upgrade=True,
            apply_immediately=True,
            enabled_cloudwatch_logs_exports=[_LOG],
            lifecycle=_lifecycle(props) or None,
            depends_on=[self._log_group(terraform_name(self._name, _LOG), f"cluster/{props.name}/{_LOG}")],
        )

    def _member(self, number: int, insights: dict[str, Any]) -> Resource:
        """Return an instance of the cluster. The first one that is there writes, until another takes over."""
        name = terraform_name(self._name, "instance", str(number))
        subnets = self.props.network.database_subnet_ids
        place = DataSource(self, "aws_subnet", name, id=subnets[(number - 1) % len(subnets)])
        return Resource(
            self,
            "aws_rds_cluster_instance",
            name,
            identifier=f"{self.props.name}-instance-{number}",
            cluster_identifier=self.cluster.id,
            engine=_ENGINE,
            instance_class=self.instance_class,
            availability_zone=place.ref("availability_zone"),
            publicly_accessible=False,
            auto_minor_version_upgrade=True,
            copy_tags_to_snapshot=True,
            preferred_maintenance_window="sun:03:30-sun:04:30",
            apply_immediately=True,
            # A subnet in another place of the list moves no instance.
            lifecycle={"ignore_changes": ["availability_zone"]},
            **insights,
        )

    def _cluster_parameter_group(self) -> Resource:
        return Resource(
            self,
            "aws_rds_cluster_parameter_group",
            self._name,
            name=f"{self.props.name}-{_ENGINE}{self.props.version}",
            family=f"{_ENGINE}{self.props.version}",
            description="TLS only; connections and slow statements logged",
            parameter=[{"name": name, "value": value} for name, value in PARAMETERS.items()],
            # A new major version brings a new group before the old one can go.
            lifecycle={"create_before_destroy": True},
        )


def _source(props: DatabaseProps) -> dict[str, Any]:
    """Return what the cluster starts from: an empty database with a name, or a restored one, which has its own.

    Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/rds_cluster.
    """
    if not props.restore_from:
        return {"database_name": props.database}
    source = aurora_cluster(props.restore_from)
    if source is None:
        return {"snapshot_identifier": props.restore_from}
    account, name = source
    time = {"restore_to_time": props.restore_time} if props.restore_time else {"use_latest_restorable_time": True}
    # The identifier in the same account, and the ARN in another one.
    cluster = name if account == props.account else props.restore_from
    return {"restore_to_point_in_time": {"source_cluster_identifier": cluster, "restore_type": "full-copy", **time}}


def _lifecycle(props: DatabaseProps) -> dict[str, Any]:
    protected: dict[str, Any] = {"prevent_destroy": True} if props.deletion_protection else {}
    # Another source would replace the cluster, and a restored one has the database of its backups.
    ignored = ["database_name", "restore_to_point_in_time", "snapshot_identifier"]
    return protected | ({"ignore_changes": ignored} if props.restore_from else {})
