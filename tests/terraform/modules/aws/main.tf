# What a team writes that takes the modules and nothing else of this project.

terraform {
  required_version = ">= 1.11.0"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "keys" {
  type        = map(string)
  description = "ARN of the key for each purpose."
  default = {
    objects = "arn:aws:kms:eu-central-1:111122223333:key/11111111-1111-4111-8111-111111111111"
    cluster   = "arn:aws:kms:eu-central-1:111122223333:key/22222222-2222-4222-8222-222222222222"
    database    = "arn:aws:kms:eu-central-1:111122223333:key/33333333-3333-4333-8333-333333333333"
    logs      = "arn:aws:kms:eu-central-1:111122223333:key/44444444-4444-4444-8444-444444444444"
    secrets   = "arn:aws:kms:eu-central-1:111122223333:key/55555555-5555-4555-8555-555555555555"
    volumes   = "arn:aws:kms:eu-central-1:111122223333:key/66666666-6666-4666-8666-666666666666"
  }
}

module "network" {
  source = "./modules/aws/network"

  name        = "shop-prod"
  account     = "111122223333"
  region      = "eu-central-1"
  cidr        = "10.8.0.0/16"
  logs_key_id = var.keys.logs
}

module "cluster" {
  source = "./modules/aws/cluster"

  name               = "shop-prod"
  account            = "111122223333"
  region             = "eu-central-1"
  private_subnet_ids = module.network.private_subnet_ids
  kubernetes_version = "1.34"
  node_pools = {
    general = { machine_type = "m7i.xlarge", max_nodes = 9 }
    batch   = { machine_type = "m7g.xlarge", min_nodes = 0, spot = true, spot_machine_types = ["m6g.xlarge"] }
  }
  admins             = ["arn:aws:iam::111122223333:role/admin"]
  cluster_key_id     = var.keys.cluster
  logs_key_id        = var.keys.logs
  volumes_key_id     = var.keys.volumes
}

module "objects" {
  source = "./modules/aws/object-store"

  bucket           = "shop-prod-files"
  account          = "111122223333"
  retention_days   = 30
  objects_key_id = var.keys.objects
}

module "database" {
  source = "./modules/aws/database"

  name                   = "shop-prod-database"
  account                = "111122223333"
  network_id             = module.network.network_id
  database_subnet_ids    = module.network.database_subnet_ids
  node_security_group_id = module.cluster.node_security_group_id
  credentials_name       = "shop/prod/database"
  instance_type          = "db.m7g.large"
  high_availability      = false
  database_key_id          = var.keys.database
  logs_key_id            = var.keys.logs
  secrets_key_id         = var.keys.secrets
}

output "database" {
  value = "${module.database.host}:${module.database.port}/${module.database.database}"
}

output "bucket" {
  value = module.objects.bucket_id
}

output "cluster" {
  value = [module.cluster.cluster_name, module.cluster.endpoint, module.cluster.certificate_authority]
}
