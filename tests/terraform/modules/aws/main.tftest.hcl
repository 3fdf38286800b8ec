# The modules, planned by Terraform itself with a provider that only has the real one's schema.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  # The provider looks at the form of what refers to these.
  mock_data "aws_eks_addon_version" {
    defaults = { version = "v1.0.0-eksbuild.1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/mocked" }
  }
  mock_resource "aws_launch_template" {
    defaults = { id = "lt-0123456789abcdef0" }
  }
  mock_resource "aws_eks_cluster" {
    defaults = {
      certificate_authority = [{ data = "Q0E=" }]
      identity              = [{ oidc = [{ issuer = "https://oidc.eks.eu-central-1.amazonaws.com/id/mocked" }] }]
    }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:mocked" }
  }
}

run "all_of_them_together" {
  command = apply

  assert {
    condition     = output.bucket == "arn:aws:s3:::shop-prod-files"
    error_message = "the bucket is another: ${output.bucket}"
  }
}

run "a_network_divides_its_addresses" {
  command = plan
  module {
    source = "./modules/aws/network"
  }
  variables {
    name                    = "shop-dev"
    account                 = "111122223333"
    region                  = "eu-west-1"
    cidr                    = "10.4.0.0/20"
    logs_key_id             = "arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-4111-8111-111111111111"
    flow_log_retention_days = 40
    nat                     = "single"
    private_services        = false
  }

  assert {
    condition     = aws_subnet.network_private_2[0].cidr_block == "10.4.2.0/23"
    error_message = "private subnets have an eighth of the network"
  }
  assert {
    condition     = aws_subnet.network_public_1.cidr_block == "10.4.12.0/26"
    error_message = "public subnets begin with the seventh eighth"
  }
  assert {
    condition     = aws_subnet.network_database_3[0].cidr_block == "10.4.14.128/26"
    error_message = "database subnets are in the last eighth"
  }
  assert {
    condition     = aws_cloudwatch_log_group.network_flow_logs.retention_in_days == 60
    error_message = "logs are kept for the next retention that CloudWatch offers"
  }
  assert {
    condition     = length(aws_nat_gateway.network_2) + length(aws_eip.network_3) == 0
    error_message = "one gateway is one"
  }
  assert {
    condition     = length(aws_vpc_endpoint.network_kms) + length(aws_security_group.network_endpoints) == 0
    error_message = "endpoints that cost something are left out"
  }
  assert {
    condition     = aws_vpc_endpoint.network_s3.service_name == "com.amazonaws.eu-west-1.s3"
    error_message = "endpoints are in the region"
  }
}

