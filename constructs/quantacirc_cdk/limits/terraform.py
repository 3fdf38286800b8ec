"""Names that Terraform accepts."""

from collections.abc import Mapping
from typing import Annotated, Any

from quantacirc_cdk.limits.rule import Rule
from quantacirc_cdk.text.terraform import has_expression

_SYNTAX = "https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers"
_VARIABLES = "https://developer.hashicorp.com/terraform/language/block/variable"
_PROVIDER = "https://developer.hashicorp.com/terraform/language/meta-arguments/provider"
RESERVED = frozenset("count depends_on for_each lifecycle locals providers source version".split())
"""Names that a variable cannot have, because a ``module`` block gives them a meaning."""
NAME = "a letter or underscore first, then letters, digits, underscores and hyphens, such as main"


def is_identifier(text: str) -> bool:
    """Return whether Terraform accepts ``text`` as a name."""
    return not text.startswith("-") and text.replace("-", "_").isidentifier()


def _variable(text: str) -> str | None:
    if not is_identifier(text):
        return NAME
    return f"another name: Terraform reserves {', '.join(sorted(RESERVED))}" if text in RESERVED else None


def _provider(text: str) -> str | None:
    parts = text.split(".")
    fits = len(parts) <= 2 and all(map(is_identifier, parts))
    return None if fits else "a provider, or a provider and an alias, such as aws.recovery"


TerraformName = Annotated[str, Rule(lambda text: None if is_identifier(text) else NAME, source=_SYNTAX)]
"""Name of a resource, data source, module, output or local value."""
VariableName = Annotated[str, Rule(_variable, source=_VARIABLES)]
"""Name of an input variable."""
ProviderReference = Annotated[str, Rule(_provider, source=_PROVIDER)]
"""The value of the meta-argument ``provider``."""

_WORLD = {
    "aws_iam_role": "name",
    "aws_s3_bucket": "bucket",
    "azurerm_container_registry": "name",
    "azurerm_key_vault": "name",
    "azurerm_postgresql_flexible_server": "name",
    "azurerm_storage_account": "name",
    "google_storage_bucket": "name",
}
_NAMES = {
    "aws_cloudwatch_log_group": "name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_db_instance": "identifier",
    "aws_db_parameter_group": "name",
    "aws_db_subnet_group": "name",
    "aws_ecr_repository": "name",
    "aws_eks_cluster": "name",
    "aws_elasticache_parameter_group": "name",
    "aws_elasticache_replication_group": "replication_group_id",
    "aws_elasticache_subnet_group": "name",
    "aws_kms_alias": "name",
    "aws_launch_template": "name",
    "aws_rds_cluster": "cluster_identifier",
    "aws_rds_cluster_instance": "identifier",
    "aws_rds_cluster_parameter_group": "name",
    "aws_secretsmanager_secret": "name",
    "aws_security_group": "name",
    "aws_sns_topic": "name",
    "azurerm_key_vault_key": "name",
    "azurerm_key_vault_secret": "name",
    "azurerm_managed_redis": "name",
    "azurerm_monitor_metric_alert": "name",
    "azurerm_private_dns_zone": "name",
    "azurerm_private_endpoint": "name",
    "azurerm_user_assigned_identity": "name",
    "google_compute_address": "name",
    "google_compute_firewall": "name",
    "google_compute_forwarding_rule": "name",
    "google_dns_managed_zone": "name",
    "google_kms_crypto_key": "name",
    "google_redis_instance": "name",
    "google_secret_manager_secret": "secret_id",
    "google_service_account": "account_id",
    "google_sql_database_instance": "name",
}
_SHARED = {"aws_rds_cluster_instance": "aws_db_instance"}
"""Types whose names are among those of another type
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""
_PLACES = ("provider", "project", "region", "resource_group_name", "key_vault_id", "key_ring", "vpc_id")
"""Arguments with what contains a resource: another place can have the same name."""


def unique_name(type: str, arguments: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return what no other resource may have: the argument, its value, and the kind and the place of the name; None if
    the cloud takes any name, or only Terraform knows it.

    https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
    """
    key = _WORLD.get(type) or _NAMES.get(type)
    value = arguments.get(key) if key else None
    if key is None or not isinstance(value, str) or has_expression(value):
        return None
    places = [] if type in _WORLD else [arguments.get(one) for one in _PLACES]
    return key, value, f"{_SHARED.get(type, type)} {places}"


STACK_NAMES = frozenset(
    {"alarms", "cluster", "keys", "logs", "network", "provider", "registry", "secrets", "state", "velero-store", "zone"}
)
"""Other names in an environment's stack and key ring. A managed store has the name of its component."""
