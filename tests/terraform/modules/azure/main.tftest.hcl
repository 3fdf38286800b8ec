# The modules, planned by Terraform itself with a provider that only has the published schema.

mock_provider "azurerm" {}

run "all_of_them_together" {
  command = plan

  assert {
    condition     = length(output.bucket) == 24
    error_message = "a storage account's name is cut to 24 characters: ${output.bucket}"
  }
}

run "a_network_divides_its_addresses" {
  command = plan
  module {
    source = "./modules/azure/network"
  }
  variables {
    name                = "shop-dev"
    account             = "11111111-1111-4111-8111-111111111111"
    region              = "westeurope"
    resource_group_name = "shop-dev"
    cidr                = "10.4.0.0/20"
    logs_key_id         = "https://keys/logs"
    keys_identity_id    = "identity"
    log_workspace_id    = "workspace"
    log_workspace_guid  = "guid"
    nat                 = "single"
    private_services    = false
    zones               = 2
  }

  assert {
    condition     = length(output.private_subnet_ids) == 2
    error_message = "the subnet is repeated for each zone"
  }

  assert {
    condition     = azurerm_public_ip.network.sku == "Standard" && azurerm_nat_gateway.network.sku_name == "Standard"
    error_message = "one zone is the gateway's"
  }
  assert {
    condition     = length(azurerm_subnet.network_endpoints) + length(azurerm_private_dns_zone.vault) == 0
    error_message = "private endpoints are left out"
  }

  assert {
    condition     = azurerm_subnet.network_private.address_prefixes[0] == "10.4.0.0/21"
    error_message = "nodes have half of the network"
  }
  assert {
    condition     = azurerm_subnet.network_control_plane.address_prefixes[0] == "10.4.15.0/24"
    error_message = "the control plane has the last sixteenth"
  }
}

