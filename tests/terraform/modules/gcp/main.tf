# What a team writes that takes the modules and nothing else of this project.

terraform {
  required_version = ">= 1.11.0"
  required_providers {
    google = {
      source = "hashicorp/google"
    }
  }
}

provider "google" {
  project = "shop-prod"
  region  = "europe-west3"
}

variable "key_ring" {
  type        = string
  description = "Key ring with a key for each purpose."
  default     = "projects/shop-prod/locations/europe-west3/keyRings/shop-prod/cryptoKeys"
}

module "network" {
  source = "./modules/gcp/network"

  name        = "shop-prod"
  account     = "shop-prod"
  region      = "europe-west3"
  cidr        = "10.8.0.0/16"
  logs_key_id = "${var.key_ring}/logs"
}

module "cluster" {
  source = "./modules/gcp/cluster"

  name               = "shop-prod"
  account            = "shop-prod"
  region             = "europe-west3"
  network_id         = module.network.network_id
  network_cidr       = module.network.cidr
  private_subnet_ids = module.network.private_subnet_ids
  kubernetes_version = "1.34"
  node_pools         = { general = { machine_type = "n2-standard-4", min_nodes = 4, max_nodes = 9 } }
  admins             = ["platform@shop.example"]
  cluster_key_id     = "${var.key_ring}/cluster"
  logs_key_id        = "${var.key_ring}/logs"
  volumes_key_id     = "${var.key_ring}/volumes"
}

module "objects" {
  source = "./modules/gcp/object-store"

  bucket           = "shop-prod-files"
  region           = "europe-west3"
  retention_days   = 30
  objects_key_id = "${var.key_ring}/objects"
}

module "database" {
  source = "./modules/gcp/database"

  name                   = "shop-prod-database"
  region                 = "europe-west3"
  network_id             = module.network.network_id
  database_subnet_ids    = module.network.database_subnet_ids
  node_security_group_id = module.cluster.node_security_group_id
  credentials_name       = "shop-prod-database"
  instance_type          = "db-custom-2-8192"
  high_availability      = false
  database_key_id          = "${var.key_ring}/database"
  secrets_key_id         = "${var.key_ring}/secrets"
}

output "database" {
  value = "${module.database.host}:${module.database.port}/${module.database.database}"
}

output "bucket" {
  value = module.objects.bucket_name
}
