"""Settings of Terraform resources that protect data from deletion: locks, and days for which something is kept."""

import re
from typing import Any

from quantacirc_cdk.diff.fields import ABSENT, FieldChange, look_up
from quantacirc_cdk.diff.impact import Impact, Rule, rule
from quantacirc_cdk.diff.terraform_types import REGISTRY, documentation

LOCKS = {
    "aws_s3_bucket_object_lock_configuration": (Impact.DATA_LOSS, "new objects can be deleted at once"),
    "azurerm_storage_container_immutability_policy": (Impact.DATA_LOSS, "the blobs can be deleted at once"),
    "azurerm_management_lock": (Impact.DESTROY, "what it locked is no longer protected from deletion"),
}
"""Types of resources that are a lock, with the class of their destruction and its effect."""

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
    ("aws_rds_cluster", "backup_retention_period", "backup_retention_period", "backups are kept"),
    ("aws_elasticache_replication_group", "snapshot_retention_limit", "snapshot_retention_limit", "snapshots are kept"),
    ("google_sql_database_instance", "settings.backup_configuration.transaction_log_retention_days",
     "settings.backup_configuration.transaction_log_retention_days", "each moment can be restored"),
    ("google_sql_database_instance", "settings.backup_configuration.backup_retention_settings",
     "settings.backup_configuration.backup_retention_settings.retained_backups", "backups are kept"),
    ("azurerm_postgresql_flexible_server", "backup_retention_days", "backup_retention_days", "backups are kept"),
    ("aws_kms_key", "deletion_window_in_days", "deletion_window_in_days", "a deleted key can be restored"),
    ("aws_secretsmanager_secret", "recovery_window_in_days", "recovery_window_in_days",
     "a deleted secret can be restored"),
    ("google_secret_manager_secret", "version_destroy_ttl", "version_destroy_ttl",
     "a destroyed version can be restored"),
    ("azurerm_storage_account", "blob_properties.delete_retention_policy",
     "blob_properties.delete_retention_policy.days", "deleted blobs can be restored"),
    ("azurerm_storage_account", "blob_properties.container_delete_retention_policy",
     "blob_properties.container_delete_retention_policy.days", "deleted containers can be restored"),
)  # fmt: skip
"""Type, the argument that changes, the argument with the time, and what it is the time of."""


_DEFAULTS = {"deletion_window_in_days": 30, "recovery_window_in_days": 30}
"""Days without these arguments; without the others, nothing is kept."""


def _time(arguments: Any, path: str) -> float:
    """Return a time in arguments, or its default, and infinite for an expression that is no number."""
    value = look_up(arguments, *path.split("."))
    if value in (None, ABSENT):
        return _DEFAULTS.get(path, 0)
    number = re.fullmatch(r"(?:\$\{)?([0-9.]+)s?\}?", str(value))
    return float(number[1]) if number else float("inf")


def _shorter(path: str) -> Any:
    def shorter(change: FieldChange) -> bool:
        return _time(change.new, path) < _time(change.old, path)

    return shorter


def _left(*values: Any) -> Any:
    """Return a condition: the argument had one of these values, and has none of them any more."""

    def left(change: FieldChange) -> bool:
        return change.before in values and change.after not in values

    return left


def _taken(value: Any) -> Any:
    return lambda change: change.after == value and change.before != value


_LIFECYCLE = "https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#prevent_destroy"


def _destroyable(change: FieldChange) -> bool:
    before, after = (look_up(side, "lifecycle", "prevent_destroy") is True for side in (change.old, change.new))
    return before and not after and change.path[1:] in ((), ("prevent_destroy",))


PREVENT_DESTROY = rule(
    "prevent-destroy-removed", Impact.IN_PLACE, "", "lifecycle", when=_destroyable, source=_LIFECYCLE,
    says="protection removed: Terraform no longer refuses plans that destroy the resource",
)  # fmt: skip

_REMOVED = (
    ("", "deletion_protection deletion_protection_enabled settings.deletion_protection_enabled", _left(True),
     Impact.IN_PLACE, "the cloud or the provider no longer refuses to delete the resource"),
    ("", "deletion_policy", _left("ABANDON", "PREVENT"), Impact.IN_PLACE,
     "a destroy in Terraform deletes the resource in the cloud"),
    ("", "skip_destroy", _left(True), Impact.IN_PLACE, "a destroy in Terraform deletes the resource in the cloud"),
    ("", "force_destroy force_delete", _taken(True), Impact.IN_PLACE,
     "a destroy in Terraform also deletes what the resource contains"),
    *((kind, "skip_final_snapshot", _taken(True), Impact.IN_PLACE,
       "the database can be deleted without a last snapshot") for kind in ("aws_db_instance", "aws_rds_cluster")),
    *((kind, "delete_automated_backups", _left(False), Impact.IN_PLACE,
       "backups are deleted together with the database") for kind in ("aws_db_instance", "aws_rds_cluster")),
    ("azurerm_key_vault", "purge_protection_enabled", _left(True), Impact.RECREATE,
     "Azure refuses: purge protection of a vault cannot be turned off"),
    ("aws_s3_bucket_versioning", "versioning_configuration.status", _left("Enabled"), Impact.DATA_LOSS,
     "objects that are overwritten or deleted are lost"),
    ("google_storage_bucket", "versioning versioning.enabled", lambda change: _versions(change.old) and
     not _versions(change.new), Impact.DATA_LOSS, "objects that are overwritten or deleted are lost"),
    ("azurerm_storage_account", "blob_properties.versioning_enabled", _left(True), Impact.DATA_LOSS,
     "blobs that are overwritten are lost"),
)  # fmt: skip
"""Types (all if empty), arguments, the condition for less protection, its class and its effect."""


def _versions(arguments: Any) -> bool:
    return look_up(arguments, "versioning", "enabled") is True


RULES: tuple[Rule, ...] = tuple(
    rule(f"{kind}.{argument}.shorter", Impact.DATA_LOSS, kind, argument, when=_shorter(time),
         says=f"less protection: {kept} for a shorter time", source=documentation(kind))
    for kind, argument, time, kept in _KEPT
) + tuple(
    rule(f"{kind or 'resource'}.{paths.split()[0]}.unprotected", impact, kind, paths, when=when,
         says=f"protection removed: {effect}", source=documentation(kind) if kind else REGISTRY)
    for kind, paths, when, impact, effect in _REMOVED
)  # fmt: skip
"""Rules of settings that keep or lock data for a shorter time, or no longer protect it."""