run "a_network_of_five_zones_has_a_gateway_in_each" {
  command = plan
  module {
    source = "./modules/aws/network"
  }
  override_data {
    target = data.aws_availability_zones.network
    values = { names = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1f"] }
  }
  variables {
    name        = "shop-dev"
    account     = "111122223333"
    region      = "us-east-1"
    cidr        = "10.4.0.0/20"
    logs_key_id = "arn:aws:kms:us-east-1:111122223333:key/11111111-1111-4111-8111-111111111111"
    zones       = 5
  }

  assert {
    condition     = aws_subnet.network_private_5[0].availability_zone == "us-east-1f"
    error_message = "the fifth subnet is in the fifth zone"
  }
  assert {
    condition     = length(output.private_subnet_ids) == 5 && length(output.database_subnet_ids) == 5
    error_message = "each zone has a subnet of each tier"
  }
  assert {
    condition     = length(aws_nat_gateway.network_5) == 1 && length(aws_nat_gateway.network_6) == 0
    error_message = "each zone has a gateway"
  }
}

run "a_network_of_one_zone" {
  command = plan
  module {
    source = "./modules/aws/network"
  }
  variables {
    name        = "shop-dev"
    account     = "111122223333"
    region      = "eu-west-1"
    cidr        = "10.4.0.0/20"
    logs_key_id = "arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-4111-8111-111111111111"
    zones       = 1
  }

  assert {
    condition     = length(output.private_subnet_ids) == 1 && length(aws_route.network_private_2) == 0
    error_message = "one zone is one"
  }
}

run "node_pools_of_several_kinds" {
  command = plan
  module {
    source = "./modules/aws/cluster"
  }
  variables {
    name               = "shop-dev"
    account            = "111122223333"
    region             = "eu-west-1"
    private_subnet_ids = ["subnet-1", "subnet-2"]
    kubernetes_version = "1.34"
    cluster_key_id     = "arn:aws:kms:eu-west-1:111122223333:key/22222222-2222-4222-8222-222222222222"
    logs_key_id        = "arn:aws:kms:eu-west-1:111122223333:key/44444444-4444-4444-8444-444444444444"
    volumes_key_id     = "arn:aws:kms:eu-west-1:111122223333:key/66666666-6666-4666-8666-666666666666"
    node_pools = {
      general = { machine_type = "m7i.xlarge", labels = { team = "shop" } }
      batch = {
        machine_type       = "m7g.xlarge"
        min_nodes          = 0
        max_nodes          = 20
        disk_gib           = 100
        spot               = true
        spot_machine_types = ["m6g.xlarge"]
      }
      gpu = {
        machine_type = "g6.xlarge"
        min_nodes    = 0
        taints       = [{ key = "nvidia.com/gpu" }, { key = "team", value = "data", effect = "PreferNoSchedule" }]
      }
    }
  }

  assert {
    condition = alltrue([
      aws_eks_node_group.cluster_pools["general"].ami_type == "BOTTLEROCKET_x86_64",
      aws_eks_node_group.cluster_pools["batch"].ami_type == "BOTTLEROCKET_ARM_64",
      aws_eks_node_group.cluster_pools["gpu"].ami_type == "BOTTLEROCKET_x86_64_NVIDIA",
      endswith(data.aws_ssm_parameter.cluster_nodes_pools["batch"].name, "aws-k8s-1.34/arm64/latest/image_version"),
      endswith(data.aws_ssm_parameter.cluster_nodes_pools["gpu"].name, "1.34-nvidia/x86_64/latest/image_version"),
    ])
    error_message = "nodes have the image of their machines"
  }
  assert {
    condition = alltrue([
      aws_eks_node_group.cluster_pools["general"].capacity_type == "ON_DEMAND",
      aws_eks_node_group.cluster_pools["batch"].capacity_type == "SPOT",
      aws_eks_node_group.cluster_pools["batch"].instance_types == tolist(["m7g.xlarge", "m6g.xlarge"]),
      aws_eks_node_group.cluster_pools["batch"].scaling_config[0].min_size == 0,
      aws_eks_node_group.cluster_pools["batch"].scaling_config[0].max_size == 20,
      aws_launch_template.cluster_pools["batch"].block_device_mappings[1].ebs[0].volume_size == 100,
    ])
    error_message = "each pool has its own properties"
  }
  assert {
    condition = alltrue([
      aws_eks_node_group.cluster_pools["general"].labels == tomap({ node-pool = "general", team = "shop" }),
      aws_eks_node_group.cluster_pools["gpu"].labels == tomap({ node-pool = "gpu" }),
      length(aws_eks_node_group.cluster_pools["general"].taint) == 0,
      toset([for taint in aws_eks_node_group.cluster_pools["gpu"].taint : taint.effect]) == toset(["NO_SCHEDULE", "PREFER_NO_SCHEDULE"]),
    ])
    error_message = "labels and taints are those of the pool"
  }
  assert {
    condition     = toset(aws_eks_node_group.cluster_pools["gpu"].subnet_ids) == toset(["subnet-1", "subnet-2"])
    error_message = "nodes are in all zones"
  }
}

run "wrong_node_pools_are_refused" {
  command = plan
  module {
    source = "./modules/aws/cluster"
  }
  variables {
    name               = "shop-dev"
    account            = "111122223333"
    region             = "eu-west-1"
    private_subnet_ids = ["subnet-1"]
    kubernetes_version = "1.34"
    cluster_key_id     = "arn:aws:kms:eu-west-1:111122223333:key/22222222-2222-4222-8222-222222222222"
    logs_key_id        = "arn:aws:kms:eu-west-1:111122223333:key/44444444-4444-4444-8444-444444444444"
    volumes_key_id     = "arn:aws:kms:eu-west-1:111122223333:key/66666666-6666-4666-8666-666666666666"
    node_pools         = { general = { machine_type = "m7i.xlarge", gpus = 1 } }
  }
  expect_failures = [var.private_subnet_ids, var.node_pools]
}

run "an_unprotected_single_database" {
  command = plan
  module {
    source = "./modules/aws/database"
  }
  variables {
    name                   = "shop-dev-database"
    account                = "111122223333"
    network_id             = "vpc-1"
    database_subnet_ids    = ["subnet-1", "subnet-2", "subnet-3"]
    node_security_group_id = "sg-1"
    credentials_name       = "shop/dev/database"
    instance_type          = "db.t4g.medium"
    storage_gib            = 30
    max_storage_gib        = 60
    high_availability      = false
    deletion_protection    = false
    database_key_id          = "arn:aws:kms:eu-west-1:111122223333:key/33333333-3333-4333-8333-333333333333"
    logs_key_id            = "arn:aws:kms:eu-west-1:111122223333:key/44444444-4444-4444-8444-444444444444"
    secrets_key_id         = "arn:aws:kms:eu-west-1:111122223333:key/55555555-5555-4555-8555-555555555555"
  }

  assert {
    condition = alltrue([
      aws_db_instance.database.multi_az == false,
      aws_db_instance.database.deletion_protection == false,
      aws_db_instance.database.allocated_storage == 30,
      aws_db_instance.database.max_allocated_storage == 60,
      aws_db_instance.database.engine_version == "17",
      aws_db_instance.database.publicly_accessible == false,
    ])
    error_message = "the database is not as the variables say"
  }
  assert {
    condition     = aws_db_subnet_group.database.subnet_ids == toset(["subnet-1", "subnet-2", "subnet-3"])
    error_message = "the database is in all of its subnets"
  }
}

run "wrong_values_are_refused" {
  command = plan
  module {
    source = "./modules/aws/network"
  }
  variables {
    name                    = "Shop"
    account                 = "shop"
    region                  = "cn-north-1"
    cidr                    = "10.4.1.0/20"
    logs_key_id             = "arn"
    flow_log_retention_days = 0
    nat                     = "two"
    zones                   = 7
  }
  expect_failures = [var.name, var.account, var.region, var.cidr, var.flow_log_retention_days, var.nat, var.zones]
}
