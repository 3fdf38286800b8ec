"""What Terraform does with a change: in place, replaced, destroyed, moved, and what follows."""

import json
from typing import Any

import pytest

from quantacirc_cdk.diff import Finding, Impact, compare_stacks

IN_PLACE, REPLACE, STATEFUL = Impact.IN_PLACE, Impact.REPLACE, Impact.STATEFUL_DESTROY
DOWN, RECREATE, ROLLING = Impact.UNAVAILABILITY, Impact.RECREATE, Impact.ROLLING_RESTART


def stack(**resources: Any) -> dict[str, Any]:
    """Return a stack: ``aws_vpc__main={...}``."""
    made: dict[str, Any] = {}
    for address, arguments in resources.items():
        kind, _, name = address.partition("__")
        made.setdefault(kind, {})[name] = arguments
    return {"resource": made}


def found(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Finding]]:
    return {str(address): findings for address, findings in compare_stacks(before, after).items()}


def worst(findings: list[Finding]) -> Finding:
    return max(findings, key=lambda finding: finding.impact)


CASES: list[tuple[str, dict[str, Any], dict[str, Any], Impact]] = [
    ("aws_db_instance", {"storage_encrypted": True}, {"storage_encrypted": False}, STATEFUL),
    ("aws_db_instance", {"engine": "postgres"}, {"engine": "mysql"}, STATEFUL),
    ("aws_db_instance", {"backup_retention_period": 7}, {"backup_retention_period": 35}, IN_PLACE),
    ("aws_db_instance", {"allocated_storage": 50}, {"allocated_storage": 100}, IN_PLACE),
    ("aws_db_instance", {"allocated_storage": 100}, {"allocated_storage": 50}, RECREATE),
    ("aws_db_instance", {"instance_class": "db.m7g.large"}, {"instance_class": "db.m7g.xlarge"}, DOWN),
    ("aws_db_instance", {"engine_version": "17"}, {"engine_version": "16"}, RECREATE),
    ("aws_db_instance", {"engine_version": "16"}, {"engine_version": "17"}, DOWN),
    (
        "google_sql_database_instance",
        {"settings": {"ip_configuration": {"private_network": "n"}}},
        {"settings": {"ip_configuration": {"psc_config": {"psc_enabled": True}}}},
        STATEFUL,
    ),
    (
        "google_sql_database_instance",
        {"settings": {"ip_configuration": {"psc_config": {"psc_enabled": True}}}},
        {"settings": {"ip_configuration": {"private_network": "n"}}},
        RECREATE,
    ),
    ("aws_rds_cluster", {"engine_version": "17"}, {"engine_version": "16"}, RECREATE),
    ("aws_rds_cluster", {"engine_version": "16"}, {"engine_version": "17"}, DOWN),
    (
        "aws_rds_cluster",
        {"engine_version": "16", "allow_major_version_upgrade": False},
        {"engine_version": "17", "allow_major_version_upgrade": False},
        RECREATE,
    ),
    ("aws_rds_cluster", {"kms_key_id": "a"}, {"kms_key_id": "b"}, STATEFUL),
    ("aws_rds_cluster", {"backup_retention_period": 35}, {"backup_retention_period": 7}, Impact.DATA_LOSS),
    ("aws_rds_cluster", {"master_password_wo_version": 1}, {"master_password_wo_version": 2}, IN_PLACE),
    ("aws_rds_cluster", {"skip_final_snapshot": False}, {"skip_final_snapshot": True}, IN_PLACE),
    ("aws_rds_cluster", {"delete_automated_backups": False}, {"delete_automated_backups": True}, IN_PLACE),
    ("aws_rds_cluster_instance", {"instance_class": "db.r7g.large"}, {"instance_class": "db.r7g.xlarge"}, DOWN),
    ("aws_rds_cluster_instance", {"availability_zone": "a"}, {"availability_zone": "b"}, REPLACE),
    (
        "aws_db_instance",
        {"engine_version": "16", "allow_major_version_upgrade": False},
        {"engine_version": "17", "allow_major_version_upgrade": False},
        RECREATE,
    ),
    (
        "aws_db_instance",
        {"engine_version": "17", "blue_green_update": {"enabled": True}},
        {"engine_version": "16", "blue_green_update": {"enabled": True}},
        RECREATE,
    ),
    ("google_sql_database_instance", {"database_version": "POSTGRES_16"}, {"database_version": "POSTGRES_17"}, DOWN),
    ("google_sql_database_instance", {"database_version": "17"}, {"database_version": "16"}, RECREATE),
    ("azurerm_postgresql_flexible_server", {"version": "16"}, {"version": "17"}, STATEFUL),
    (
        "azurerm_postgresql_flexible_server",
        {"version": "16", "create_mode": '${var.a ? "Update" : null}'},
        {"version": "17", "create_mode": '${var.a ? "Update" : null}'},
        DOWN,
    ),
    (
        "aws_db_instance",
        {"allocated_storage": 50, "max_allocated_storage": 200},
        {"allocated_storage": 30, "max_allocated_storage": 200},
        Impact.NO_OP,
    ),
    (
        "aws_db_instance",
        {"allocated_storage": 50, "max_allocated_storage": 200},
        {"allocated_storage": 30, "max_allocated_storage": 30},
        RECREATE,
    ),
    ("aws_elasticache_replication_group", {"engine_version": "8.0"}, {"engine_version": "7.2"}, STATEFUL),
    ("aws_elasticache_replication_group", {"engine_version": "7.2"}, {"engine_version": "8.0"}, DOWN),
    ("aws_elasticache_replication_group", {"engine": "valkey"}, {"engine": "redis"}, STATEFUL),
    ("google_redis_instance", {"redis_version": "REDIS_7_2"}, {"redis_version": "REDIS_6_X"}, STATEFUL),
    ("google_redis_instance", {"redis_version": "REDIS_6_X"}, {"redis_version": "REDIS_7_2"}, DOWN),
    (
        "azurerm_kubernetes_cluster",
        {"default_node_pool": {"name": "general"}},
        {"default_node_pool": {"name": "main"}},
        STATEFUL,
    ),
    ("azurerm_subnet", {"address_prefixes": ["10.1.0.0/20"]}, {"address_prefixes": ["10.2.0.0/20"]}, RECREATE),
    ("azurerm_subnet", {"address_prefixes": ["10.1.0.0/20"]}, {"address_prefixes": ["10.1.0.0/16"]}, IN_PLACE),
    ("azurerm_virtual_network", {"address_space": ["10.1.0.0/16"]}, {"address_space": ["10.2.0.0/16"]}, RECREATE),
    (
        "azurerm_virtual_network",
        {"address_space": ["10.1.0.0/16"]},
        {"address_space": ["10.1.0.0/16", "10.2.0.0/16"]},
        IN_PLACE,
    ),
    (
        "google_compute_subnetwork",
        {"secondary_ip_range": [{"range_name": "pods", "ip_cidr_range": "100.64.0.0/14"}]},
        {"secondary_ip_range": [{"range_name": "pods", "ip_cidr_range": "100.68.0.0/14"}]},
        RECREATE,
    ),
    ("aws_s3_bucket", {"object_lock_enabled": True}, {}, Impact.NO_OP),
    ("aws_s3_bucket", {}, {"object_lock_enabled": True}, STATEFUL),
    ("aws_s3_bucket", {"bucket": "a"}, {"bucket": "b"}, STATEFUL),
    ("aws_s3_bucket", {"tags": {"a": "b"}}, {"tags": {"a": "c"}}, IN_PLACE),
    ("aws_kms_key", {"multi_region": False}, {"multi_region": True}, STATEFUL),
    ("aws_vpc", {"cidr_block": "10.0.0.0/16"}, {"cidr_block": "10.1.0.0/16"}, REPLACE),
    ("aws_subnet", {"availability_zone": "a"}, {"availability_zone": "b"}, REPLACE),
    ("aws_eks_cluster", {"name": "a"}, {"name": "b"}, STATEFUL),
    ("aws_eks_cluster", {"version": "1.33"}, {"version": "1.34"}, IN_PLACE),
    ("aws_eks_cluster", {"version": "1.34"}, {"version": "1.33"}, RECREATE),
    ("aws_eks_cluster", {"version": "1.33"}, {"version": "1.35"}, RECREATE),
    (
        "google_container_cluster",
        {"ip_allocation_policy": {"cluster_secondary_range_name": "pods"}},
        {"ip_allocation_policy": {"cluster_secondary_range_name": "pods", "stack_type": "IPV4_IPV6"}},
        IN_PLACE,
    ),
    (
        "google_container_cluster",
        {"ip_allocation_policy": {"cluster_secondary_range_name": "pods", "stack_type": "IPV4_IPV6"}},
        {"ip_allocation_policy": {"cluster_secondary_range_name": "pods"}},
        DOWN,
    ),
    ("google_container_cluster", {}, {"enable_l4_ilb_subsetting": True}, IN_PLACE),
    ("google_container_cluster", {"enable_l4_ilb_subsetting": True}, {}, STATEFUL),
    ("google_container_cluster", {"enable_fqdn_network_policy": True}, {"enable_fqdn_network_policy": False}, STATEFUL),
    ("google_compute_subnetwork", {}, {"stack_type": "IPV4_IPV6", "ipv6_access_type": "EXTERNAL"}, IN_PLACE),
    ("google_compute_subnetwork", {"stack_type": "IPV4_IPV6"}, {"stack_type": "IPV4_ONLY"}, RECREATE),
    ("google_compute_subnetwork", {"ipv6_access_type": "EXTERNAL"}, {"ipv6_access_type": "INTERNAL"}, RECREATE),
    ("google_container_cluster", {"min_master_version": "1.33"}, {"min_master_version": "1.34"}, ROLLING),
    ("google_container_cluster", {"min_master_version": "1.33"}, {"min_master_version": "1.35"}, RECREATE),
    ("google_container_cluster", {"min_master_version": "1.34"}, {"min_master_version": "1.33"}, RECREATE),
    ("azurerm_kubernetes_cluster", {"kubernetes_version": "1.33"}, {"kubernetes_version": "1.35"}, RECREATE),
    ("azurerm_kubernetes_cluster", {"kubernetes_version": "1.34"}, {"kubernetes_version": "1.33"}, RECREATE),
    ("aws_eks_node_group", {"version": "1.33"}, {"version": "1.34"}, ROLLING),
    ("aws_eks_node_group", {"release_version": "1.48.0-a"}, {"release_version": "1.49.0-b"}, ROLLING),
    ("aws_eks_addon", {"addon_version": "v1.34.0"}, {"addon_version": "v1.35.0"}, ROLLING),
    ("azurerm_kubernetes_cluster_node_pool", {"vm_size": "a"}, {"vm_size": "b"}, RECREATE),
    (
        "azurerm_kubernetes_cluster_node_pool",
        {"temporary_name_for_rotation": "tmp", "vm_size": "a"},
        {"temporary_name_for_rotation": "tmp", "vm_size": "b"},
        ROLLING,
    ),
    (
        "aws_eks_cluster",
        {"kubernetes_network_config": {"service_ipv4_cidr": "172.20.0.0/16"}},
        {"kubernetes_network_config": [{"service_ipv4_cidr": "172.21.0.0/16"}]},
        STATEFUL,
    ),
    ("aws_eks_node_group", {"instance_types": ["m7g.large"]}, {"instance_types": ["m7g.xlarge"]}, REPLACE),
    ("aws_eks_node_group", {"scaling_config": {"max_size": 3}}, {"scaling_config": {"max_size": 5}}, IN_PLACE),
    ("aws_security_group", {"description": "a"}, {"description": "b"}, REPLACE),
    ("google_sql_database_instance", {"region": "a"}, {"region": "b"}, STATEFUL),
    ("google_sql_database_instance", {"settings": {"disk_size": 20}}, {"settings": {"disk_size": 10}}, STATEFUL),
    ("google_sql_database_instance", {"settings": {"disk_size": 10}}, {"settings": {"disk_size": 20}}, IN_PLACE),
    ("google_storage_bucket", {"location": "EU"}, {"location": "US"}, STATEFUL),
    ("google_container_cluster", {"enable_autopilot": False}, {"enable_autopilot": True}, STATEFUL),
    ("google_container_node_pool", {"node_config": {"spot": False}}, {"node_config": {"spot": True}}, REPLACE),
    ("google_compute_subnetwork", {"ip_cidr_range": "10.0.0.0/20"}, {"ip_cidr_range": "10.0.0.0/16"}, IN_PLACE),
    ("google_compute_subnetwork", {"ip_cidr_range": "10.0.0.0/20"}, {"ip_cidr_range": "10.1.0.0/20"}, REPLACE),
    ("google_kms_crypto_key", {"purpose": "a"}, {"purpose": "b"}, STATEFUL),
    ("azurerm_resource_group", {"location": "a"}, {"location": "b"}, STATEFUL),
    ("azurerm_postgresql_flexible_server", {"storage_mb": 65536}, {"storage_mb": 32768}, STATEFUL),
    ("azurerm_postgresql_flexible_server", {"sku_name": "a"}, {"sku_name": "b"}, DOWN),
    ("azurerm_postgresql_flexible_server", {"geo_redundant_backup_enabled": True}, {}, STATEFUL),
    (
        "azurerm_kubernetes_cluster",
        {"network_profile": {"service_cidr": "a"}},
        {"network_profile": {"service_cidr": "b"}},
        STATEFUL,
    ),
    ("azurerm_kubernetes_cluster", {"kubernetes_version": "1.33"}, {"kubernetes_version": "1.34"}, ROLLING),
    ("azurerm_kubernetes_cluster", {"oidc_issuer_enabled": True}, {"oidc_issuer_enabled": False}, STATEFUL),
    (
        "azurerm_kubernetes_cluster",
        {"network_profile": {"network_policy": "azure"}},
        {"network_profile": {"network_policy": "calico"}},
        STATEFUL,
    ),
    (
        "azurerm_kubernetes_cluster",
        {"network_profile": {"network_policy": "azure", "network_data_plane": "azure"}},
        {"network_profile": {"network_policy": "cilium", "network_data_plane": "cilium"}},
        IN_PLACE,
    ),
    (
        "azurerm_kubernetes_cluster",
        {"default_node_pool": {"vm_size": "Standard_D2s_v5"}},
        {"default_node_pool": {"vm_size": "Standard_D4s_v5"}},
        ROLLING,
    ),
    ("azurerm_kubernetes_cluster_node_pool", {"os_sku": "Ubuntu"}, {"os_sku": "AzureLinux"}, IN_PLACE),
    ("azurerm_kubernetes_cluster_node_pool", {"os_sku": "Ubuntu"}, {"os_sku": "Windows2022"}, REPLACE),
    (
        "azurerm_kubernetes_cluster_node_pool",
        {"upgrade_settings": {"max_surge": "33%", "drain_timeout_in_minutes": 30}},
        {"upgrade_settings": {"max_surge": "33%"}},
        REPLACE,
    ),
    ("aws_vpc", {"instance_tenancy": "dedicated"}, {"instance_tenancy": "default"}, IN_PLACE),
    ("aws_vpc", {"instance_tenancy": "default"}, {"instance_tenancy": "dedicated"}, REPLACE),
    ("aws_s3_bucket", {"region": "eu-central-1"}, {"region": "eu-west-1"}, STATEFUL),
    ("aws_db_instance", {}, {"restore_to_point_in_time": {"use_latest_restorable_time": True}}, STATEFUL),
    ("azurerm_storage_account", {"account_tier": "Standard"}, {"account_tier": "Premium"}, STATEFUL),
    ("azurerm_storage_account", {"min_tls_version": "TLS1_2"}, {"min_tls_version": "TLS1_3"}, IN_PLACE),
    ("azurerm_subnet", {"name": "a"}, {"name": "b"}, REPLACE),
    ("somecloud_widget", {"size": 1}, {"size": 2}, REPLACE),
]  # fmt: skip


