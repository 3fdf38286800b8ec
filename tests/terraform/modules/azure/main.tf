# What a team writes that takes the modules and nothing else of this project.

terraform {
  required_version = ">= 1.11.0"
  required_providers {
    azurerm = {
      source = "hashicorp/azurerm"
    }
  }
}

provider "azurerm" {
  subscription_id     = local.account
  storage_use_azuread = true
  features {}
}

locals {
  account = "11111111-1111-4111-8111-111111111111"
  group   = "/subscriptions/${local.account}/resourceGroups/shop-prod"
  vault   = "https://shop-prod-keys.vault.azure.net/keys"
  shared = {
    region              = "westeurope"
    resource_group_name = "shop-prod"
    tags                = { team = "shop" }
  }
  workspace = "${local.group}/providers/Microsoft.OperationalInsights/workspaces/shop-prod"
  identity  = "${local.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/keys"
}

module "network" {
  source = "./modules/azure/network"

  name                = "shop-prod"
  account             = local.account
  region              = local.shared.region
  resource_group_name = local.shared.resource_group_name
  tags                = local.shared.tags
  cidr                = "10.8.0.0/16"
  logs_key_id         = "${local.vault}/logs"
  keys_identity_id    = local.identity
  log_workspace_id    = local.workspace
  log_workspace_guid  = "22222222-2222-4222-8222-222222222222"
}

module "cluster" {
  source = "./modules/azure/cluster"

  name                    = "shop-prod"
  region                  = local.shared.region
  resource_group_name     = local.shared.resource_group_name
  resource_group_id       = local.group
  tags                    = local.shared.tags
  private_subnet_ids      = module.network.private_subnet_ids
  control_plane_subnet_id = module.network.control_plane_subnet_id
  kubernetes_version      = "1.34"
  node_pools              = { general = { machine_type = "Standard_D4s_v5" } }
  admins                  = ["33333333-3333-4333-8333-333333333333"]
  cluster_key_id          = "${local.vault}/cluster"
  cluster_key_version     = "0123456789abcdef"
  volumes_key_id          = "${local.vault}/volumes"
  key_vault_id            = "${local.group}/providers/Microsoft.KeyVault/vaults/shop-prod-keys"
  keys_identity_id        = local.identity
  log_workspace_id        = local.workspace
}

module "objects" {
  source = "./modules/azure/object-store"

  bucket              = "shop-production-files"
  account             = local.account
  region              = local.shared.region
  resource_group_name = local.shared.resource_group_name
  tags                = local.shared.tags
  client_subnet_ids   = [module.network.private_subnet_ids[0]]
  objects_key_id    = "${local.vault}/objects"
  keys_identity_id    = local.identity
  log_workspace_id    = local.workspace
}

module "database" {
  source = "./modules/azure/database"

  name                = "shop-prod-database"
  region              = local.shared.region
  resource_group_name = local.shared.resource_group_name
  tags                = local.shared.tags
  network_id          = module.network.network_id
  database_subnet_ids = module.network.database_subnet_ids
  credentials_name    = "shop-prod-database"
  instance_type       = "GP_Standard_D2ds_v5"
  database_key_id       = "${local.vault}/database"
  keys_identity_id    = local.identity
  log_workspace_id    = local.workspace
  secret_vault_id     = "${local.group}/providers/Microsoft.KeyVault/vaults/shop-prod"
}

output "database" {
  value = "${module.database.host}:${module.database.port}/${module.database.database}"
}

output "bucket" {
  value = module.objects.bucket_name
}
