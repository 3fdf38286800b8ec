"""Types of Terraform resources according to the providers' documentation: which hold data, which arguments force a new
one.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from quantacirc_cdk.diff.fields import FieldChange, is_index, look_up

REGISTRY = "https://registry.terraform.io/providers"
PROVIDERS = ("aws", "google", "azurerm")
WHOLE = "#"
"""In a table: the block itself is added or removed."""
EVERY_TYPE = "*"
"""In a table: all types of the provider."""
_FOLDER = Path(__file__).parent / "force_new"

STATEFUL = {
    "aws_cloudwatch_log_group": "the logs in it",
    "aws_db_instance": "the database",
    "aws_db_instance_automated_backups_replication": "the copies of the backups",
    "aws_dynamodb_table": "the table",
    "aws_ebs_volume": "the volume",
    "aws_ecr_repository": "the images",
    "aws_efs_file_system": "the files",
    "aws_eks_cluster": "every object in the cluster",
    "aws_elasticache_replication_group": "the keys of the cache",
    "aws_kms_key": "everything encrypted with the key",
    "aws_rds_cluster": "the database",
    "aws_route53_zone": "the records, and the name servers the domain points to",
    "aws_s3_bucket": "the objects",
    "aws_secretsmanager_secret": "the secret",
    "aws_sqs_queue": "the messages",
    "azurerm_container_registry": "the images",
    "azurerm_dns_zone": "the records, and the name servers the domain points to",
    "azurerm_key_vault": "the keys and secrets",
    "azurerm_managed_redis": "the keys of the cache",
    "azurerm_key_vault_key": "everything encrypted with the key",
    "azurerm_key_vault_secret": "the secret",
    "azurerm_kubernetes_cluster": "every object in the cluster",
    "azurerm_log_analytics_workspace": "the logs in it",
    "azurerm_managed_disk": "the volume",
    "azurerm_postgresql_flexible_server": "the databases",
    "azurerm_postgresql_flexible_server_database": "the database",
    "azurerm_resource_group": "everything in the group",
    "azurerm_storage_account": "the blobs",
    "azurerm_storage_container": "the blobs",
    "google_artifact_registry_repository": "the images",
    "google_compute_disk": "the volume",
    "google_container_cluster": "every object in the cluster",
    "google_dns_managed_zone": "the records, and the name servers the domain points to",
    "google_gke_backup_backup_plan": "the plan's backups",
    "google_kms_crypto_key": "everything encrypted with the key",
    "google_kms_key_ring": "everything encrypted with its keys",
    "google_logging_project_bucket_config": "the logs in it",
    "google_redis_instance": "the keys of the cache",
    "google_project": "everything in the project",
    "google_secret_manager_secret": "the secret",
    "google_sql_database": "the database",
    "google_sql_database_instance": "the databases",
    "google_storage_bucket": "the objects",
}
"""Types of resources that hold data, with the data that is lost when one is destroyed."""


def data_of(type: str, arguments: Any) -> str | None:
    """Return the data that is lost with a resource; None if there is none, as in a read replica of a database.

    A protected replica is one that is there for recovery. No domain points to the name servers of a private zone, and
    records that Terraform has not written keep a zone from deletion
    (https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/dns_managed_zone#force_destroy).
    """
    if look_up(arguments, "visibility") == "private" or (type == "aws_route53_zone" and look_up(arguments, "vpc")):
        return None
    if type == "azurerm_key_vault_secret" and look_up(arguments, "value") is not None and not _is_kept(arguments):
        return None  # Terraform has the value, and writes it again.
    source = [look_up(arguments, key) for key in ("replicate_source_db", "master_instance_name")]
    replica = any(isinstance(one, str) for one in source) or look_up(arguments, "create_mode") == "Replica"
    return None if replica and look_up(arguments, "deletion_protection") is not True else STATEFUL.get(type)


VALUES = {"aws_secretsmanager_secret_version": "secret_string", "google_secret_manager_secret_version": "secret_data"}
"""Types of resources that write the value of a secret that they refer to, with the argument that Terraform keeps."""


def is_rewritten(type: str, arguments: Any) -> bool:
    """Return whether a resource is the value of a secret, and Terraform writes the same value again to a new one."""
    key = VALUES.get(type)
    return key is not None and look_up(arguments, key) is not None and not _is_kept(arguments)


def _is_kept(arguments: Any) -> bool:
    """Return whether others may have changed a value since Terraform has written it."""
    return bool(look_up(arguments, "lifecycle", "ignore_changes"))


@cache
def _table(provider: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return the path of each argument that forces a new resource, by type; the last step can be ``WHOLE``."""
    document: dict[str, Any] = json.loads((_FOLDER / f"{provider}.json").read_bytes())
    types, documented = document["types"], document.get("documented", {})
    return {
        kind: tuple(
            tuple(argument.split("."))
            for argument in (*types.get(kind, ()), *documented.get(kind, ()), *documented.get(EVERY_TYPE, ()))
        )
        for kind in types | documented
        if kind != EVERY_TYPE
    }


def provider_of(type: str) -> str:
    """Return the provider of a type: the part before its first underscore."""
    return type.partition("_")[0]


def covered(type: str) -> bool:
    """Return whether the arguments of this type that force a new resource are known."""
    return provider_of(type) in PROVIDERS and type in _table(provider_of(type))


def documentation(type: str) -> str:
    """Return the URL of the provider's page about this type."""
    if type == "terraform_data":  # Terraform's own.
        return "https://developer.hashicorp.com/terraform/language/resources/terraform-data"
    provider, _, name = type.partition("_")
    return f"{REGISTRY}/hashicorp/{provider}/latest/docs/resources/{name}"


def forces_new(type: str, change: FieldChange) -> bool:
    """Return whether the provider documents that this change forces a new resource."""
    if not covered(type):
        return False
    names = tuple(step for step in change.path if not is_index(step))
    return any(_covers(steps, names, change) for steps in _table(provider_of(type))[type])


def _covers(steps: tuple[str, ...], names: tuple[str, ...], change: FieldChange) -> bool:
    whole, steps = steps[-1] == WHOLE, steps[:-1] if steps[-1] == WHOLE else steps
    if whole and names == steps:
        return change.added or change.removed
    if not whole and names[: len(steps)] == steps:
        return True
    # A whole block that contains the argument was added or removed.
    inner = steps[len(names) :]
    return (
        bool(inner)
        and steps[: len(names)] == names
        and any(look_up(value, *inner) is not None for value in (change.before, change.after))
    )