PROTECTED: list[tuple[str, dict[str, Any], dict[str, Any], Impact]] = [
    *(
        (kind, {"lifecycle": {"prevent_destroy": True, **more}}, after, IN_PLACE)
        for kind in ("azurerm_kubernetes_cluster", "google_kms_key_ring", "aws_kms_key", "azurerm_storage_account")
        for more in ({}, {"ignore_changes": ["tags"]})
        for after in ({}, {"lifecycle": {"prevent_destroy": False}})
    ),
    ("aws_db_instance", {"deletion_protection": True}, {"deletion_protection": False}, IN_PLACE),
    ("aws_eks_cluster", {"deletion_protection": True}, {}, IN_PLACE),
    ("google_container_cluster", {"deletion_protection": True}, {"deletion_protection": False}, IN_PLACE),
    (
        "google_sql_database_instance",
        {"settings": {"deletion_protection_enabled": True}},
        {"settings": {"deletion_protection_enabled": False}},
        IN_PLACE,
    ),
    ("google_sql_database", {"deletion_policy": "ABANDON"}, {"deletion_policy": "DELETE"}, IN_PLACE),
    ("aws_s3_bucket", {"force_destroy": False}, {"force_destroy": True}, IN_PLACE),
    ("google_storage_bucket", {}, {"force_destroy": True}, IN_PLACE),
    ("aws_db_instance", {"skip_final_snapshot": False}, {"skip_final_snapshot": True}, IN_PLACE),
    ("aws_db_instance", {"delete_automated_backups": False}, {"delete_automated_backups": True}, IN_PLACE),
    ("azurerm_key_vault", {"purge_protection_enabled": True}, {"purge_protection_enabled": False}, RECREATE),
    (
        "aws_s3_bucket_versioning",
        {"versioning_configuration": {"status": "Enabled"}},
        {"versioning_configuration": {"status": "Suspended"}},
        Impact.DATA_LOSS,
    ),
    ("google_storage_bucket", {"versioning": {"enabled": True}}, {}, Impact.DATA_LOSS),
    (
        "azurerm_storage_account",
        {"blob_properties": {"versioning_enabled": True}},
        {"blob_properties": {"versioning_enabled": False}},
        Impact.DATA_LOSS,
    ),
]


