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
    database_subnet_ids   = ["subnet"]
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
