# The modules, planned by Terraform itself with a provider that only has the published schema.

mock_provider "google" {
  mock_data "google_compute_zones" {
    defaults = { names = ["europe-west3-a", "europe-west3-b", "europe-west3-c"] }
  }
}

run "all_of_them_together" {
  command = plan

  assert {
    condition     = output.bucket == "shop-prod-files"
    error_message = "the bucket is another"
  }
}

run "a_network_divides_its_addresses" {
  command = plan
  module {
    source = "./modules/gcp/network"
  }
  variables {
    name        = "shop-dev"
    account     = "shop-dev"
    region      = "europe-west1"
    cidr        = "10.4.0.0/20"
    logs_key_id = "key"
    nat         = "single"

    private_services = false
    zones            = 2
  }

  assert {
    condition     = length(output.private_subnet_ids) == 2
    error_message = "the subnet is repeated for each zone"
  }
  assert {
    condition     = length(google_compute_address.network_2) + length(google_dns_managed_zone.network_pkg_dev) == 0
    error_message = "there is one address, and no zone of private services"
  }

  assert {
    condition     = google_compute_subnetwork.network_private.ip_cidr_range == "10.4.0.0/21"
    error_message = "nodes have half of the network"
  }
  assert {
    condition     = google_compute_subnetwork.network_public.ip_cidr_range == "10.4.8.0/22"
    error_message = "load balancers have a quarter"
  }
  assert {
    condition = alltrue([
      google_compute_global_address.network_database.address == "10.4.12.0",
      google_compute_global_address.network_database.prefix_length == 22,
    ])
    error_message = "databases have the last quarter"
  }
}

run "a_network_of_four_zones" {
  command = plan
  module {
    source = "./modules/gcp/network"
  }
  variables {
    name        = "shop-dev"
    account     = "shop-dev"
    region      = "us-central1"
    cidr        = "10.4.0.0/20"
    logs_key_id = "key"
    zones       = 4
  }

  assert {
    condition     = length(google_compute_address.network_4) == 1 && length(google_compute_address.network_5) == 0
    error_message = "there is an address for each zone"
  }
  assert {
    condition     = length(output.private_subnet_ids) == 4
    error_message = "the subnet is repeated for each zone"
  }
}

run "nodes_are_spread_over_the_zones" {
  command = plan
  module {
    source = "./modules/gcp/cluster"
  }
  variables {
    name               = "shop-dev"
    account            = "shop-dev"
    region             = "europe-west1"
    network_id         = "network"
    network_cidr       = "10.4.0.0/20"
    private_subnet_ids = ["subnet", "subnet", "subnet"]
    kubernetes_version = "1.34"
    node_pools = {
      general = { machine_type = "n2-standard-4", min_nodes = 4, max_nodes = 9 }
      gpu = {
        machine_type = "g2-standard-8"
        min_nodes    = 0
        spot         = true
        gpus         = 1
        gpu_type     = "nvidia-l4"
        labels       = { team = "data" }
        taints       = [{ key = "team", value = "data", effect = "NoExecute" }]
      }
    }
    cluster_key_id     = "cluster"
    logs_key_id        = "logs"
    volumes_key_id     = "volumes"
  }

  assert {
    condition     = google_container_node_pool.cluster_pools["general"].initial_node_count == 2
    error_message = "four nodes over three zones are two in a zone"
  }
  assert {
    condition = alltrue([
      google_container_node_pool.cluster_pools["gpu"].node_config[0].spot,
      google_container_node_pool.cluster_pools["gpu"].node_config[0].guest_accelerator[0].type == "nvidia-l4",
      google_container_node_pool.cluster_pools["gpu"].node_config[0].taint[0].effect == "NO_EXECUTE",
      google_container_node_pool.cluster_pools["gpu"].autoscaling[0].location_policy == "ANY",
      google_container_node_pool.cluster_pools["gpu"].node_config[0].labels == tomap({ node-pool = "gpu", team = "data" }),
      length(google_container_node_pool.cluster_pools["general"].node_config[0].guest_accelerator) == 0,
    ])
    error_message = "each pool has its own properties"
  }
}

run "a_cluster_in_one_zone" {
  command = plan
  module {
    source = "./modules/gcp/cluster"
  }
  variables {
    name               = "shop-dev"
    account            = "shop-dev"
    region             = "europe-west1"
    network_id         = "network"
    network_cidr       = "10.4.0.0/20"
    private_subnet_ids = ["subnet"]
    kubernetes_version = "1.34"
    node_pools         = { general = { machine_type = "n2-standard-4", min_nodes = 4 } }
    cluster_key_id     = "cluster"
    logs_key_id        = "logs"
    volumes_key_id     = "volumes"
  }

  assert {
    condition     = google_container_node_pool.cluster_pools["general"].initial_node_count == 4
    error_message = "all nodes are in the zone"
  }
}

run "wrong_node_pools_are_refused" {
  command = plan
  module {
    source = "./modules/gcp/cluster"
  }
  variables {
    name               = "shop-dev"
    account            = "shop-dev"
    region             = "europe-west1"
    network_id         = "network"
    network_cidr       = "10.4.0.0/20"
    private_subnet_ids = []
    kubernetes_version = "1.34"
    node_pools         = { general = { machine_type = "n2-standard-4", min_nodes = 0 } }
    cluster_key_id     = "cluster"
    logs_key_id        = "logs"
    volumes_key_id     = "volumes"
  }
  expect_failures = [var.node_pools, var.private_subnet_ids]
}

run "a_database_with_a_standby" {
  command = plan
  module {
    source = "./modules/gcp/database"
  }
  variables {
    name                   = "shop-dev-database"
    region                 = "europe-west1"
    network_id             = "network"
    database_subnet_ids    = ["range", "range", "range"]
    node_security_group_id = "nodes"
    credentials_name       = "shop-dev-database"
    instance_type          = "db-custom-2-8192"
    database_key_id          = "database"
    secrets_key_id         = "secrets"
  }

  assert {
    condition     = google_sql_database_instance.database.settings[0].availability_type == "REGIONAL"
    error_message = "high availability is a regional instance"
  }
  assert {
    condition     = google_sql_database_instance.database.deletion_protection
    error_message = "protection is on unless somebody says otherwise"
  }
}

run "wrong_values_are_refused" {
  command = plan
  module {
    source = "./modules/gcp/database"
  }
  variables {
    name                   = "Shop"
    region                 = "europe-west1"
    network_id             = "network"
    database_subnet_ids    = []
    node_security_group_id = "nodes"
    credentials_name       = "shop/dev"
    instance_type          = "db-perf-optimized-N-2"
    storage_gib            = 100
    max_storage_gib        = 100
    database_key_id          = "database"
    secrets_key_id         = "secrets"
  }
  expect_failures = [
    var.name, var.database_subnet_ids, var.credentials_name, var.instance_type, var.max_storage_gib,
  ]
}