@pytest.mark.parametrize(("kind", "before", "after", "expected"), PROTECTED)
def test_a_removed_protection_is_a_finding_and_an_added_one_is_not(
    kind: str, before: dict[str, Any], after: dict[str, Any], expected: Impact
) -> None:
    one, other = stack(**{f"{kind}__a": {"x": 1, **before}}), stack(**{f"{kind}__a": {"x": 1, **after}})
    finding = worst(found(one, other)[f"{kind}.a"])
    assert finding.impact == expected
    assert "protection removed" in finding.rule.says
    assert all("protection removed" not in each.rule.says for each in found(other, one)[f"{kind}.a"])


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_kms_key", {"deletion_window_in_days": 30}, {"deletion_window_in_days": 7}),
        ("aws_kms_key", {}, {"deletion_window_in_days": 7}),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 30}, {"recovery_window_in_days": 0}),
        ("google_secret_manager_secret", {"version_destroy_ttl": "604800s"}, {"version_destroy_ttl": "86400s"}),
        (
            "azurerm_storage_account",
            {"blob_properties": {"delete_retention_policy": {"days": 30}}},
            {"blob_properties": {"delete_retention_policy": {"days": 7}}},
        ),
    ],
)
def test_a_shorter_time_to_restore_what_was_deleted_is_less_protection(
    kind: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    one, other = stack(**{f"{kind}__a": {"x": 1, **before}}), stack(**{f"{kind}__a": {"x": 1, **after}})
    assert worst(found(one, other)[f"{kind}.a"]).impact == Impact.DATA_LOSS
    assert worst(found(other, one)[f"{kind}.a"]).impact == IN_PLACE


def test_a_removed_lock_says_that_nothing_is_locked_any_more() -> None:
    findings = found(stack(azurerm_management_lock__a={"lock_level": "CanNotDelete"}), stack())
    (finding,) = findings["azurerm_management_lock.a"]
    assert finding.impact == Impact.DESTROY
    assert "no longer protected from deletion" in finding.rule.says


@pytest.mark.parametrize(
    ("kind", "before", "after", "impact"), CASES, ids=[f"{case[0]}-{number}" for number, case in enumerate(CASES)]
)
def test_a_change_is_of_the_class_its_provider_documents(
    kind: str, before: dict[str, Any], after: dict[str, Any], impact: Impact
) -> None:
    findings = found(stack(**{f"{kind}__it": before}), stack(**{f"{kind}__it": after}))
    said = worst(findings[f"{kind}.it"])
    assert said.impact == impact, said
    provider = kind.partition("_")[0]
    if provider in ("aws", "google", "azurerm") and not said.rule.id.startswith("follows"):
        assert said.rule.source.endswith(f"/{provider}/latest/docs/resources/{kind.removeprefix(provider + '_')}")


VPC: dict[str, Any] = {"cidr_block": "10.0.0.0/16"}


def network(cidr: str, **more: Any) -> dict[str, Any]:
    return stack(
        aws_vpc__main={"cidr_block": cidr},
        aws_subnet__a={"vpc_id": "${aws_vpc.main.id}", "cidr_block": "${cidrsubnet(aws_vpc.main.cidr_block, 4, 0)}"},
        aws_nat_gateway__a={"subnet_id": "${aws_subnet.a.id}"},
        aws_db_instance__ledger={"db_subnet_group_name": "${aws_db_subnet_group.ledger.name}"},
        aws_db_subnet_group__ledger={"name": "ledger", "subnet_ids": ["${aws_subnet.a.id}"]},
        **more,
    )


def test_what_refers_to_a_replaced_resource_is_replaced_with_it() -> None:
    findings = found(network("10.0.0.0/16"), network("10.1.0.0/16"))
    assert {address: worst(said).rule.id for address, said in findings.items()} == {
        "aws_vpc.main": "forces-new",
        "aws_subnet.a": "follows-replaced",
        "aws_nat_gateway.a": "follows-replaced",
    }
    assert worst(findings["aws_nat_gateway.a"]).note == "aws_subnet.a is replaced"


AWS, GOOGLE, AZURE = "aws_db_instance", "google_sql_database_instance", "azurerm_postgresql_flexible_server"


@pytest.mark.parametrize(
    ("kind", "forces_new", "replica", "rule"),
    [
        (
            AWS,
            "kms_key_id",
            {
                "replicate_source_db": "${aws_db_instance.a.identifier}",
                "lifecycle": {"replace_triggered_by": ["aws_db_instance.a.id", "aws_db_instance.a.identifier"]},
            },
            "triggered",
        ),
        (
            GOOGLE,
            "encryption_key_name",
            {
                "master_instance_name": "${google_sql_database_instance.a.name}",
                "lifecycle": {"replace_triggered_by": ["google_sql_database_instance.a.id"]},
            },
            "triggered",
        ),
        # The id of a server is known only after an apply, and another source forces a new replica.
        (AZURE, "name", {"create_mode": "Replica", "source_server_id": f"${{{AZURE}.a.id}}"}, "follows-replaced"),
    ],
)
def test_a_read_replica_is_replaced_with_its_source_and_loses_no_data(
    kind: str, forces_new: str, replica: dict[str, Any], rule: str
) -> None:
    named = {"identifier": "a", "name": "a"}
    sides = [{"resource": {kind: {"a": named | {forces_new: value}, "b": replica}}} for value in ("one", "two")]
    findings = found(*sides)
    said = worst(findings[f"{kind}.b"])
    assert (said.rule.id, said.impact, said.note) == (rule, REPLACE, f"{kind}.a is replaced")
    assert worst(findings[f"{kind}.a"]).impact == STATEFUL


def test_a_trigger_replaces_with_a_change_of_what_it_names_alone() -> None:
    def compared(trigger: str, **changed: tuple[Any, Any]) -> dict[str, list[Finding]]:
        replica = {"lifecycle": {"replace_triggered_by": [f"aws_db_instance.a{trigger}"]}}
        sides = [{key: values[side] for key, values in changed.items()} for side in (0, 1)]
        return found(*(stack(aws_db_instance__a=one, aws_db_instance__b=replica) for one in sides))

    renamed = compared(".identifier", identifier=("a", "b"))
    assert worst(renamed["aws_db_instance.b"]).note == "aws_db_instance.a is changed"
    assert compared(".id", identifier=("a", "b")).keys() == {"aws_db_instance.a"}
    assert compared(".identifier", identifier=("a", "a"), port=(1, 2)).keys() == {"aws_db_instance.a"}
    assert worst(compared("", port=(1, 2))["aws_db_instance.b"]).rule.id == "triggered"


def test_the_support_of_a_new_version_is_said() -> None:
    change = ({"version": "1.33"}, {"version": "1.34"})
    before, after = (stack(aws_eks_cluster__main=arguments) for arguments in change)
    (finding,) = found(before, after)["aws_eks_cluster.main"]
    assert finding.note == "standard support of 1.34 on EKS ends on 2026-12-02"


def test_which_of_two_goes_first_is_said() -> None:
    def nodes(machine: str, **more: Any) -> dict[str, Any]:
        group = {"instance_types": [machine], "launch_template": {"id": "${aws_launch_template.a.id}"}, **more}
        return stack(aws_eks_node_group__a=group, aws_launch_template__a={"name": machine})

    def orders(**more: Any) -> dict[str, str]:
        said = found(nodes("a", **more), nodes("b", **more))
        return {address: worst(findings).rule.says.rpartition("; ")[2] for address, findings in said.items()}

    new_first, old_first = (
        "the new resource is created before the old one is destroyed",
        "the old resource is destroyed first",
    )
    assert orders() == {"aws_eks_node_group.a": old_first, "aws_launch_template.a": old_first}
    first = orders(lifecycle={"create_before_destroy": True})
    # What a new one needs is new before it, whatever it says itself.
    assert first == {"aws_eks_node_group.a": new_first, "aws_launch_template.a": new_first}


def test_a_higher_minimum_of_nodes_is_said_to_be_refused_where_fewer_run() -> None:
    change = ({"min_size": 3, "max_size": 9}, {"min_size": 5, "max_size": 9})
    before, after = (stack(aws_eks_node_group__a={"scaling_config": one}) for one in change)
    (finding,) = found(before, after)["aws_eks_node_group.a"]
    assert "EKS refuses a minimum above the number of nodes that run" in finding.rule.says


@pytest.mark.parametrize(("key", "impact"), [("eniConfig", ROLLING), ("env", IN_PLACE)])
def test_nodes_keep_the_subnets_of_their_pods_until_they_are_replaced(key: str, impact: Impact) -> None:
    before, after = (stack(aws_eks_addon__a={"configuration_values": f'{{"{key}": "{one}"}}'}) for one in "ab")
    (finding,) = found(before, after)["aws_eks_addon.a"]
    assert finding.rule.impact is impact
    assert ("replace the nodes" in finding.rule.says) == (impact is ROLLING)


def test_a_data_source_that_reads_something_else_is_said() -> None:
    def lookup(version: str) -> dict[str, Any]:
        return {"data": {"aws_eks_addon_version": {"coredns": {"kubernetes_version": version}}}}

    (finding,) = found(lookup("1.34"), lookup("1.35"))["data.aws_eks_addon_version.coredns"]
    assert (finding.rule.id, finding.change.path) == ("reads", ("kubernetes_version",))


def test_a_database_is_upgraded_in_a_copy_where_it_says_so() -> None:
    for copied, words in ((True, "in a copy, which then takes the instance's place"), (False, "in place")):
        before, after = (
            stack(aws_db_instance__a={"engine_version": one, "blue_green_update": {"enabled": copied}})
            for one in ("16", "17")
        )
        (finding,) = found(before, after)["aws_db_instance.a"]
        assert words in finding.rule.says
        assert finding.rule.impact is DOWN


def test_another_default_of_a_variable_is_a_change_of_what_has_it() -> None:
    def versioned(number: int) -> dict[str, Any]:
        resources = stack(
            aws_db_instance__ledger={"identifier": "a", "password_wo_version": "${var.ledger_password_version}"},
            aws_secretsmanager_secret_version__ledger={"secret_string_wo_version": "${var.ledger_password_version}"},
            aws_s3_bucket__other={"bucket": "b"},
        )
        return resources | {"variable": {"ledger_password_version": {"default": number, "type": "number"}}}

    findings = found(versioned(1), versioned(2))
    assert findings.keys() == {"aws_db_instance.ledger", "aws_secretsmanager_secret_version.ledger"}
    (rotation,) = findings["aws_db_instance.ledger"]
    assert (rotation.impact, rotation.change.before, rotation.change.after) == (IN_PLACE, 1, 2)
    assert "the password is rotated" in rotation.rule.says
    assert worst(findings["aws_secretsmanager_secret_version.ledger"]).impact == IN_PLACE
    assert found(versioned(2), versioned(2)) == {}


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        ("aws_db_instance", "password_wo_version"),
        ("aws_secretsmanager_secret_version", "secret_string_wo_version"),
        ("google_secret_manager_secret_version", "secret_data_wo_version"),
        ("azurerm_key_vault_secret", "value_wo_version"),
    ],
)
@pytest.mark.parametrize(("before", "after"), [("${var.version}", "var.version"), (3, "3")])
def test_a_password_is_not_rotated_when_its_version_begins_to_depend_on_names(
    kind: str, argument: str, before: Any, after: str
) -> None:
    def version(number: str, name: str) -> str:
        return (
            f'${{{number} + (terraform_data.a.input == "{name}" ? 0 : parseint(substr(sha256("{name}"), 0, 7), 16))}}'
        )

    def impact(one: Any, other: Any) -> Impact:
        both = (stack(**{f"{kind}__a": {"name": "a", argument: version}}) for version in (one, other))
        return worst(found(*both)[f"{kind}.a"]).impact

    assert impact(before, version(after, "/a")) == Impact.NO_OP
    assert impact(before, version("4", "/a")) != Impact.NO_OP
    assert impact(version(after, "/a"), version(after, "/b")) != Impact.NO_OP


