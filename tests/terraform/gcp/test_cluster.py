"""The cluster on Google Cloud."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import Cluster, Network
from quantacirc_cdk.terraform.interface import ClusterProps, MaintenanceExclusion, NetworkProps, NodePoolProps, Taint
from support.terraform.stacks import Json, resources, synthesized
from support.terraform.switched import Keys

NETWORK = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"] * 2, database_subnet_ids=["d"] * 2
)
POOL = NodePoolProps(cpu=4, memory_gib=16, min_nodes=3, max_nodes=9)
PROPS: dict[str, Any] = {
    "name": "main",
    "region": "europe-west3",
    "account": "project",
    "network": NETWORK,
    "keys": Keys(),
    "kubernetes_version": "1.34",
    "node_pools": {"general": POOL},
}


def cluster(tmp_path: Path, **changes: Any) -> dict[str, Json]:
    props = ClusterProps(**PROPS | changes)
    return resources(synthesized(tmp_path, lambda scope: Cluster(scope, "cluster", props)))


@pytest.mark.parametrize(("family", "stack"), [("ipv4", None), ("dual", "IPV4_IPV6")])
def test_pods_have_the_families_of_the_network(family: Any, stack: str | None, tmp_path: Path) -> None:
    def declare(scope: Any) -> None:
        place = {"region": "europe-west3", "account": "project"}
        network = Network(scope, "network", NetworkProps(name="n", cidr="10.0.0.0/16", ip_family=family, **place))
        Cluster(scope, "cluster", ClusterProps(**PROPS | {"network": network}))

    found = resources(synthesized(tmp_path, declare))["google_container_cluster.cluster"]
    assert found["ip_allocation_policy"].get("stack_type") == stack


@pytest.mark.parametrize("mode", ["standard", "autopilot"])
@pytest.mark.parametrize("family", ["ipv4", "dual"])
def test_load_balancing_that_google_turns_on_by_itself_replaces_no_cluster(
    family: Any, mode: Any, tmp_path: Path
) -> None:
    """With both families it is always on; with one, Google decides, and it stays on after both."""

    def declare(scope: Any) -> None:
        place = {"region": "europe-west3", "account": "project"}
        network = Network(scope, "network", NetworkProps(name="n", cidr="10.0.0.0/16", ip_family=family, **place))
        pools = {} if mode == "autopilot" else PROPS["node_pools"]
        changes = {"network": network, "mode": mode, "node_pools": pools, "deletion_protection": False}
        Cluster(scope, "cluster", ClusterProps(**PROPS | changes))

    found = resources(synthesized(tmp_path, declare))["google_container_cluster.cluster"]
    ignored = found.get("lifecycle", {}).get("ignore_changes", [])
    assert (found.get("enable_l4_ilb_subsetting"), "enable_l4_ilb_subsetting" in ignored) == (
        (True, False) if family == "dual" else (None, True)
    )


@pytest.fixture
def standard(tmp_path: Path) -> dict[str, Json]:
    return cluster(tmp_path)


def test_the_control_plane_is_regional_private_and_encrypted(standard: dict[str, Json]) -> None:
    found = standard["google_container_cluster.cluster"]
    assert found["location"] == "europe-west3"
    assert found["node_locations"] == "${slice(data.google_compute_zones.cluster.names, 0, 2)}"
    assert found["private_cluster_config"]["enable_private_nodes"] is True
    assert found["private_cluster_config"]["enable_private_endpoint"] is True
    assert [n["cidr_block"] for n in found["master_authorized_networks_config"]["cidr_blocks"]] == ["10.0.0.0/16"]
    assert found["database_encryption"] == {"state": "ENCRYPTED", "key_name": "keys/cluster"}
    assert found["datapath_provider"] == "ADVANCED_DATAPATH"
    assert found["workload_identity_config"] == {"workload_pool": "project.svc.id.goog"}
    assert found["enable_shielded_nodes"] is True
    assert found["release_channel"] == {"channel": "REGULAR"}
    assert found["maintenance_policy"]["recurring_window"]["recurrence"] == "FREQ=WEEKLY;BYDAY=SA,SU"
    assert found["enable_legacy_abac"] is False
    assert found["master_auth"]["client_certificate_config"]["issue_client_certificate"] is False


def test_images_are_admitted_by_an_api_that_is_on_and_scanned_by_the_registry_alone(standard: dict[str, Json]) -> None:
    found = standard["google_container_cluster.cluster"]
    assert found["binary_authorization"] == {"evaluation_mode": "PROJECT_SINGLETON_POLICY_ENFORCE"}
    assert standard["google_project_service.binaryauthorization"]["service"] == "binaryauthorization.googleapis.com"
    assert "google_project_service.binaryauthorization" in found["depends_on"]
    # The cluster's own scans were taken away.
    assert found["security_posture_config"] == {"mode": "BASIC", "vulnerability_mode": "VULNERABILITY_DISABLED"}


def test_operators_reach_the_private_api_from_their_ranges_or_by_its_dns_name(tmp_path: Path) -> None:
    found = cluster(tmp_path, operator_cidrs=["10.99.0.0/24"], dns_endpoint=True)["google_container_cluster.cluster"]
    networks = found["master_authorized_networks_config"]["cidr_blocks"]
    assert [one["cidr_block"] for one in networks] == ["10.0.0.0/16", "10.99.0.0/24"]
    # A VPN may end in another region.
    assert found["private_cluster_config"]["master_global_access_config"] == {"enabled": True}
    assert found["private_cluster_config"]["enable_private_endpoint"] is True
    dns = found["control_plane_endpoints_config"]["dns_endpoint_config"]
    assert dns == {"allow_external_traffic": True}


def test_nothing_is_upgraded_on_excluded_days(tmp_path: Path, standard: dict[str, Json]) -> None:
    days = {"year-end": MaintenanceExclusion(first_day="2026-12-18", last_day="2027-02-28")}
    found = cluster(tmp_path, maintenance_exclusions=days)["google_container_cluster.cluster"]
    assert found["maintenance_policy"]["maintenance_exclusion"] == [
        {
            "exclusion_name": "year-end",
            "start_time": "2026-12-18T00:00:00Z",
            "end_time": "2027-03-01T00:00:00Z",
            "exclusion_options": {"scope": "NO_UPGRADES"},
        }
    ]
    assert "maintenance_exclusion" not in standard["google_container_cluster.cluster"]["maintenance_policy"]


def test_the_api_has_no_other_door_by_default(standard: dict[str, Json]) -> None:
    found = standard["google_container_cluster.cluster"]
    assert "control_plane_endpoints_config" not in found
    assert found["private_cluster_config"]["master_global_access_config"] == {"enabled": False}


def test_two_clusters_are_in_one_stack(tmp_path: Path) -> None:
    def both(scope: Any) -> None:
        for name in ("blue", "green"):
            Cluster(scope, name, ClusterProps(**PROPS | {"name": name}))

    found = resources(synthesized(tmp_path, both))
    assert {"google_container_cluster.blue", "google_container_cluster.green"} <= found.keys()


def test_a_public_endpoint_is_for_the_authorized_addresses_only(tmp_path: Path) -> None:
    found = cluster(tmp_path, private_endpoint=False, authorized_cidrs=["192.0.2.0/24"])
    networks = found["google_container_cluster.cluster"]["master_authorized_networks_config"]
    assert [n["cidr_block"] for n in networks["cidr_blocks"]] == ["10.0.0.0/16", "192.0.2.0/24"]
    assert networks["gcp_public_cidrs_access_enabled"] is False


def test_nodes_are_shielded_encrypted_and_nobodys_editor(standard: dict[str, Json]) -> None:
    for config in (
        standard["google_container_node_pool.cluster_general"]["node_config"],
        standard["google_container_cluster.cluster"]["node_config"],
    ):
        assert config["shielded_instance_config"] == {"enable_secure_boot": True, "enable_integrity_monitoring": True}
        assert config["boot_disk_kms_key"] == "keys/volumes"
        assert config["workload_metadata_config"] == {"mode": "GKE_METADATA"}
        assert config["service_account"] == "${google_service_account.cluster_nodes.email}"
        assert config["metadata"] == {"disable-legacy-endpoints": "true"}
        assert config["kubelet_config"] == {"insecure_kubelet_readonly_port_enabled": "FALSE"}
        assert (config["disk_type"], config["image_type"]) == ("pd-balanced", "COS_CONTAINERD")
        # The firewall's rules are about this tag.
        assert config["tags"] == ["main-nodes"]
    roles = {v["role"] for a, v in standard.items() if a.startswith("google_project_iam_member.")}
    assert roles == {"roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"}


def test_machines_without_persistent_disks_start_from_hyperdisk(tmp_path: Path) -> None:
    pools = {name: replace(POOL, machine_type=f"{name}-standard-4") for name in ("n2", "n4", "c4a")}
    found = cluster(tmp_path, node_pools=pools)
    types = {name: found[f"google_container_node_pool.cluster_{name}"]["node_config"]["disk_type"] for name in pools}
    assert types == {"n2": "pd-balanced", "n4": "hyperdisk-balanced", "c4a": "hyperdisk-balanced"}


def test_pools_count_their_nodes_over_all_zones(standard: dict[str, Json]) -> None:
    pool = standard["google_container_node_pool.cluster_general"]
    assert pool["initial_node_count"] == 2
    assert pool["autoscaling"] == {
        "total_min_node_count": 3,
        "total_max_node_count": 9,
        "location_policy": "BALANCED",
    }
    assert pool["node_config"]["machine_type"] == "n2-standard-4"
    assert pool["management"] == {"auto_repair": True, "auto_upgrade": True}


def test_a_new_pool_comes_before_the_old_one_goes(standard: dict[str, Json]) -> None:
    pool = standard["google_container_node_pool.cluster_general"]
    assert pool["lifecycle"] == {"create_before_destroy": True, "ignore_changes": ["initial_node_count"]}
    assert pool["name_prefix"] == "general-"
    assert "name" not in pool


@pytest.mark.integration
def test_groups_of_teams_are_known_by_the_group_of_groups(prod: dict[str, Json], tmp_path: Path) -> None:
    known = prod["google_container_cluster.cluster"]["authenticator_groups_config"]
    assert known == {"security_group": "gke-security-groups@quantacirc.example"}
    assert "authenticator_groups_config" not in cluster(tmp_path)["google_container_cluster.cluster"]


def test_autopilot_has_no_pools_and_is_as_private(tmp_path: Path) -> None:
    found = cluster(tmp_path, mode="autopilot", node_pools={})
    autopilot = found["google_container_cluster.cluster"]
    assert autopilot["enable_autopilot"] is True
    assert autopilot["private_cluster_config"]["enable_private_nodes"] is True
    assert autopilot["database_encryption"]["state"] == "ENCRYPTED"
    # The provider refuses these together with Autopilot.
    assert not {"node_config", "remove_default_node_pool", "enable_shielded_nodes"} & autopilot.keys()
    assert not [a for a in found if a.startswith("google_container_node_pool.")]
    assert autopilot["node_pool_auto_config"]["network_tags"]["tags"] == ["main-nodes"]
    # Otherwise its nodes run as the project's default account, which may edit everything.
    assert autopilot["cluster_autoscaling"]["auto_provisioning_defaults"] == {
        "service_account": "${google_service_account.cluster_nodes.email}",
        "oauth_scopes": ["https://www.googleapis.com/auth/cloud-platform"],
        "boot_disk_kms_key": "keys/volumes",
    }
    assert autopilot["addons_config"]["gke_backup_agent_config"] == {"enabled": True}


@pytest.mark.parametrize("mode", [{}, {"mode": "autopilot", "node_pools": {}}])
def test_nobody_gets_a_role_by_being_somebody(mode: dict[str, Any], tmp_path: Path) -> None:
    found = cluster(tmp_path, **mode)["google_container_cluster.cluster"]
    assert found["rbac_binding_config"] == {
        "enable_insecure_binding_system_authenticated": False,
        "enable_insecure_binding_system_unauthenticated": False,
    }


def test_the_workloads_are_logged_and_the_control_plane_is_measured(standard: dict[str, Json]) -> None:
    found = standard["google_container_cluster.cluster"]
    system = found["monitoring_config"]["enable_components"]
    assert {"SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"} <= set(system)
    assert found["logging_config"]["enable_components"] == [*system, "WORKLOADS"]
    assert found["monitoring_config"]["managed_prometheus"] == {"enabled": False}
    assert found["cost_management_config"] == {"enabled": True}


def test_the_pool_that_google_cloud_makes_is_removed_at_once(standard: dict[str, Json]) -> None:
    found = standard["google_container_cluster.cluster"]
    assert (found["remove_default_node_pool"], found["initial_node_count"]) == (True, 1)
    assert found["lifecycle"]["ignore_changes"][:2] == ["initial_node_count", "node_config"]
    assert found["enable_intranode_visibility"] is True
    assert found["addons_config"]["dns_cache_config"] == {"enabled": True}
    assert found["addons_config"]["gce_persistent_disk_csi_driver_config"] == {"enabled": True}


def test_backups_hold_secrets_and_volumes_and_are_encrypted(standard: dict[str, Json]) -> None:
    plan = standard["google_gke_backup_backup_plan.cluster"]
    assert plan["backup_config"] == {
        "all_namespaces": True,
        "include_secrets": True,
        "include_volume_data": True,
        "encryption_key": {"gcp_kms_encryption_key": "keys/cluster"},
    }
    assert plan["retention_policy"]["backup_delete_lock_days"] == 7
    addons = standard["google_container_cluster.cluster"]["addons_config"]
    assert addons["gke_backup_agent_config"] == {"enabled": True}


@pytest.mark.parametrize("protected", [True, False])
def test_deletion_is_refused_where_it_is_protected(protected: bool, tmp_path: Path) -> None:
    found = cluster(tmp_path, deletion_protection=protected)["google_container_cluster.cluster"]
    assert found["deletion_protection"] is protected
    assert found["lifecycle"].get("prevent_destroy", False) is protected


def test_admins_are_groups(tmp_path: Path) -> None:
    admins = cluster(tmp_path, admins=["sre@example.com"])["google_project_iam_member.cluster_admins"]
    assert admins["for_each"] == '${toset(["sre@example.com"])}'
    assert admins["member"] == "group:${each.value}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kubernetes_version": "1.31"}, "standard support on GKE has ended, expected 1.32 to 1.35"),
        ({"tags": {"Team": "a", "team": "b"}}, 'the same label as "Team"'),
        ({"service_cidr": "172.16.0.0/12"}, "a /12 for Services"),
        ({"node_pools": {"p" * 31: POOL}}, "a name of 31 characters, expected at most 30"),
        ({"node_image": "1.49.0-713f44ce"}, "only AWS asks for it"),
        ({"autoscaler": "karpenter"}, "runs its own"),
        ({"name": "c" * 41}, "41 characters, expected at most 40"),
        ({"mode": "autopilot"}, "node pools in an Autopilot cluster"),
        ({"node_pools": {}}, "no node pool"),
        ({"private_endpoint": False}, "a public API endpoint open to everyone"),
        ({"authorized_cidrs": ["0.0.0.0/0"], "private_endpoint": False}, "opens the API to everyone"),
        ({"node_pools": {"big": NodePoolProps(cpu=200, memory_gib=8, min_nodes=1, max_nodes=1)}}, "no N2 machine"),
    ],
)
def test_what_gke_does_not_take_is_refused(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(PropsError, match=said):
        cluster(tmp_path, **changes)


ARM = NodePoolProps(
    cpu=4,
    memory_gib=16,
    min_nodes=0,
    max_nodes=2,
    architecture="arm64",
    labels={"disk": "ssd"},
    taints=[Taint(key="dedicated", value="batch"), Taint(key="flaky", effect="PreferNoSchedule")],
)
GPU = NodePoolProps(
    cpu=4, memory_gib=16, min_nodes=0, max_nodes=1, machine_type="g2-standard-4", gpus=1, gpu_type="nvidia-l4"
)


def test_pools_have_labels_taints_an_architecture_and_gpus(tmp_path: Path) -> None:
    pools = {"general": POOL, "arm": ARM, "gpu": GPU}
    with pytest.raises(PropsError, match="arm64 without a `machine_type` in europe-west3, which has no T2A machines"):
        cluster(tmp_path, node_pools=pools)
    found = cluster(tmp_path, node_pools=pools, region="europe-west4")
    pool = found["google_container_node_pool.cluster_arm"]["node_config"]
    assert pool["machine_type"] == "t2a-standard-4"
    assert pool["labels"] == {"node-pool": "arm", "disk": "ssd"}
    assert pool["taint"] == [
        {"key": "dedicated", "value": "batch", "effect": "NO_SCHEDULE"},
        {"key": "flaky", "value": "", "effect": "PREFER_NO_SCHEDULE"},
    ]
    gpu = found["google_container_node_pool.cluster_gpu"]["node_config"]
    (card,) = gpu["guest_accelerator"]
    assert (card["type"], card["count"]) == ("nvidia-l4", 1)
    assert card["gpu_driver_installation_config"] == {"gpu_driver_version": "DEFAULT"}
