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
    condition     = aws_subnet.network_private_2.cidr_block == "10.4.2.0/23"
    error_message = "private subnets have an eighth of the network"
  }
  assert {
    condition     = aws_subnet.network_public_1.cidr_block == "10.4.12.0/26"
    error_message = "public subnets begin with the seventh eighth"
  }
  assert {
    condition     = aws_subnet.network_database_3.cidr_block == "10.4.14.128/26"
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
  }
  expect_failures = [var.name, var.account, var.region, var.cidr, var.flow_log_retention_days, var.nat]
}
