"""The cluster on Azure."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure import Cluster, Network
from quantacirc_cdk.terraform.interface import ClusterProps, MaintenanceExclusion, NodePoolProps, Taint
from support.terraform.stacks import Json

Declared = Callable[..., dict[str, Json]]
NETWORK = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"] * 3, control_plane_subnet_id="c"
)
POOL = NodePoolProps(cpu=4, memory_gib=16, min_nodes=3, max_nodes=9)
SPOT = NodePoolProps(cpu=4, memory_gib=16, min_nodes=0, max_nodes=9, spot=True)


def cluster(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        props = {
            "name": "main",
            "network": NETWORK,
            "kubernetes_version": "1.34",
            "node_pools": {"general": POOL},
            **shared,
            **changes,
        }
        Cluster(scope, "cluster", ClusterProps(**props))

    return declared(declare)


def test_the_control_plane_is_private_and_knows_no_local_accounts(declared: Declared) -> None:
    found = cluster(declared)["azurerm_kubernetes_cluster.cluster"]
    assert found["private_cluster_enabled"] is True
    assert found["private_cluster_public_fqdn_enabled"] is False
    assert found["local_account_disabled"] is True
    assert found["run_command_enabled"] is False
    assert found["azure_active_directory_role_based_access_control"]["azure_rbac_enabled"] is True
    assert found["oidc_issuer_enabled"] is True
    assert found["workload_identity_enabled"] is True
    assert found["azure_policy_enabled"] is True
    assert found["microsoft_defender"] == {"log_analytics_workspace_id": "${azurerm_log_analytics_workspace.logs.id}"}


def test_pods_are_on_cilium_and_go_out_by_nat(declared: Declared) -> None:
    profile = cluster(declared)["azurerm_kubernetes_cluster.cluster"]["network_profile"]
    assert (profile["network_plugin_mode"], profile["network_data_plane"]) == ("overlay", "cilium")
    assert profile["network_policy"] == "cilium"
    assert profile["outbound_type"] == "userAssignedNATGateway"
    assert profile["dns_service_ip"] == "172.20.0.10"


@pytest.mark.integration
def test_nothing_is_upgraded_on_excluded_days(declared: Declared) -> None:
    days = {"year-end": MaintenanceExclusion(first_day="2026-12-18", last_day="2027-01-06")}
    found = cluster(declared, maintenance_exclusions=days)["azurerm_kubernetes_cluster.cluster"]
    for window in ("maintenance_window_auto_upgrade", "maintenance_window_node_os"):
        # The provider sends the days; AKS keeps the last one, too.
        assert found[window]["not_allowed"] == [{"start": "2026-12-18T00:00:00Z", "end": "2027-01-06T00:00:00Z"}]
        assert "not_allowed" not in cluster(declared)["azurerm_kubernetes_cluster.cluster"][window]


def test_a_public_endpoint_is_for_the_authorized_addresses_only(declared: Declared) -> None:
    found = cluster(declared, private_endpoint=False, authorized_cidrs=["192.0.2.0/24"])
    profile = found["azurerm_kubernetes_cluster.cluster"]["api_server_access_profile"]
    assert profile["authorized_ip_ranges"] == ["192.0.2.0/24"]


def test_secrets_and_disks_are_encrypted_with_keys_of_ours(declared: Declared) -> None:
    found = cluster(declared)
    plane = found["azurerm_kubernetes_cluster.cluster"]
    assert plane["key_management_service"] == {
        "key_vault_key_id": "${azurerm_key_vault_key.cluster.id}",
        # The vault's firewall lets in nobody from outside.
        "key_vault_network_access": "Private",
    }
    assert plane["api_server_access_profile"] == {"virtual_network_integration_enabled": True, "subnet_id": "c"}
    assert plane["disk_encryption_set_id"] == "${azurerm_disk_encryption_set.cluster.id}"
    assert found["azurerm_key_vault_key.cluster"]["key_opts"] == ["decrypt", "encrypt"]
    # The control plane fails to start when it may not read its key.
    assert "azurerm_role_assignment.cluster_secrets_key" in plane["depends_on"]
    disks = found["azurerm_disk_encryption_set.cluster"]
    assert disks["key_vault_key_id"] == "${azurerm_key_vault_key.volumes.versionless_id}"


def test_pools_spread_over_all_zones(declared: Declared) -> None:
    found = cluster(declared, node_pools={"general": POOL, "spot": SPOT})
    first = found["azurerm_kubernetes_cluster.cluster"]["default_node_pool"]
    other = found["azurerm_kubernetes_cluster_node_pool.cluster_spot"]
    for pool in (first, other):
        assert pool["zones"] == ["1", "2", "3"]
        assert pool["host_encryption_enabled"] is True
        assert pool["node_public_ip_enabled"] is False
    assert (first["vm_size"], first["min_count"], first["max_count"]) == ("Standard_D4s_v5", 3, 9)
    assert (other["priority"], other["spot_max_price"], other["eviction_policy"]) == ("Spot", -1, "Delete")
    assert "priority" not in found["azurerm_kubernetes_cluster.cluster"]["default_node_pool"]


@pytest.mark.integration
def test_the_place_of_a_pool_does_not_make_it_the_system_pool(declared: Declared) -> None:
    pools = {"general": POOL, "more": POOL}
    named = [
        cluster(declared, node_pools=order, system_pool="general")
        for order in (pools, dict(reversed(pools.items())))
    ]  # fmt: skip
    for found in named:
        assert found["azurerm_kubernetes_cluster.cluster"]["default_node_pool"]["name"] == "general"
        assert "azurerm_kubernetes_cluster_node_pool.cluster_more" in found
    spot_first = cluster(declared, node_pools={"spot": SPOT, "general": POOL})
    assert spot_first["azurerm_kubernetes_cluster.cluster"]["default_node_pool"]["name"] == "general"


@pytest.mark.parametrize(
    ("named", "said"),
    [(None, "several pools that could run the system's pods: general, more"), ("genral", 'no pool "genral"')],
)
def test_one_of_several_pools_is_named_as_the_system_pool(declared: Declared, named: str | None, said: str) -> None:
    with pytest.raises(PropsError, match=said):
        cluster(declared, node_pools={"general": POOL, "more": POOL}, system_pool=named)


def test_control_plane_and_nodes_follow_the_version(declared: Declared) -> None:
    found = cluster(declared, node_pools={"general": POOL, "spot": SPOT})
    plane = found["azurerm_kubernetes_cluster.cluster"]
    assert plane["kubernetes_version"] == plane["default_node_pool"]["orchestrator_version"] == "1.34"
    assert plane["lifecycle"]["ignore_changes"] == ["default_node_pool[0].node_count"]
    assert found["azurerm_kubernetes_cluster_node_pool.cluster_spot"]["orchestrator_version"] == "1.34"


def test_another_machine_is_rotated_in_by_a_pool_of_its_own_name(declared: Declared) -> None:
    pools = {"general": POOL, "generalone1": POOL, "generalone2": POOL}
    found = cluster(declared, node_pools=pools, system_pool="general")
    names = [
        found["azurerm_kubernetes_cluster.cluster"]["default_node_pool"]["temporary_name_for_rotation"],
        *(
            found[f"azurerm_kubernetes_cluster_node_pool.cluster_{key}"]["temporary_name_for_rotation"]
            for key in ("generalone1", "generalone2")
        ),
    ]
    assert len(set(names)) == 3
    # https://learn.microsoft.com/azure/aks/create-node-pools#limitations
    assert all(re.fullmatch(r"[a-z][a-z0-9]{0,11}", name) for name in names)


def test_control_plane_logs_are_kept_as_long_as_asked(declared: Declared) -> None:
    found = cluster(declared, log_retention_days=400)
    assert found["azurerm_log_analytics_workspace.logs"]["retention_in_days"] == 400
    categories = {log["category"] for log in found["azurerm_monitor_diagnostic_setting.cluster"]["enabled_log"]}
    assert {"kube-apiserver", "kube-audit-admin", "guard"} <= categories


@pytest.mark.parametrize("protected", [True, False])
def test_deletion_is_refused_where_it_is_protected(protected: bool, declared: Declared) -> None:
    found = cluster(declared, deletion_protection=protected)["azurerm_kubernetes_cluster.cluster"]
    assert found["lifecycle"].get("prevent_destroy", False) is protected


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "c" * 55}, "at most 54"),
        ({"kubernetes_version": "1.32"}, "standard support on AKS has ended"),
        ({"service_cidr": "172.30.0.0/16"}, "overlaps 172.30.0.0/16"),
        ({"private_endpoint": False, "authorized_cidrs": ["192.168.1.0/24"]}, "nobody reaches a public endpoint"),
        ({"tags": {"a b": "c"}}, 'the key "a b"'),
        ({"node_image": "1.49.0-713f44ce"}, "only AWS asks for it"),
        ({"autoscaler": "karpenter"}, "runs its own"),
        (
            {"network": Network.from_existing(network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["s"])},
            "no subnet for the control plane",
        ),
        ({"mode": "autopilot"}, "only offered by Google Cloud"),
        ({"security_group": "gke-security-groups@example.com"}, "a setting of Google Cloud only"),
        ({"node_pools": {"general-purpose": POOL}}, "at most 12 lower-case letters and digits"),
        ({"node_pools": {"spot": SPOT}}, "node_pools.spot.spot: spot nodes in the system pool"),
        ({"log_retention_days": 10}, "expected 30 to 730 days"),
        ({"private_endpoint": False}, "a public API endpoint open to everyone"),
        ({"node_pools": {"big": NodePoolProps(cpu=200, memory_gib=8, min_nodes=1, max_nodes=1)}}, "no size has"),
    ],
)
def test_what_aks_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Declared) -> None:
    with pytest.raises(PropsError, match=said):
        cluster(declared, **changes)


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
    cpu=4, memory_gib=16, min_nodes=0, max_nodes=1, machine_type="Standard_NC4as_T4_v3", gpus=1, gpu_type="nvidia-l4"
)


def test_pools_have_labels_taints_an_architecture_and_gpus(declared: Declared) -> None:
    found = cluster(declared, node_pools={"general": POOL, "arm": ARM, "gpu": GPU})
    pool = found["azurerm_kubernetes_cluster_node_pool.cluster_arm"]
    assert pool["vm_size"] == "Standard_D4ps_v5"
    assert pool["node_labels"] == {"node-pool": "arm", "disk": "ssd"}
    assert pool["node_taints"] == ["dedicated=batch:NoSchedule", "flaky=:PreferNoSchedule"]
    gpu = found["azurerm_kubernetes_cluster_node_pool.cluster_gpu"]
    assert (gpu["vm_size"], gpu["os_sku"]) == ("Standard_NC4as_T4_v3", "Ubuntu")
    assert "node_taints" not in gpu


def test_spot_nodes_have_the_taint_that_aks_adds_and_gpus_their_driver(declared: Declared) -> None:
    driver = NodePoolProps(cpu=4, memory_gib=16, min_nodes=0, max_nodes=1, machine_type="Standard_NC4as_T4_v3")
    found = cluster(declared, node_pools={"general": POOL, "spot": SPOT, "gpu": driver})
    spot = found["azurerm_kubernetes_cluster_node_pool.cluster_spot"]
    assert spot["node_taints"] == ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]
    assert spot["node_labels"] == {"node-pool": "spot", "kubernetes.azure.com/scalesetpriority": "spot"}
    assert found["azurerm_kubernetes_cluster_node_pool.cluster_gpu"]["os_sku"] == "Ubuntu"


def test_the_agent_is_told_what_to_collect(declared: Declared) -> None:
    found = cluster(declared)
    assert found["azurerm_kubernetes_cluster.cluster"]["oms_agent"]["msi_auth_for_monitoring_enabled"] is True
    association = found["azurerm_monitor_data_collection_rule_association.cluster_container_logs"]
    assert association["target_resource_id"] == "${azurerm_kubernetes_cluster.cluster.id}"
    rule = found["azurerm_monitor_data_collection_rule.cluster_container_logs"]
    assert association["data_collection_rule_id"] == "${azurerm_monitor_data_collection_rule.cluster_container_logs.id}"
    (workspace,) = rule["destinations"]["log_analytics"]
    assert workspace["workspace_resource_id"] == "${azurerm_log_analytics_workspace.logs.id}"
    (flow,) = rule["data_flow"]
    assert flow["destinations"] == [workspace["name"]]
    (extension,) = rule["data_sources"]["extension"]
    assert extension["extension_name"] == "ContainerInsights"
    assert extension["streams"] == flow["streams"] == ["Microsoft-ContainerInsights-Group-Default"]
    assert json.loads(extension["extension_json"])["dataCollectionSettings"]["enableContainerLogV2"] is True


def test_two_clusters_are_in_one_stack(declared: Declared) -> None:
    def both(scope: Any, shared: dict[str, Any]) -> None:
        for name in ("blue", "green"):
            Cluster(
                scope,
                name,
                ClusterProps(
                    name=name, network=NETWORK, kubernetes_version="1.34", node_pools={"general": POOL}, **shared
                ),
            )

    assert {"azurerm_kubernetes_cluster.blue", "azurerm_kubernetes_cluster.green"} <= declared(both).keys()
