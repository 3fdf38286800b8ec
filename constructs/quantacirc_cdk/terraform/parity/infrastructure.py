"""Network, cluster, registry and identities on each cloud."""

from quantacirc_cdk.terraform.parity.feature import Feature, features

FEATURES: list[Feature] = [
    *features(
        "Network",
        private_network=("aws_vpc", "google_compute_network", "azurerm_virtual_network"),
        subnets_in_every_zone=(
            "aws_subnet.availability_zone ~ names[2]",
            "always: subnets span the zones of a region",
            "always: subnets span the zones of a region",
        ),
        separate_database_subnets=(
            "aws_db_subnet_group",
            "google_compute_global_address.purpose = VPC_PEERING",
            "azurerm_subnet.delegation.service_delegation.name = Microsoft.DBforPostgreSQL/flexibleServers",
        ),
        NAT_that_survives_the_loss_of_a_zone=(
            "aws_nat_gateway.subnet_id ~ public_3",
            "google_compute_router_nat.nat_ips ~ network_3",
            "azurerm_nat_gateway.sku_name = StandardV2",
        ),
        flow_logs_of_all_traffic=(
            "aws_flow_log.traffic_type = ALL",
            "google_compute_subnetwork.log_config.flow_sampling = 1",
            "azurerm_network_watcher_flow_log.enabled = true",
        ),
        flow_logs_kept_for_a_year=(
            "aws_cloudwatch_log_group.retention_in_days = 365",
            "google_logging_project_bucket_config.retention_days = 365",
            "azurerm_network_watcher_flow_log.retention_policy.days = 365",
        ),
        private_access_to_cloud_services=(
            "aws_vpc_endpoint.vpc_endpoint_type = Interface",
            "google_compute_subnetwork.private_ip_google_access = true",
            "azurerm_private_endpoint",
        ),
        separate_address_range_for_pods=(
            "aws_eks_addon.configuration_values ~ aws_subnet.network_pods_1",
            "google_compute_subnetwork.secondary_ip_range.range_name = pods",
            "azurerm_kubernetes_cluster.network_profile.network_plugin_mode = overlay",
        ),
        IPv6_addresses_beside_those_of_IPv4=(
            "no: EKS gives pods addresses of one family; raises PropsError",
            "google_container_cluster.ip_allocation_policy.stack_type = IPV4_IPV6",
            "no: AKS has no dual stack with a NAT gateway; raises PropsError",
        ),
        denied_by_default=(
            "aws_default_security_group",
            "always: ingress needs a rule, and there is none",
            "azurerm_network_security_group.security_rule.access = Deny",
        ),
        peering_with_other_networks=(
            "aws_vpc_peering_connection.peer_vpc_id",
            "google_compute_network_peering.peer_network",
            "azurerm_virtual_network_peering.remote_virtual_network_id",
        ),
        peering_accepted_for_the_other_side=(
            "aws_vpc_peering_connection.auto_accept = true",
            "no: the owner of the other network peers it, too",
            "no: the owner of the other network peers it, too",
        ),
        routes_to_peers=(
            "aws_route.vpc_peering_connection_id",
            "always: peered networks exchange the routes of their subnets, and those of pods and Services",
            "always: Azure routes between peered address spaces; pods have the addresses of their nodes there",
        ),
        peers_admitted_only_by_rules=(
            "always: security groups name no peer; operators of the API are listed",
            "google_compute_firewall.source_ranges ~ 10.90.0.0/16",
            "azurerm_network_security_group.security_rule.source_address_prefixes ~ 10.90.0.0/16",
        ),
        public_names_of_peers_resolved_to_private_addresses=(
            "aws_vpc_peering_connection.accepter.allow_remote_vpc_dns_resolution = true",
            "no: share private DNS zones; raises PropsError",
            "no: share private DNS zones; raises PropsError",
        ),
    ),
    *features(
        "Cluster",
        private_API=(
            "aws_eks_cluster.vpc_config.endpoint_public_access = false",
            "google_container_cluster.private_cluster_config.enable_private_endpoint = true",
            "azurerm_kubernetes_cluster.private_cluster_enabled = true",
        ),
        control_plane_in_several_zones=(
            "always: EKS runs its control plane in three zones",
            "always: the cluster is regional",
            "azurerm_kubernetes_cluster.sku_tier = Standard",
        ),
        secrets_encrypted_with_a_customer_managed_key=(
            "aws_eks_cluster.encryption_config.provider.key_arn ~ aws_kms_key.cluster",
            "google_container_cluster.database_encryption.state = ENCRYPTED",
            "azurerm_kubernetes_cluster.key_management_service.key_vault_key_id ~ azurerm_key_vault_key.cluster",
        ),
        disks_encrypted_with_a_customer_managed_key=(
            "aws_launch_template.block_device_mappings.ebs.kms_key_id ~ aws_kms_key.volumes",
            "google_container_node_pool.node_config.boot_disk_kms_key",
            "azurerm_kubernetes_cluster.disk_encryption_set_id",
        ),
        logs_of_containers_collected=(
            "no: install an agent, such as CloudWatch Observability or Fluent Bit",
            "google_container_cluster.logging_config.enable_components = WORKLOADS",
            "azurerm_monitor_data_collection_rule_association.target_resource_id ~ azurerm_kubernetes_cluster.cluster",
        ),
        control_plane_logs=(
            "aws_eks_cluster.enabled_cluster_log_types = audit",
            "google_container_cluster.logging_config.enable_components = APISERVER",
            "azurerm_monitor_diagnostic_setting.enabled_log.category = kube-audit-admin",
        ),
        no_standing_admin=(
            "aws_eks_cluster.access_config.bootstrap_cluster_creator_admin_permissions = false",
            "google_container_cluster.master_auth.client_certificate_config.issue_client_certificate = false",
            "azurerm_kubernetes_cluster.local_account_disabled = true",
        ),
        groups_in_role_bindings=(
            "aws_eks_access_entry.kubernetes_groups ~ quantacirc-developers",
            "google_container_cluster.authenticator_groups_config.security_group",
            "azurerm_kubernetes_cluster.azure_active_directory_role_based_access_control.azure_rbac_enabled = true",
        ),
        network_policies_enforced=(
            "aws_eks_addon.configuration_values ~ enableNetworkPolicy",
            "google_container_cluster.datapath_provider = ADVANCED_DATAPATH",
            "azurerm_kubernetes_cluster.network_profile.network_policy = cilium",
        ),
        nodes_without_public_addresses=(
            "aws_subnet.map_public_ip_on_launch = false",
            "google_container_cluster.private_cluster_config.enable_private_nodes = true",
            "azurerm_kubernetes_cluster.default_node_pool.node_public_ip_enabled = false",
        ),
        no_access_of_pods_to_node_credentials=(
            "aws_launch_template.metadata_options.http_put_response_hop_limit = 1",
            "google_container_node_pool.node_config.workload_metadata_config.mode = GKE_METADATA",
            "no: the cluster lets pods reach the metadata service; the system's network policies deny it",
        ),
        autoscaling_of_node_pools=(
            "no: the stack has its role, and the kind `operator` installs it [aws_eks_cluster.compute_config]",
            "google_container_node_pool.autoscaling.total_max_node_count",
            "azurerm_kubernetes_cluster.default_node_pool.auto_scaling_enabled = true",
        ),
        nodes_spread_over_zones=(
            "aws_eks_node_group.subnet_ids ~ private_3",
            "google_container_cluster.node_locations ~ 3",
            "azurerm_kubernetes_cluster.default_node_pool.zones = 3",
        ),
        maintenance_window=(
            "no: EKS upgrades only when you raise its version",
            "google_container_cluster.maintenance_policy.recurring_window.recurrence",
            "azurerm_kubernetes_cluster.maintenance_window_auto_upgrade.day_of_week",
        ),
        days_without_upgrades=(
            "no: EKS upgrades only when you raise its version; raises PropsError",
            "google_container_cluster.maintenance_policy.maintenance_exclusion.exclusion_options.scope = NO_UPGRADES",
            "azurerm_kubernetes_cluster.maintenance_window_node_os.not_allowed.start",
        ),
        load_balancers_from_the_cluster=(
            "aws_eks_pod_identity_association.service_account = aws-load-balancer-controller",
            "always: GKE makes them for Services and Gateways",
            "always: AKS makes them for Services",
        ),
        sessions_on_nodes_without_an_open_port=(
            "aws_iam_role_policy_attachment.policy_arn ~ AmazonSSMManagedInstanceCore",
            "no: Identity-Aware Proxy and OS Login are of the project, and need a firewall rule; raises PropsError",
            "no: kubectl debug reaches a node; raises PropsError",
        ),
        nodes_managed_by_the_cloud=(
            "no: raises PropsError; EKS Auto Mode has its own load balancing and disks",
            'always: with ClusterProps.mode = "autopilot"',
            "no: raises PropsError; AKS Automatic is another kind of cluster, with its own rules",
        ),
        volumes_backed_up_by_the_cloud=(
            "no: use Velero in the cluster [aws_backup_plan]",
            "google_gke_backup_backup_plan",
            "no: use Velero in the cluster [azurerm_data_protection_backup_vault]",
        ),
        snapshots_of_volumes_by_Velero=(
            "aws_iam_role_policy.policy ~ ec2:CreateSnapshot",
            "google_project_iam_custom_role.permissions = compute.disks.createSnapshot",
            "azurerm_role_definition.permissions.actions = Microsoft.Compute/snapshots/write",
        ),
        deletion_protection=(
            "aws_eks_cluster.lifecycle.prevent_destroy = true",
            "google_container_cluster.deletion_protection = true",
            "azurerm_kubernetes_cluster.lifecycle.prevent_destroy = true",
        ),
    ),
    *features(
        "ImageRegistry",
        private_and_encrypted_with_a_customer_managed_key=(
            "aws_ecr_repository.encryption_configuration.kms_key ~ aws_kms_key.registry",
            "google_artifact_registry_repository.kms_key_name",
            "azurerm_container_registry.encryption.key_vault_key_id ~ azurerm_key_vault_key.registry",
        ),
        closed_to_other_networks=(
            "no: ECR has no network rules; every request needs a permission of IAM",
            "no: only VPC Service Controls of the organization can; every request needs a permission of IAM",
            "azurerm_container_registry.network_rule_set.default_action = Deny",
        ),
        immutable_tags=(
            "aws_ecr_repository.image_tag_mutability = IMMUTABLE",
            "google_artifact_registry_repository.docker_config.immutable_tags = true",
            "no: Azure locks only single images, after the push; deploy by digest",
        ),
        scanned_on_push=(
            "aws_ecr_repository.image_scanning_configuration.scan_on_push = true",
            "google_artifact_registry_repository.vulnerability_scanning_config.enablement_config = INHERITED",
            "no: Defender scans if the subscription enables it; a registry cannot",
        ),
        untagged_images_removed=(
            "aws_ecr_lifecycle_policy.policy ~ untagged",
            "google_artifact_registry_repository.cleanup_policies.condition.tag_state = UNTAGGED",
            "azurerm_container_registry.retention_policy_in_days = 7",
        ),
        old_tagged_images_removed=(
            "aws_ecr_lifecycle_policy.policy ~ imageCountMoreThan",
            "no: it removes no image with an immutable tag; a custom keep_images raises PropsError",
            "azurerm_container_registry_task.timer_trigger.name = daily",
        ),
    ),
    *features(
        "WorkloadIdentity",
        an_identity_for_each_service_account=(
            "aws_eks_pod_identity_association.service_account",
            "google_storage_bucket_iam_member.member ~ /subject/ns/",
            "azurerm_federated_identity_credential.subject ~ system:serviceaccount:",
        ),
        long_lived_keys=(
            "no: tokens are valid for hours, so no key can leak [aws_iam_access_key]",
            "no: tokens are valid for hours, so no key can leak [google_service_account_key]",
            "no: tokens are valid for hours, so no key can leak [azuread_application_password]",
        ),
        grants_on_single_resources=(
            "aws_iam_role_policy.role",
            "google_secret_manager_secret_iam_member.secret_id",
            "azurerm_role_assignment.scope ~ /secrets/",
        ),
    ),
]