run "node_pools_of_several_kinds" {
  command = plan
  module {
    source = "./modules/azure/cluster"
  }
  variables {
    name                    = "shop-dev"
    region                  = "westeurope"
    resource_group_name     = "shop-dev"
    resource_group_id       = "group"
    private_subnet_ids      = ["subnet", "subnet"]
    control_plane_subnet_id = "control-plane"
    kubernetes_version      = "1.34"
    cluster_key_id          = "https://keys/cluster"
    cluster_key_version     = "1"
    volumes_key_id          = "https://keys/volumes"
    key_vault_id            = "vault"
    keys_identity_id        = "identity"
    log_workspace_id        = "workspace"
    system_pool             = "system"
    node_pools = {
      system = { machine_type = "Standard_D4s_v5", labels = { team = "shop" } }
      batch  = { machine_type = "Standard_D8ps_v6", min_nodes = 0, spot = true }
      gpu = {
        machine_type = "Standard_NC4as_T4_v3"
        min_nodes    = 0
        max_nodes    = 2
        taints       = [{ key = "team", value = "data", effect = "NoExecute" }]
      }
    }
  }

  assert {
    condition = alltrue([
      azurerm_kubernetes_cluster.cluster.default_node_pool[0].name == "system",
      azurerm_kubernetes_cluster.cluster.default_node_pool[0].temporary_name_for_rotation == "systemtmp",
      azurerm_kubernetes_cluster.cluster.default_node_pool[0].node_labels == tomap({ node-pool = "system", team = "shop" }),
      azurerm_kubernetes_cluster.cluster.default_node_pool[0].zones == tolist(["1", "2"]),
    ])
    error_message = "the system pool is made with the cluster"
  }
  assert {
    condition     = toset(keys(azurerm_kubernetes_cluster_node_pool.cluster_pools)) == toset(["batch", "gpu"])
    error_message = "the other pools follow"
  }
  assert {
    condition = alltrue([
      azurerm_kubernetes_cluster_node_pool.cluster_pools["batch"].priority == "Spot",
      azurerm_kubernetes_cluster_node_pool.cluster_pools["batch"].spot_max_price == -1,
      azurerm_kubernetes_cluster_node_pool.cluster_pools["batch"].node_taints == tolist(["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]),
      azurerm_kubernetes_cluster_node_pool.cluster_pools["batch"].node_labels["kubernetes.azure.com/scalesetpriority"] == "spot",
      azurerm_kubernetes_cluster_node_pool.cluster_pools["batch"].os_sku == "AzureLinux",
      azurerm_kubernetes_cluster_node_pool.cluster_pools["batch"].temporary_name_for_rotation == "tmp${substr(sha256("batch"), 0, 8)}",
    ])
    error_message = "spot nodes are marked"
  }
  assert {
    condition = alltrue([
      azurerm_kubernetes_cluster_node_pool.cluster_pools["gpu"].os_sku == "Ubuntu",
      azurerm_kubernetes_cluster_node_pool.cluster_pools["gpu"].node_taints == tolist(["team=data:NoExecute"]),
      azurerm_kubernetes_cluster_node_pool.cluster_pools["gpu"].upgrade_settings[0].max_surge == "33%",
      azurerm_kubernetes_cluster_node_pool.cluster_pools["gpu"].max_count == 2,
    ])
    error_message = "each pool has its own properties"
  }
}

run "wrong_node_pools_are_refused" {
  command = plan
  module {
    source = "./modules/azure/cluster"
  }
  variables {
    name                    = "shop-dev"
    region                  = "westeurope"
    resource_group_name     = "shop-dev"
    resource_group_id       = "group"
    private_subnet_ids      = ["subnet", "subnet", "subnet", "subnet"]
    control_plane_subnet_id = "control-plane"
    kubernetes_version      = "1.34"
    cluster_key_id          = "https://keys/cluster"
    cluster_key_version     = "1"
    volumes_key_id          = "https://keys/volumes"
    key_vault_id            = "vault"
    keys_identity_id        = "identity"
    log_workspace_id        = "workspace"
    node_pools              = { long-name = { machine_type = "Standard_D4s_v5" } }
  }
  expect_failures = [var.node_pools, var.private_subnet_ids]
}

run "the_system_s_pods_need_nodes_that_stay" {
  command = plan
  module {
    source = "./modules/azure/cluster"
  }
  variables {
    name                    = "shop-dev"
    region                  = "westeurope"
    resource_group_name     = "shop-dev"
    resource_group_id       = "group"
    private_subnet_ids      = ["subnet"]
    control_plane_subnet_id = "control-plane"
    kubernetes_version      = "1.34"
    cluster_key_id          = "https://keys/cluster"
    cluster_key_version     = "1"
    volumes_key_id          = "https://keys/volumes"
    key_vault_id            = "vault"
    keys_identity_id        = "identity"
    log_workspace_id        = "workspace"
    system_pool             = "system"
    node_pools              = { system = { machine_type = "Standard_D4s_v5", spot = true } }
  }
  expect_failures = [var.system_pool]
}

run "a_name_is_the_one_that_the_constructs_make" {
  command = plan
  module {
    source = "./modules/azure/object-store"
  }
  variables {
    bucket              = "shop-prod-files"
    account             = "11111111-1111-4111-8111-111111111111"
    region              = "westeurope"
    resource_group_name = "shop-dev"
    client_subnet_ids   = ["subnet"]
    objects_key_id    = "https://keys/objects"
    keys_identity_id    = "identity"
    log_workspace_id    = "workspace"
    retention_days      = 40
  }

  assert {
    condition     = azurerm_storage_account.objects.name == "UNIQUE_NAME"
    error_message = "the account is called ${azurerm_storage_account.objects.name}"
  }
  assert {
    condition     = azurerm_storage_account.objects.network_rules[0].virtual_network_subnet_ids == tolist(["subnet"])
    error_message = "the clients' subnets reach the account"
  }
}

run "a_disk_is_the_next_that_is_offered" {
  command = plan
  module {
    source = "./modules/azure/database"
  }
  variables {
    name                = "shop-dev-database"
    region              = "westeurope"
    resource_group_name = "shop-dev"
    network_id          = "network"
    database_subnet_ids = ["subnet", "subnet", "subnet"]
    credentials_name    = "shop-dev-database"
    instance_type       = "GP_Standard_D2ds_v5"
    storage_gib         = 200
    database_key_id       = "https://keys/database"
    keys_identity_id    = "identity"
    log_workspace_id    = "workspace"
    secret_vault_id     = "vault"
  }

  assert {
    condition     = azurerm_postgresql_flexible_server.database.storage_mb == 262144
    error_message = "200 GiB are not offered, 256 GiB are"
  }
}

run "wrong_values_are_refused" {
  command = plan
  module {
    source = "./modules/azure/database"
  }
  variables {
    name                  = "Shop"
    region                = "westeurope"
    resource_group_name   = "shop-dev"
    network_id            = "network"
    database_subnet_ids   = []
    credentials_name      = "shop/dev"
    instance_type         = "B_Standard_B2s"
    backup_retention_days = 3
    database_key_id         = "https://keys/database"
    keys_identity_id      = "identity"
    log_workspace_id      = "workspace"
    secret_vault_id       = "vault"
  }
  expect_failures = [
    var.name, var.database_subnet_ids, var.credentials_name, var.instance_type, var.backup_retention_days,
  ]
}
