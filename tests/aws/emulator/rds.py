"""What moto's RDS lacks: copies of backups in another region, restores from them, Performance Insights, and replicas
that are instances of their own.
"""

import copy
import hashlib
from collections.abc import Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.exceptions import RDSClientError
from moto.rds.models import BlueGreenDeployment, DBCluster, DBInstance, DBParameterGroup, RDSBackend, rds_backends
from moto.rds.responses import RDSResponse

_INSIGHTS = ("enable_performance_insights", "performance_insights_kms_key_id", "performance_insights_retention_period")
_SHOWN = ("performance_insights_enabled", *_INSIGHTS[1:])
_COPIES: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
"""Copies by account and region they are in, by ARN."""


def install() -> None:
    """Add the operations to moto."""
    create, update = DBInstance.__init__, DBParameterGroup.update_parameters

    def with_insights(self: DBInstance, *positional: Any, **given: Any) -> None:
        create(self, *positional, **given)
        enabled, key, days = (given.get(name) for name in _INSIGHTS)
        self.performance_insights_enabled = bool(enabled)  # type: ignore[attr-defined]
        self.performance_insights_kms_key_id = key  # type: ignore[attr-defined]
        self.performance_insights_retention_period = days  # type: ignore[attr-defined]
        self.db_instance_automated_backups_replications = []  # type: ignore[attr-defined]

    DBInstance.__init__ = with_insights  # type: ignore[method-assign]
    modify = RDSBackend.modify_db_instance

    def with_changed_insights(self: RDSBackend, db_instance_identifier: str, db_kwargs: Any) -> DBInstance:
        # A restored instance has none until it is changed.
        found: DBInstance = modify(self, db_instance_identifier, db_kwargs)
        enabled = db_kwargs.get("EnablePerformanceInsights")
        if enabled is not None:
            found.performance_insights_enabled = bool(enabled)  # type: ignore[attr-defined]
        return found

    RDSBackend.modify_db_instance = with_changed_insights  # type: ignore[method-assign]
    copied = BlueGreenDeployment._create_green_instance

    def like_the_source(self: BlueGreenDeployment, **changes: Any) -> str:
        # The copy has all settings of its source; moto leaves some at their defaults.
        arn = copied(self, **changes)
        source, green = (self._get_valid_instance_or_raise(one) for one in (self.source, arn))
        for name in ("enable_iam_database_authentication", "monitoring_interval", "monitoring_role_arn", *_SHOWN):
            setattr(green, name, getattr(source, name))
        return arn

    BlueGreenDeployment._create_green_instance = like_the_source  # type: ignore[method-assign]
    replicate = RDSBackend.create_db_instance_read_replica

    def of_its_own(self: RDSBackend, db_kwargs: Any) -> DBInstance:
        # moto's replica shares the id and the lists of its source.
        made: DBInstance = replicate(self, db_kwargs)
        made.dbi_resource_id = "db-" + hashlib.sha256(made.db_instance_arn.encode()).hexdigest()[:26].upper()
        made.enabled_cloudwatch_logs_exports = list(db_kwargs.get("enable_cloudwatch_logs_exports") or [])
        made.tags = list(db_kwargs.get("tags") or [])
        made.db_instance_automated_backups_replications = []  # type: ignore[attr-defined]
        made.backup_retention_period, made.multi_az = 0, bool(db_kwargs.get("multi_az"))
        made.deletion_protection = bool(db_kwargs.get("deletion_protection"))
        made.performance_insights_enabled = bool(db_kwargs.get("enable_performance_insights"))  # type: ignore[attr-defined]
        return made

    RDSBackend.create_db_instance_read_replica = of_its_own  # type: ignore[method-assign]
    scaled = DBCluster.scaling_configuration_info.fget  # type: ignore[attr-defined]
    # A cluster that is not serverless has none.
    DBCluster.scaling_configuration_info = property(  # type: ignore[assignment, method-assign]
        lambda self: scaled(self) if self.scaling_configuration else None
    )
    RDSResponse.start_db_instance_automated_backups_replication = _start  # type: ignore[attr-defined]
    RDSResponse.stop_db_instance_automated_backups_replication = _stop  # type: ignore[attr-defined]
    restore = RDSResponse.restore_db_instance_to_point_in_time

    def restore_from_copy(self: RDSResponse) -> ActionResult:
        arn = self.params.get("SourceDBInstanceAutomatedBackupsArn")
        return _restore(self, arn) if arn else restore(self)

    RDSResponse.restore_db_instance_to_point_in_time = restore_from_copy  # type: ignore[method-assign]
    describe = RDSResponse.describe_db_instance_automated_backups

    def describe_with_copies(self: RDSResponse) -> ActionResult:
        arn = self.params.get("DBInstanceAutomatedBackupsArn")
        if not arn:
            return describe(self)
        copies = _copies(self)
        if arn not in copies:
            raise RDSClientError("DBInstanceAutomatedBackupNotFound", f"No automated backup {arn}")
        return ActionResult({"DBInstanceAutomatedBackups": [copies[arn]]})

    RDSResponse.describe_db_instance_automated_backups = describe_with_copies  # type: ignore[method-assign]

    def update_by_user(self: DBParameterGroup, new_parameters: Iterable[dict[str, Any]]) -> None:
        # Who asks for the parameters that the user set would otherwise get none.
        update(self, [parameter | {"Source": "user"} for parameter in new_parameters])

    DBParameterGroup.update_parameters = update_by_user  # type: ignore[method-assign]