def test_removing_a_database_destroys_data_and_says_what_refuses() -> None:
    guarded = {"identifier": "a", "lifecycle": {"prevent_destroy": True}}
    (finding,) = found(stack(aws_db_instance__ledger=guarded), stack())["aws_db_instance.ledger"]
    assert finding.impact == STATEFUL
    assert "the database would be lost" in finding.rule.says
    assert finding.note == "prevent_destroy refuses the plan"


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("aws_db_instance", {"replicate_source_db": "${aws_db_instance.ledger.identifier}"}),
        (
            "google_sql_database_instance",
            {"master_instance_name": "${google_sql_database_instance.ledger.name}", "deletion_protection": False},
        ),
        ("azurerm_postgresql_flexible_server", {"create_mode": "Replica"}),
    ],
)
def test_a_read_replica_has_no_data_of_its_own(kind: str, arguments: dict[str, Any]) -> None:
    def impact(**more: Any) -> Impact:
        before = stack(**{f"{kind}__ledger_read_1": {"name": "a", **arguments, **more}})
        (finding,) = found(before, stack())[f"{kind}.ledger_read_1"]
        return finding.impact

    assert impact() == Impact.DESTROY
    # A protected one is there for recovery.
    assert impact(deletion_protection=True) == STATEFUL


@pytest.mark.parametrize(
    ("kind", "arguments", "expected"),
    [
        ("google_dns_managed_zone", {"visibility": "private"}, Impact.DESTROY),
        ("google_dns_managed_zone", {"visibility": "public"}, STATEFUL),
        ("aws_route53_zone", {"vpc": [{"vpc_id": "v"}]}, Impact.DESTROY),
        ("aws_route53_zone", {}, STATEFUL),
        ("azurerm_key_vault_secret", {"value": "${join(var.hosts)}"}, Impact.DESTROY),
        ("azurerm_key_vault_secret", {"value_wo": "x", "value_wo_version": 1}, STATEFUL),
        ("azurerm_key_vault_secret", {"value": "unset", "lifecycle": {"ignore_changes": ["value"]}}, STATEFUL),
    ],
)
def test_what_terraform_alone_fills_holds_no_data(kind: str, arguments: dict[str, Any], expected: Impact) -> None:
    (finding,) = found(stack(**{f"{kind}__a": {"name": "a", **arguments}}), stack())[f"{kind}.a"]
    assert finding.impact == expected


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("aws_secretsmanager_secret", "secret_id", "secret_string"),
        ("google_secret_manager_secret", "secret", "secret_data"),
    ],
)
def test_a_secret_whose_value_terraform_has_holds_no_data(kind: str, key: str, value: str) -> None:
    def impact(version: dict[str, Any]) -> Impact:
        secret, of = {"name": "hosts"}, {key: f"${{{kind}.hosts.id}}"}
        before = stack(**{f"{kind}__hosts": secret, f"{kind}_version__hosts": of | version})
        return worst(found(before, stack())[f"{kind}.hosts"]).impact

    assert impact({value: '${join(",", ["a"])}'}) == Impact.DESTROY
    assert impact({f"{value}_wo": "x", f"{value}_wo_version": 1}) == STATEFUL
    assert impact({value: "unset", "lifecycle": {"ignore_changes": [value]}}) == STATEFUL
    assert impact({}) == STATEFUL


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        ({"deletion_protection": True}, "deletion_protection refuses the deletion"),
        ({"deletion_protection_enabled": True}, "deletion_protection_enabled refuses the deletion"),
        ({"deletion_protection": False, "deletion_protection_enabled": False}, ""),
        ({"deletion_protection": "${var.kept}"}, ""),
        ({"lifecycle": {"prevent_destroy": False}}, ""),
        ({}, ""),
    ],
)
def test_only_what_refuses_a_destruction_is_said_to_do_so(arguments: dict[str, Any], note: str) -> None:
    (finding,) = found(stack(aws_db_instance__ledger={"identifier": "a", **arguments}), stack())[
        "aws_db_instance.ledger"
    ]
    assert (finding.impact, finding.note) == (STATEFUL, note)


