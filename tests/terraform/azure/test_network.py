"""The network on Azure."""

import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.azure import Network
from quantacirc_cdk.terraform.azure.network import ranges
from quantacirc_cdk.terraform.azure.security_rules import security_rules
from quantacirc_cdk.terraform.interface import NetworkProps, OpenPort
from support.rich import scenarios, write
from support.terraform.stacks import Json, read_stack, resources
from support.terraform.switched import synthesize

Declared = Callable[..., dict[str, Json]]


def network(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Any, shared: dict[str, Any]) -> None:
        keys = shared.pop("keys")
        props = {"name": "main", "cidr": "10.0.0.0/16", "log_key_id": keys.key_id("logs"), **shared, **changes}
        Network(scope, "network", NetworkProps(**props))

    return declared(declare)


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "10.1.4.0/22", "172.16.0.0/19"])
def test_ranges_fill_the_network_and_do_not_overlap(cidr: str) -> None:
    found = [ipaddress.IPv4Network(part) for part in ranges(cidr)]
    assert list(ipaddress.collapse_addresses(found)) == [ipaddress.IPv4Network(cidr)]
    assert sum(part.num_addresses for part in found) == ipaddress.IPv4Network(cidr).num_addresses
    # What delegated subnets and Application Gateway need at least.
    assert found[4].prefixlen <= 28
    assert found[2].prefixlen <= 28
    assert found[1].prefixlen <= 24


def test_no_subnet_reaches_out_but_by_nat(prod: dict[str, Json]) -> None:
    subnets = {a: v for a, v in prod.items() if a.startswith("azurerm_subnet.")}
    assert {v["name"] for v in subnets.values()} == {"private", "public", "database", "endpoints", "control-plane"}
    assert all(subnet["default_outbound_access_enabled"] is False for subnet in subnets.values())
    assert "network_private" in prod["azurerm_subnet_nat_gateway_association.network"]["subnet_id"]


def test_every_subnet_has_rules_that_end_with_a_refusal(prod: dict[str, Json]) -> None:
    groups = {a: v for a, v in prod.items() if a.startswith("azurerm_network_security_group.")}
    assert len(groups) == 5
    for group in groups.values():
        last = max(group["security_rule"], key=lambda rule: rule["priority"])
        assert (last["access"], last["source_address_prefix"], last["protocol"]) == ("Deny", "*", "*")


def test_clients_of_load_balancers_pass_the_rules_of_the_nodes() -> None:
    ssh = OpenPort("ssh", 22, "Tcp", ("203.0.113.0/24",))
    rules = security_rules("10.0.0.0/23", None, (), [OpenPort("media", 10000, "Udp"), ssh])
    keys = ("name", "protocol", "source_address_prefix", "source_address_prefixes", "destination_port_ranges")
    assert [tuple(rule[key] for key in keys) for rule in rules[:-1]] == [
        ("media", "Udp", "Internet", [], ["10000"]),
        ("ssh", "Tcp", "", ["203.0.113.0/24"], ["22"]),
    ]
    assert {rule["access"] for rule in rules[:-1]} == {"Allow"}
    assert len({rule["priority"] for rule in rules}) == 3


def test_only_the_nodes_reach_the_databases() -> None:
    rules = security_rules("10.0.3.0/24", "10.0.0.0/23")
    allowed = {rule["source_address_prefix"]: rule["destination_port_ranges"] for rule in rules[:-1]}
    assert allowed == {"10.0.0.0/23": ["443", "5432"], "10.0.3.0/24": []}


def test_the_control_plane_is_reached_by_https_only(prod: dict[str, Json]) -> None:
    rules = prod["azurerm_network_security_group.network_control_plane"]["security_rule"]
    outside = [rule["destination_port_ranges"] for rule in rules if rule["source_address_prefix"] == "Internet"]
    assert outside == [["443"]]


@pytest.mark.parametrize(("nat", "sku", "zones"), [("single", "Standard", None), ("per-zone", "StandardV2", 3)])
def test_nat_survives_a_zone_where_asked(nat: str, sku: str, zones: int | None, declared: Declared) -> None:
    found = network(declared, nat=nat)
    assert found["azurerm_nat_gateway.network"]["sku_name"] == sku
    assert len(found["azurerm_public_ip.network"].get("zones", ())) == (zones or 0)


def test_flow_logs_are_encrypted_and_removed_in_time(declared: Declared) -> None:
    found = network(declared, flow_log_retention_days=60)
    log = found["azurerm_network_watcher_flow_log.network_flow_logs"]
    assert log["retention_policy"] == {"enabled": True, "days": 60}
    assert log["target_resource_id"] == "${azurerm_virtual_network.network.id}"
    store = found["azurerm_storage_account.network_flow_logs"]
    assert store["customer_managed_key"]["key_vault_key_id"] == "${azurerm_key_vault_key.logs.versionless_id}"


def test_services_have_addresses_inside_whenever_they_were_declared(
    prod: dict[str, Json], dev: dict[str, Json]
) -> None:
    endpoints = {a.partition(".")[2] for a in prod if a.startswith("azurerm_private_endpoint.")}
    # The vault of keys comes before the network, the registry after it.
    assert endpoints == {
        "artifacts_blob",
        "backups_blob",
        "keys_vault",
        "network_flow_logs_blob",
        "registry_registry",
        "secrets_vault",
    }
    assert [a for a in dev if a.startswith("azurerm_private_endpoint.")] == [
        "azurerm_private_endpoint.registry_registry"
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cidr": "10.0.0.0/24"}, "main.cidr: a /24, expected a /16 to /22"),
        ({"zones": 4}, "main.zones: found 4, expected 1 to 3"),
        ({"flow_log_retention_days": 400}, "expected 1 to 365 days"),
        ({"pod_cidr": "10.0.0.0/16"}, "overlaps"),
        ({"name": "n" * 51}, "at most 50"),
    ],
)
def test_what_azure_does_not_take_is_refused(changes: dict[str, Any], said: str, declared: Declared) -> None:
    with pytest.raises(PropsError, match=said):
        network(declared, **changes)


def test_a_key_of_somebody_elses_is_refused_because_nobody_may_use_it(declared: Declared) -> None:
    with pytest.raises(PropsError, match="is not a key of a KeyRing in this stack"):
        network(declared, log_key_id="https://vault/keys/theirs")


@pytest.mark.integration
def test_an_environment_opens_the_ports_of_its_routes_to_their_clients(tmp_path: Path) -> None:
    system, environment = scenarios()["azure"]
    out = synthesize(write(tmp_path / "project", system, environment).root, tmp_path / "out")
    (stack,) = [one for one in (out / "stacks").iterdir() if not one.name.endswith("bootstrap")]
    group = resources(read_stack(out, stack.name))["azurerm_network_security_group.network_private"]
    found = {rule["name"]: rule for rule in group["security_rule"] if rule["destination_port_ranges"] == ["777"]}
    assert found
    for rule in found.values():
        assert (rule["protocol"], rule["source_address_prefixes"]) == ("Udp", ["203.0.113.0/24"])