def _copies(response: RDSResponse) -> dict[str, dict[str, Any]]:
    return _COPIES.setdefault((response.current_account, response.region), {})


def _source(arn: str) -> DBInstance:
    _, _, _, region, account, _, name = arn.split(":")
    databases = rds_backends[account][region].databases
    if name not in databases:
        raise RDSClientError("DBInstanceNotFound", f"DBInstance {name} not found.")
    found: DBInstance = databases[name]
    return found


def _start(self: RDSResponse) -> ActionResult:
    source = _source(self.params["SourceDBInstanceArn"])
    copies = _copies(self)
    if any(copy["DBInstanceArn"] == source.db_instance_arn for copy in copies.values()):
        raise RDSClientError("InvalidDBInstanceState", "Backups of this instance are replicated already")
    name = f"ab-{source.db_instance_identifier}"
    arn = f"arn:aws:rds:{self.region}:{self.current_account}:auto-backup:{name}"
    copies[arn] = {
        "DBInstanceArn": source.db_instance_arn,
        "DBInstanceIdentifier": source.db_instance_identifier,
        "DBInstanceAutomatedBackupsArn": arn,
        "Region": source.region,
        "Status": "replicating",
        "Engine": source.engine,
        "BackupRetentionPeriod": self.params.get("BackupRetentionPeriod", 7),
        "KmsKeyId": self.params.get("KmsKeyId"),
        "Encrypted": True,
        "MasterUsername": source.master_username,
        "AllocatedStorage": source.allocated_storage,
        "EngineVersion": source.engine_version,
    }
    source.db_instance_automated_backups_replications.append({"DBInstanceAutomatedBackupsArn": arn})  # type: ignore[attr-defined]
    return ActionResult({"DBInstanceAutomatedBackup": copies[arn]})


def _restore(self: RDSResponse, arn: str) -> ActionResult:
    """Make an instance from a copy: with the copy's user, engine and key, whatever region the source was in."""
    copies = _copies(self)
    if arn not in copies:
        raise RDSClientError("DBInstanceAutomatedBackupNotFound", f"No automated backup {arn}")
    found, given = copies[arn], copy.deepcopy(self.params)
    given["DBInstanceIdentifier"] = given["TargetDBInstanceIdentifier"]
    for name in ("AllocatedStorage", "Engine", "EngineVersion", "KmsKeyId", "MasterUsername"):
        given[name] = found[name]
    given["StorageEncrypted"] = True
    return ActionResult({"DBInstance": self.backend.create_db_instance(given)})


def _stop(self: RDSResponse) -> ActionResult:
    source_arn = self.params["SourceDBInstanceArn"]
    copies = _copies(self)
    found = [arn for arn, copy in copies.items() if copy["DBInstanceArn"] == source_arn]
    if not found:
        raise RDSClientError("DBInstanceAutomatedBackupNotFound", f"No replication of {source_arn}")
    _source(source_arn).db_instance_automated_backups_replications.clear()  # type: ignore[attr-defined]
    return ActionResult({"DBInstanceAutomatedBackup": copies.pop(found[0]) | {"Status": "deleting"}})