def test_protection_that_the_same_change_adds_protects_nothing() -> None:
    """The provider destroys the old resource as it was, before anything of the new one is set."""
    before = stack(aws_db_instance__ledger={"identifier": "a", "storage_encrypted": False})
    after = stack(aws_db_instance__ledger={"identifier": "a", "storage_encrypted": True, "deletion_protection": True})
    assert "refuses" not in worst(found(before, after)["aws_db_instance.ledger"]).note
    assert "refuses" in worst(found(after, before)["aws_db_instance.ledger"]).note


def test_removing_an_alarm_destroys_no_data() -> None:
    (finding,) = found(stack(aws_cloudwatch_metric_alarm__a={"alarm_name": "a"}), stack())[
        "aws_cloudwatch_metric_alarm.a"
    ]
    assert finding.impact == Impact.DESTROY


def test_a_renamed_address_is_a_destruction_unless_a_moved_block_says_otherwise() -> None:
    before, after = stack(aws_s3_bucket__a={"bucket": "x"}), stack(aws_s3_bucket__b={"bucket": "x"})
    assert found(before, after)["aws_s3_bucket.a"][0].impact == STATEFUL
    moved = after | {"moved": [{"from": "aws_s3_bucket.a", "to": "aws_s3_bucket.b"}]}
    assert {address: worst(said).impact for address, said in found(before, moved).items()} == {
        "aws_s3_bucket.b": Impact.NO_OP
    }


