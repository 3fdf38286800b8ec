"""Settings of Terraform resources that protect data from deletion: locks, and days for which something is kept."""

import re
from typing import Any

from quantacirc_cdk.diff.fields import ABSENT, FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, Rule, rule
from quantacirc_cdk.diff.terraform_types import documentation

LOCKS = {
    "aws_s3_bucket_object_lock_configuration": "new objects can be deleted at once",
    "azurerm_storage_container_immutability_policy": "the blobs can be deleted at once",
}
"""Types of resources that are a lock, with the effect of their destruction."""

_KEPT = (
    ("aws_s3_bucket_object_lock_configuration", "rule", "rule.default_retention.days", "new objects are locked"),
    ("azurerm_storage_container_immutability_policy", "immutability_period_in_days", "immutability_period_in_days",
     "blobs are locked"),
    ("google_storage_bucket", "retention_policy", "retention_policy.retention_period", "objects are locked"),
    ("google_storage_bucket", "soft_delete_policy", "soft_delete_policy.retention_duration_seconds",
     "deleted objects can be restored"),
    ("google_gke_backup_backup_plan", "retention_policy.backup_delete_lock_days",
     "retention_policy.backup_delete_lock_days", "backups cannot be deleted"),
    ("google_gke_backup_backup_plan", "retention_policy.backup_retain_days", "retention_policy.backup_retain_days",
     "backups are kept"),
    ("aws_db_instance", "backup_retention_period", "backup_retention_period", "backups are kept"),
    ("aws_elasticache_replication_group", "snapshot_retention_limit", "snapshot_retention_limit", "snapshots are kept"),
    ("google_sql_database_instance", "settings.backup_configuration.transaction_log_retention_days",
     "settings.backup_configuration.transaction_log_retention_days", "each moment can be restored"),
    ("google_sql_database_instance", "settings.backup_configuration.backup_retention_settings",
     "settings.backup_configuration.backup_retention_settings.retained_backups", "backups are kept"),
    ("azurerm_postgresql_flexible_server", "backup_retention_days", "backup_retention_days", "backups are kept"),
)  # fmt: skip
"""Type, the argument that changes, the argument with the time, and what it is the time of."""


def _time(arguments: Any, path: str) -> float:
    """Return a time in arguments; 0 without one, and infinite for an expression that is no number."""
    value = look_up(arguments, *path.split("."))
    if value in (None, ABSENT):
        return 0
    number = re.fullmatch(r"(?:\$\{)?([0-9.]+)\}?", str(value))
    return float(number[1]) if number else float("inf")


def _shorter(path: str) -> Any:
    def shorter(change: FieldChange) -> bool:
        return _time(change.new, path) < _time(change.old, path)

    return shorter


RULES: tuple[Rule, ...] = tuple(
    rule(f"{kind}.{argument}.shorter", Impact.DATA_LOSS, kind, argument, when=_shorter(time),
         says=f"less protection: {kept} for a shorter time", source=documentation(kind))
    for kind, argument, time, kept in _KEPT
)  # fmt: skip
"""Rules of settings that keep or lock data for a shorter time."""
