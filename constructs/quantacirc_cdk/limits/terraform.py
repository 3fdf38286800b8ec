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
_PROVIDER_NAMES = {
    "aws_cloudwatch_log_group": "name",
    "aws_db_instance": "identifier",
    "aws_ecr_repository": "name",
    "aws_eks_cluster": "name",
    "aws_elasticache_replication_group": "replication_group_id",
    "aws_kms_alias": "name",
    "aws_secretsmanager_secret": "name",
    "google_secret_manager_secret": "secret_id",
    "google_service_account": "account_id",
    "google_sql_database_instance": "name",
}


def unique_name(type: str, arguments: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Return what no other resource of this type may have: the argument, its value, and the provider configuration if
    others may have it there; None if the cloud takes any name, or only Terraform knows it.

    https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
    """
    key = _WORLD.get(type) or _PROVIDER_NAMES.get(type)
    value = arguments.get(key) if key else None
    if key is None or not isinstance(value, str) or has_expression(value):
        return None
    places = (arguments.get("provider"), arguments.get("project"))
    return key, value, "" if type in _WORLD else str(places)


STACK_NAMES = frozenset(
    {"alarms", "cluster", "keys", "logs", "network", "provider", "registry", "secrets", "state", "velero-store", "zone"}
)
"""Other names in an environment's stack and key ring. A managed store has the name of its component."""