def test_a_removed_block_leaves_the_resource_where_it_is() -> None:
    removed = {"removed": [{"from": "aws_s3_bucket.a", "lifecycle": {"destroy": False}}]}
    (finding,) = found(stack(aws_s3_bucket__a={"bucket": "x"}), stack() | removed)["aws_s3_bucket.a"]
    assert (finding.impact, finding.rule.id) == (Impact.NO_OP, "forgotten")


def test_ignored_changes_are_no_changes() -> None:
    arguments = {"engine": "a", "lifecycle": {"ignore_changes": ["engine"]}}
    (finding,) = found(
        stack(aws_db_instance__a=arguments), stack(aws_db_instance__a=arguments | {"engine": "b"})
    )["aws_db_instance.a"]  # fmt: skip
    assert finding.rule.id == "ignored"


@pytest.mark.parametrize("place", ["settings[0].disk_size", "settings.disk_size", "settings", "settings[0]"])
def test_a_place_inside_a_block_is_ignored(place: str) -> None:
    def instance(size: int) -> dict[str, Any]:
        return {"settings": [{"disk_size": size, "tier": "a"}], "lifecycle": {"ignore_changes": [place]}}

    before, after = (stack(google_sql_database_instance__a=instance(size)) for size in (10, 20))
    (finding,) = found(before, after)["google_sql_database_instance.a"]
    assert finding.rule.id == "ignored"


