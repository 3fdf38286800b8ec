"""What identifies a resource in its cloud: no two resources of a type may have the same values of these arguments."""

from collections.abc import Mapping
from typing import Any

_WORLD = {
    "aws_budgets_budget": "name",
    "aws_iam_role": "name",
    "aws_iam_role_policy": "name role",
    "aws_s3_bucket": "bucket",
    "azurerm_container_registry": "name",
    "azurerm_key_vault": "name",
    "azurerm_postgresql_flexible_server": "name",
    "azurerm_storage_account": "name",
    "google_project": "project_id",
    "google_storage_bucket": "name",
}
"""Types whose name is taken in all places of a provider."""

_PLACE = {
    "aws_cloudtrail": "name",
    "aws_cloudwatch_event_rule": "name event_bus_name",
    "aws_cloudwatch_event_target": "target_id rule event_bus_name",
    "aws_cloudwatch_log_group": "name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_db_instance": "identifier",
    "aws_db_parameter_group": "name",
    "aws_db_subnet_group": "name",
    "aws_ecr_lifecycle_policy": "repository",
    "aws_ecr_repository": "name",
    "aws_eks_access_entry": "principal_arn cluster_name",
    "aws_eks_addon": "addon_name cluster_name",
    "aws_eks_cluster": "name",
    "aws_eks_node_group": "node_group_name cluster_name",
    "aws_eks_pod_identity_association": "service_account namespace cluster_name",
    "aws_elasticache_parameter_group": "name",
    "aws_elasticache_replication_group": "replication_group_id",
    "aws_elasticache_subnet_group": "name",
    "aws_guardduty_detector_feature": "name detector_id",
    "aws_kms_alias": "name",
    "aws_launch_template": "name",
    "aws_rds_cluster": "cluster_identifier",
    "aws_rds_cluster_instance": "identifier",
    "aws_rds_cluster_parameter_group": "name",
    "aws_s3_bucket_lifecycle_configuration": "bucket",
    "aws_s3_bucket_logging": "bucket",
    "aws_s3_bucket_object_lock_configuration": "bucket",
    "aws_s3_bucket_ownership_controls": "bucket",
    "aws_s3_bucket_policy": "bucket",
    "aws_s3_bucket_public_access_block": "bucket",
    "aws_s3_bucket_replication_configuration": "bucket",
    "aws_s3_bucket_server_side_encryption_configuration": "bucket",
    "aws_s3_bucket_versioning": "bucket",
    "aws_secretsmanager_secret": "name",
    "aws_security_group": "name vpc_id",
    "aws_sns_topic": "name",
    "aws_sns_topic_policy": "arn",
    "aws_sqs_queue": "name",
    "aws_sqs_queue_policy": "queue_url",
    "azurerm_consumption_budget_subscription": "name subscription_id",
    "azurerm_container_registry_task": "name container_registry_id",
    "azurerm_disk_encryption_set": "name resource_group_name",
    "azurerm_dns_zone": "name resource_group_name",
    "azurerm_federated_identity_credential": "name user_assigned_identity_id",
    "azurerm_key_vault_key": "name key_vault_id",
    "azurerm_key_vault_secret": "name key_vault_id",
    "azurerm_kubernetes_cluster": "name resource_group_name",
    "azurerm_kubernetes_cluster_node_pool": "name kubernetes_cluster_id",
    "azurerm_log_analytics_workspace": "name resource_group_name",
    "azurerm_managed_redis": "name resource_group_name",
    "azurerm_management_lock": "name scope",
    "azurerm_monitor_action_group": "name resource_group_name",
    "azurerm_monitor_activity_log_alert": "name resource_group_name",
    "azurerm_monitor_data_collection_rule": "name resource_group_name",
    "azurerm_monitor_data_collection_rule_association": "name target_resource_id",
    "azurerm_monitor_diagnostic_setting": "name target_resource_id",
    "azurerm_monitor_metric_alert": "name resource_group_name",
    "azurerm_nat_gateway": "name resource_group_name",
    "azurerm_network_security_group": "name resource_group_name",
    "azurerm_network_watcher_flow_log": "name network_watcher_name resource_group_name",
    "azurerm_postgresql_flexible_server_configuration": "name server_id",
    "azurerm_postgresql_flexible_server_database": "name server_id",
    "azurerm_private_dns_zone": "name resource_group_name",
    "azurerm_private_dns_zone_virtual_network_link": "name private_dns_zone_id",
    "azurerm_private_endpoint": "name resource_group_name",
    "azurerm_public_ip": "name resource_group_name",
    "azurerm_resource_group": "name",
    "azurerm_role_assignment": "principal_id scope role_definition_name role_definition_id",
    "azurerm_role_definition": "name scope",
    "azurerm_security_center_subscription_pricing": "resource_type",
    "azurerm_storage_container": "name storage_account_id",
    "azurerm_storage_management_policy": "storage_account_id",
    "azurerm_subnet": "name virtual_network_name resource_group_name",
    "azurerm_user_assigned_identity": "name resource_group_name",
    "azurerm_virtual_network": "name resource_group_name",
    "azurerm_virtual_network_peering": "name virtual_network_name resource_group_name",
    "google_artifact_registry_repository": "repository_id location",
    "google_compute_address": "name region",
    "google_compute_firewall": "name",
    "google_compute_forwarding_rule": "name region",
    "google_compute_global_address": "name",
    "google_compute_network": "name",
    "google_compute_network_peering": "name network",
    "google_compute_router": "name region",
    "google_compute_router_nat": "name router region",
    "google_compute_subnetwork": "name region",
    "google_container_cluster": "name location",
    "google_container_node_pool": "name cluster location",
    "google_dns_managed_zone": "name",
    "google_dns_record_set": "name type managed_zone",
    "google_gke_backup_backup_plan": "name location",
    "google_kms_crypto_key": "name key_ring",
    "google_kms_crypto_key_iam_binding": "role crypto_key_id condition",
    "google_kms_key_ring": "name location",
    "google_logging_project_bucket_config": "bucket_id location",
    "google_logging_project_exclusion": "name",
    "google_logging_project_sink": "name",
    "google_project_iam_audit_config": "service",
    "google_project_iam_custom_role": "role_id",
    "google_project_service": "service",
    "google_redis_instance": "name region",
    "google_secret_manager_secret": "secret_id",
    "google_service_account": "account_id",
    "google_sql_database": "name instance",
    "google_sql_database_instance": "name",
    "google_sql_user": "name instance host",
}
"""Types whose name is taken in one place, or that exist once for each parent. A place is a provider configuration, and
the project or the region that a resource states.
"""
KNOWN = frozenset({*_WORLD, *_PLACE})
"""All of these types."""
_SHARED = {"aws_rds_cluster_instance": "aws_db_instance"}
"""Types whose names are among those of another type
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""


def identity(type: str, arguments: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """Return the argument that names a resource, and the values that no other resource may share.

    Returns None if the cloud takes any name or makes one up.

    Values are compared as they are written. A resource with ``count`` or ``for_each`` may have any name, because it can
    be one of several of which only one is created. Sources: the ids in the documentation of each type, such as
    https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/compute_firewall#attributes-reference,
    https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html.
    """
    keys = (_WORLD.get(type) or _PLACE.get(type) or "").split()
    several = any(arguments.get(key) is not None for key in ("count", "for_each"))
    if not keys or several or not isinstance(arguments.get(keys[0]), str):
        return None
    places = () if type in _WORLD else ("provider", "project", "region")
    values = (_SHARED.get(type, type), *(str(arguments.get(key)) for key in (*keys, *places)))
    return keys[0], tuple(map(str.lower, values)) if type.startswith("azurerm_") else values
