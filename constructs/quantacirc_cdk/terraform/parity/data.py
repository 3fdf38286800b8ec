"""Keys, secrets, object stores, databases, alarms and names on each cloud."""

from quantacirc_cdk.terraform.parity.feature import Feature, features

FEATURES: list[Feature] = [
    *features(
        "KeyRing",
        a_key_for_each_purpose=(
            "aws_kms_key",
            "google_kms_crypto_key.purpose = ENCRYPT_DECRYPT",
            "azurerm_key_vault_key",
        ),
        automatic_rotation=(
            "aws_kms_key.enable_key_rotation = true",
            "google_kms_crypto_key.rotation_period",
            "azurerm_key_vault_key.rotation_policy.automatic.time_after_creation = P365D",
        ),
        separate_keys_in_the_recovery_region=(
            "aws_kms_key.provider = aws.recovery",
            "google_kms_key_ring.name ~ recovery",
            "azurerm_key_vault_key.key_vault_id ~ keys_recovery",
        ),
        hardware_protected=(
            "always: KMS keeps all keys in HSMs",
            "no: software keys, at a fraction of the price [google_kms_crypto_key.version_template.protection_level]",
            "azurerm_key_vault_key.key_type = RSA-HSM",
        ),
        deletion_of_keys_can_be_cancelled=(
            "aws_kms_key.deletion_window_in_days = 30",
            "google_kms_crypto_key.destroy_scheduled_duration = 2592000s",
            "azurerm_key_vault.purge_protection_enabled = true",
        ),
        explicit_list_of_users_of_a_key=(
            "aws_kms_key.policy ~ kms:EncryptionContext:aws:logs:arn",
            "google_kms_crypto_key_iam_binding.members",
            "azurerm_role_assignment.role_definition_name = Key Vault Crypto Service Encryption User",
        ),
    ),
    *features(
        "SecretStore",
        encrypted_with_a_customer_managed_key=(
            "aws_secretsmanager_secret.kms_key_id ~ aws_kms_key.secrets",
            "google_secret_manager_secret.replication.user_managed.replicas.customer_managed_encryption.kms_key_name",
            "no: Key Vault encrypts secrets with Microsoft's keys and offers no others",
        ),
        copied_to_the_recovery_region=(
            "aws_secretsmanager_secret.replica.region",
            "google_secret_manager_secret.replication.user_managed.replicas.location",
            "always: Key Vault replicates to the paired region",
        ),
        no_values_in_the_state=(
            "aws_secretsmanager_secret_version.secret_string_wo",
            "google_secret_manager_secret_version.secret_data_wo",
            "azurerm_key_vault_secret.value_wo",
        ),
        no_initial_value=(
            "always: a secret may have no value",
            "always: a secret may have no value",
            'no: Azure has no secrets without a value; they begin with "not set yet"',
        ),
        deleted_secrets_can_be_restored=(
            "aws_secretsmanager_secret.recovery_window_in_days = 30",
            "no: a deleted secret is gone; a destroyed version can be restored for 30 days",
            "azurerm_key_vault.soft_delete_retention_days = 90",
        ),
    ),
    *features(
        "ObjectStore",
        versions_kept=(
            "aws_s3_bucket_versioning.versioning_configuration.status = Enabled",
            "google_storage_bucket.versioning.enabled = true",
            "azurerm_storage_account.blob_properties.versioning_enabled = true",
        ),
        old_versions_removed=(
            "aws_s3_bucket_lifecycle_configuration.rule.noncurrent_version_expiration.noncurrent_days",
            "google_storage_bucket.lifecycle_rule.condition.days_since_noncurrent_time",
            "azurerm_storage_management_policy.rule.actions.version.delete_after_days_since_creation",
        ),
        objects_moved_to_a_cooler_class=(
            "aws_s3_bucket_lifecycle_configuration.rule.transition.storage_class = STANDARD_IA",
            "google_storage_bucket.lifecycle_rule.action.storage_class = NEARLINE",
            "azurerm_storage_management_policy.rule.actions.base_blob.tier_to_cool_after_days_since_modification_greater_than",
        ),
        encrypted_with_a_customer_managed_key=(
            "aws_s3_bucket_server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id",
            "google_storage_bucket.encryption.default_kms_key_name",
            "azurerm_storage_account.customer_managed_key.key_vault_key_id",
        ),
        never_public=(
            "aws_s3_bucket_public_access_block.restrict_public_buckets = true",
            "google_storage_bucket.public_access_prevention = enforced",
            "azurerm_storage_account.allow_nested_items_to_be_public = false",
        ),
        TLS_only=(
            "aws_s3_bucket_policy.policy ~ s3:TlsVersion",
            "always: Cloud Storage's API takes writes and authenticated reads over TLS only",
            "azurerm_storage_account.https_traffic_only_enabled = true",
        ),
        access_only_by_identity=(
            "aws_s3_bucket_ownership_controls.rule.object_ownership = BucketOwnerEnforced",
            "google_storage_bucket.uniform_bucket_level_access = true",
            "azurerm_storage_account.shared_access_key_enabled = false",
        ),
        requests_logged=(
            "aws_s3_bucket_logging.target_bucket",
            "google_storage_bucket.logging.log_bucket",
            "azurerm_monitor_diagnostic_setting.enabled_log.category = StorageRead",
        ),
        copied_to_the_recovery_region=(
            "aws_s3_bucket_replication_configuration.rule.status = Enabled",
            "google_storage_transfer_job",
            "azurerm_storage_object_replication",
        ),
        backups_of_the_cluster_by_Velero=(
            "aws_iam_role_policy.policy ~ s3:ListMultipartUploadParts",
            "google_storage_bucket_iam_member.bucket ~ velero_store",
            "azurerm_role_assignment.scope ~ azurerm_storage_container.velero_store",
        ),
        URLs_signed_without_a_key=(
            "always: the role of the pods signs them",
            "google_service_account_iam_member.role = roles/iam.serviceAccountTokenCreator",
            "azurerm_role_assignment.role_definition_name = Storage Blob Delegator",
        ),
    ),
    *features(
        "Database",
        standby_in_a_second_zone=(
            "aws_db_instance.multi_az = true",
            "google_sql_database_instance.settings.availability_type = REGIONAL",
            "azurerm_postgresql_flexible_server.high_availability.mode = ZoneRedundant",
        ),
        no_public_address=(
            "aws_db_instance.publicly_accessible = false",
            "google_sql_database_instance.settings.ip_configuration.ipv4_enabled = false",
            "azurerm_postgresql_flexible_server.public_network_access_enabled = false",
        ),
        private_address_without_a_peering=(
            "always: the instance is in the subnets for databases",
            "no: private services access peers a range; with `private_service_connect`, endpoints",
            "always: the server is in a delegated subnet",
        ),
        TLS_only=(
            "aws_db_parameter_group.parameter.name = rds.force_ssl",
            "google_sql_database_instance.settings.ip_configuration.ssl_mode = ENCRYPTED_ONLY",
            "azurerm_postgresql_flexible_server_configuration.name = require_secure_transport",
        ),
        encrypted_with_a_customer_managed_key=(
            "aws_db_instance.kms_key_id ~ aws_kms_key.",
            "google_sql_database_instance.encryption_key_name",
            "azurerm_postgresql_flexible_server.customer_managed_key.key_vault_key_id",
        ),
        point_in_time_recovery=(
            "aws_db_instance.backup_retention_period",
            "google_sql_database_instance.settings.backup_configuration.point_in_time_recovery_enabled = true",
            "azurerm_postgresql_flexible_server.backup_retention_days",
        ),
        a_copy_in_the_recovery_region=(
            "aws_db_instance_automated_backups_replication",
            "google_sql_database_instance.master_instance_name",
            "azurerm_postgresql_flexible_server.geo_redundant_backup_enabled = true",
        ),
        read_replicas=(
            "aws_db_instance.replicate_source_db",
            "google_sql_database_instance.name ~ -read-1",
            "azurerm_postgresql_flexible_server.create_mode = Replica",
        ),
        read_replicas_spread_over_zones=(
            "aws_db_instance.availability_zone",
            "google_sql_database_instance.settings.location_preference.zone",
            "azurerm_postgresql_flexible_server.zone = 3",
        ),
        hosts_to_read_from_in_a_secret=(
            "aws_secretsmanager_secret.name ~ read-hosts",
            "google_secret_manager_secret.secret_id ~ read-hosts",
            "azurerm_key_vault_secret.name ~ read-hosts",
        ),
        one_address_for_all_read_replicas=(
            "no: RDS has none for its instances, but Aurora has; clients get a list of hosts",
            "no: only read pools of Enterprise Plus have one; clients get a list of hosts",
            "no: a virtual endpoint leads to one replica alone; clients get a list of hosts",
        ),
        any_recovery_region=(
            "always: the provider aws.recovery uses any region",
            "always: a replica can be in any region",
            "no: Azure copies only to the paired region; any other raises PropsError",
        ),
        no_password_in_the_state=(
            "aws_db_instance.password_wo",
            "google_sql_user.password_wo",
            "azurerm_postgresql_flexible_server.administrator_password_wo",
        ),
        log_ins_with_a_token=(
            "aws_db_instance.iam_database_authentication_enabled = true",
            "google_sql_database_instance.settings.database_flags.name = cloudsql.iam_authentication",
            "no: only a session of a Microsoft Entra administrator creates users for identities; raises PropsError",
        ),
        slow_statements_logged=(
            "aws_db_parameter_group.parameter.name = log_min_duration_statement",
            "google_sql_database_instance.settings.database_flags.name = log_min_duration_statement",
            "azurerm_postgresql_flexible_server_configuration.name = log_min_duration_statement",
        ),
        cost_of_statements=(
            "aws_db_instance.performance_insights_enabled = true",
            "google_sql_database_instance.settings.insights_config.query_insights_enabled = true",
            "no: Query Store is off; slow statements are logged",
        ),
        automatic_growth_of_the_disk=(
            "aws_db_instance.max_allocated_storage",
            "google_sql_database_instance.settings.disk_autoresize = true",
            "azurerm_postgresql_flexible_server.auto_grow_enabled = true",
        ),
        deletion_protection=(
            "aws_db_instance.deletion_protection = true",
            "google_sql_database_instance.deletion_protection = true",
            "azurerm_management_lock.lock_level = CanNotDelete",
        ),
    ),
    *features(
        "Observability",
        alarms_by_e_mail=(
            "aws_sns_topic_subscription.protocol = email",
            "google_monitoring_notification_channel.type = email",
            "azurerm_monitor_action_group.email_receiver.email_address",
        ),
        alarms_on_the_database=(
            "aws_cloudwatch_metric_alarm.metric_name = FreeStorageSpace",
            "google_monitoring_alert_policy.conditions.condition_threshold.filter ~ /disk/utilization",
            "azurerm_monitor_metric_alert.criteria.metric_name = storage_percent",
        ),
        alarms_on_late_read_replicas=(
            "aws_cloudwatch_metric_alarm.metric_name = ReplicaLag",
            "google_monitoring_alert_policy.conditions.condition_threshold.filter ~ replica_lag",
            "azurerm_monitor_metric_alert.criteria.metric_name = physical_replication_delay_in_seconds",
        ),
        alarms_on_the_ports_of_NAT=(
            "aws_cloudwatch_metric_alarm.metric_name = ErrorPortAllocation",
            "google_monitoring_alert_policy.conditions.condition_threshold.filter ~ nat/dropped_sent_packets_count",
            "azurerm_monitor_metric_alert.criteria.metric_name = SNATConnectionCount",
        ),
        alarms_on_nodes=(
            "aws_cloudwatch_metric_alarm.metric_name = StatusCheckFailed",
            "google_monitoring_alert_policy.conditions.condition_threshold.filter ~ node/status_condition",
            "azurerm_monitor_metric_alert.criteria.metric_name = kube_node_status_condition",
        ),
        alarms_on_CPU_and_memory_of_nodes=(
            "no: CloudWatch has no memory of machines; pods that find no node alert",
            "google_monitoring_alert_policy.conditions.condition_threshold.filter ~ memory/allocatable_utilization",
            "azurerm_monitor_metric_alert.criteria.metric_name = node_memory_working_set_percentage",
        ),
        alarms_on_the_control_plane=(
            "aws_cloudwatch_metric_alarm.metric_name = apiserver_storage_size_bytes",
            "no: its metrics are those of Managed Prometheus, which is off",
            "azurerm_monitor_metric_alert.criteria.metric_name = etcd_database_usage_percentage",
        ),
        messages_encrypted_with_a_customer_managed_key=(
            "aws_sns_topic.kms_master_key_id",
            "no: Cloud Monitoring encrypts with Google's keys only",
            "no: Azure Monitor encrypts with its own keys only",
        ),
        alarms_on_costs=(
            "aws_budgets_budget.notification.notification_type = ACTUAL",
            "google_billing_budget.threshold_rules.spend_basis = CURRENT_SPEND",
            "azurerm_consumption_budget_subscription.notification.threshold_type = Actual",
        ),
        an_alarm_on_the_forecast_of_costs=(
            "aws_budgets_budget.notification.notification_type = FORECASTED",
            "google_billing_budget.threshold_rules.spend_basis = FORECASTED_SPEND",
            "azurerm_consumption_budget_subscription.notification.threshold_type = Forecasted",
        ),
        a_budget_for_the_costs_of_the_environment_alone=(
            "no: it is of the account; only the payer can activate tags for it [aws_budgets_budget.cost_filter]",
            "google_billing_budget.budget_filter.projects",
            "azurerm_consumption_budget_subscription.filter.dimension.name = ResourceGroupName",
        ),
        a_budget_in_any_currency=(
            "no: AWS Budgets counts in US dollars [aws_budgets_budget.limit_unit = EUR]",
            "always: the currency is that of the billing account",
            "always: the currency is that of the bill",
        ),
    ),
    *features(
        "AuditTrail",
        changes_of_the_account_in_every_region=(
            "aws_cloudtrail.is_multi_region_trail = true",
            "always: admin activity is logged, whatever the project says",
            "azurerm_monitor_diagnostic_setting.enabled_log.category = Administrative",
        ),
        access_to_data=(
            "no: events of data are paid for one by one; buckets have access logs [aws_cloudtrail.event_selector]",
            "google_project_iam_audit_config.audit_log_config.log_type = DATA_READ",
            "no: the activity log has only changes; vaults, storage and registries have separate logs",
        ),
        kept_for_a_year=(
            "aws_s3_bucket_lifecycle_configuration.rule.expiration.days = 365",
            "google_logging_project_bucket_config.bucket_id ~ audit-trail",
            "azurerm_log_analytics_workspace.retention_in_days = 365",
        ),
        written_by_the_cloud_alone=(
            "aws_s3_bucket_policy.policy ~ DenyOtherWriters",
            "always: nobody can change an entry",
            "always: nobody can change an entry",
        ),
        trail_encrypted_with_a_customer_managed_key=(
            "aws_cloudtrail.kms_key_id ~ aws_kms_key.audit_trail",
            "google_logging_project_bucket_config.cmek_settings.kms_key_name ~ audit_trail",
            "no: a customer-managed key needs a dedicated cluster of 100 GB a day",
        ),
        threat_detection=(
            "aws_guardduty_detector_feature.name = EKS_AUDIT_LOGS",
            "no: Security Command Center is of the organization; raises PropsError",
            "azurerm_security_center_subscription_pricing.resource_type = Containers",
        ),
        threats_sent_to_the_owners=(
            "aws_cloudwatch_event_rule.event_pattern ~ aws.guardduty",
            "no: Security Command Center is of the organization; raises PropsError",
            "azurerm_monitor_activity_log_alert.criteria.category = Security",
        ),
    ),
    *features(
        "DnsZone",
        records_changed_by_cert_manager=(
            "aws_iam_role_policy.policy ~ _acme-challenge",
            "google_dns_managed_zone_iam_member.role = roles/dns.admin",
            "azurerm_role_assignment.role_definition_name = DNS Zone Contributor",
        ),
        public_zone_of_the_domain=(
            "aws_route53_zone",
            "google_dns_managed_zone.visibility = public",
            "azurerm_dns_zone",
        ),
        signed=(
            "no: needs a key in us-east-1 and a DS record at the parent domain [aws_route53_hosted_zone_dnssec]",
            "google_dns_managed_zone.dnssec_config.state = on",
            "no: needs a DS record at the parent domain, whose owner then turns it on",
        ),
        queries_logged=(
            "no: Route 53 logs only to us-east-1, outside the environment's regions [aws_route53_query_log]",
            "google_dns_managed_zone.cloud_logging_config.enable_logging = true",
            "no: Azure does not log queries of public zones",
        ),
    ),
]