def test_another_region_or_backend_is_told_from_other_settings() -> None:
    def settings(region: str, bucket: str, tag: str) -> dict[str, Any]:
        backend = {"s3": {"bucket": bucket}}
        return {"provider": {"aws": [{"region": region, "tags": tag}]}, "terraform": {"backend": backend}}

    before = settings("eu-central-1", "a", "x")
    assert found(before, settings("eu-west-1", "a", "x"))["provider.aws"][0].impact == STATEFUL
    assert found(before, settings("eu-central-1", "a", "y"))["provider.aws"][0].impact == IN_PLACE
    assert found(before, settings("eu-central-1", "b", "x"))["terraform.backend"][0].rule.id == "backend"


@pytest.mark.parametrize("name", ["name", "range_name", "id"])
def test_blocks_with_names_are_compared_by_name(name: str) -> None:
    a, b, c = ({name: one, "cidr": f"10.{number}.0.0/16"} for number, one in enumerate("abc"))

    def fields(before: list[Any], after: list[Any]) -> list[str]:
        sides = [stack(google_compute_subnetwork__a={"range": list(one)}) for one in (before, after)]
        return [finding.change.field for findings in found(*sides).values() for finding in findings]

    assert fields([a, b, c], [c, a]) == ["range[b]"]
    assert fields([a, b], [b]) == fields([b], [a, b]) == ["range[a]"]
    assert fields([a, b], [a, b | {"cidr": "10.9.0.0/16"}]) == ["range[b].cidr"]
    assert fields([a], [b]) == ["range.cidr", f"range.{name}"]


def test_a_block_without_a_name_has_its_number() -> None:
    sides = [stack(aws_a__a={"rule": [{"days": day} for day in days]}) for days in ((1, 2), (1, 3))]
    assert [finding.change.field for finding in found(*sides)["aws_a.a"]] == ["rule.1.days"]


def test_the_form_of_a_block_and_metadata_are_no_difference() -> None:
    before = stack(aws_eks_cluster__a={"vpc_config": {"subnet_ids": []}, "//": {"metadata": {"path": "a"}}})
    after = stack(aws_eks_cluster__a={"vpc_config": [{"subnet_ids": []}], "//": {"metadata": {"path": "b"}}})
    assert found(before, after) == {}


@pytest.mark.parametrize(
    ("before", "after", "impact"),
    [
        ("1.34.10-gke.1000", "1.34.9-gke.2000", Impact.RECREATE),
        ("1.34.9-gke.2000", "1.34.10-gke.1000", Impact.ROLLING_RESTART),
    ],
)
def test_a_patch_release_of_gke_is_compared_by_its_numbers(before: str, after: str, impact: Impact) -> None:
    stacks = [{"resource": {"google_container_cluster": {"a": {"min_master_version": one}}}} for one in (before, after)]
    ((finding,),) = compare_stacks(*stacks).values()
    assert finding.impact == impact


def template(size: int, **more: Any) -> dict[str, Any]:
    version = {"id": "${aws_launch_template.a.id}", "version": "${aws_launch_template.a.latest_version}"}
    disk = {"ebs": {"volume_size": size}}
    return stack(
        aws_launch_template__a={"name": "a", "block_device_mappings": disk, **more},
        aws_eks_node_group__a={"launch_template": version},
        aws_eks_node_group__b={"launch_template": {"id": "${aws_launch_template.a.id}", "version": "1"}},
    )


def test_nodes_follow_another_version_of_their_launch_template() -> None:
    findings = found(template(50), template(100))
    assert {address: worst(said).impact for address, said in findings.items()} == {
        "aws_launch_template.a": IN_PLACE,
        "aws_eks_node_group.a": ROLLING,
    }
    assert findings["aws_eks_node_group.a"][0].note == "aws_launch_template.a gets another version"


def test_tags_of_a_launch_template_itself_make_no_version() -> None:
    assert found(template(50), template(50, tags={"a": "b"})).keys() == {"aws_launch_template.a"}
    assert found(template(50), template(50, lifecycle={"prevent_destroy": True})).keys() == {"aws_launch_template.a"}


LOCK = "aws_s3_bucket_object_lock_configuration"
BACKUPS = "google_gke_backup_backup_plan"
KEPT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (LOCK, {"rule": {"default_retention": {"days": 7}}}, {"rule": {"default_retention": {"days": 3}}}),
    (LOCK, {"rule": {"default_retention": {"days": 7}}}, {}),
    (
        "azurerm_storage_container_immutability_policy",
        {"immutability_period_in_days": 7},
        {"immutability_period_in_days": 3},
    ),
    (
        "google_storage_bucket",
        {"retention_policy": {"retention_period": "${604800}"}},
        {"retention_policy": {"retention_period": "${259200}"}},
    ),
    ("google_storage_bucket", {"retention_policy": {"retention_period": "${604800}"}}, {}),
    (
        BACKUPS,
        {"retention_policy": {"backup_delete_lock_days": 7}},
        {"retention_policy": {"backup_delete_lock_days": 0}},
    ),
    ("aws_db_instance", {"backup_retention_period": 35}, {"backup_retention_period": 7}),
    ("azurerm_postgresql_flexible_server", {"backup_retention_days": 35}, {"backup_retention_days": 7}),
]


@pytest.mark.parametrize(("kind", "before", "after"), KEPT, ids=[f"{one[0]}-{at}" for at, one in enumerate(KEPT)])
def test_data_that_is_locked_or_kept_for_less_time_is_less_protected(
    kind: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    def impact(*sides: dict[str, Any]) -> Impact:
        old, new = (stack(**{f"{kind}__a": side}) for side in sides)
        return worst(found(old, new)[f"{kind}.a"]).impact

    assert impact(before, after) == Impact.DATA_LOSS
    if after:
        assert impact(after, before) == IN_PLACE


@pytest.mark.parametrize("kind", [LOCK, "azurerm_storage_container_immutability_policy"])
def test_a_lock_that_goes_protects_nothing_any_more(kind: str) -> None:
    (finding,) = found(stack(**{f"{kind}__a": {"a": 1}}), stack())[f"{kind}.a"]
    assert finding.impact == Impact.DATA_LOSS


AWS = {"rule": [{"expiration": {"days": 90}, "noncurrent_version_expiration": {"noncurrent_days": 30}}]}
GCP = {
    "lifecycle_rule": [
        {"action": {"type": "Delete"}, "condition": {"age": 90}},
        {"action": {"type": "Delete"}, "condition": {"days_since_noncurrent_time": 30}},
        {"action": {"type": "SetStorageClass"}, "condition": {"age": 30}},
    ]
}
AZURE = {
    "rule": [
        {
            "actions": {
                "base_blob": {"delete_after_days_since_modification_greater_than": 90},
                "version": {"delete_after_days_since_creation": 30},
            }
        }
    ]
}


@pytest.mark.parametrize(
    ("type", "rules"),
    [
        ("aws_s3_bucket_lifecycle_configuration", AWS),
        ("google_storage_bucket", GCP),
        ("azurerm_storage_management_policy", AZURE),
    ],
)
def test_objects_and_versions_that_are_deleted_earlier_are_lost_data(type: str, rules: dict[str, Any]) -> None:
    def impact(before: dict[str, Any], after: dict[str, Any]) -> Impact:
        name = f"{type}.b"
        return worst(found(stack(**{f"{type}__b": before}), stack(**{f"{type}__b": after}))[name]).impact

    def with_days(old: int, new: int) -> dict[str, Any]:
        text = json.dumps(rules)
        assert text.count(f": {old}}}") >= 1
        return dict(json.loads(text.replace(f": {old}}}", f": {new}}}")))

    assert impact(rules, with_days(90, 60)) == Impact.DATA_LOSS
    assert impact(rules, with_days(90, 120)) == IN_PLACE
    assert impact(rules, with_days(30, 7)) == Impact.DATA_LOSS
    (key,) = rules
    assert impact({key: []}, rules) == Impact.DATA_LOSS
    assert impact(rules, {key: []}) == IN_PLACE


def test_a_new_stack_moves_no_state_and_replaces_nothing() -> None:
    new = stack(aws_s3_bucket__a={"bucket": "a"}) | {
        "terraform": {"backend": {"s3": {"bucket": "a"}}},
        "provider": {"aws": [{"region": "eu-central-1"}]},
    }
    assert {worst(findings).impact for findings in found({}, new).values()} == {Impact.NO_OP}
