"""Alarms, the budget and DNS on Azure."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.azure import Cluster, Network, Observability
from quantacirc_cdk.terraform.interface import Budget, ClusterProps, NodePoolProps, ObservabilityProps
from support.terraform.stacks import Json

Declared = Callable[[Callable[[Stack, dict[str, Any]], object]], dict[str, Json]]
NETWORK = Network.from_existing(
    network_id="n", cidr="10.0.0.0/16", private_subnet_ids=["p"] * 3, control_plane_subnet_id="c"
)
POOL = NodePoolProps(cpu=4, memory_gib=16, min_nodes=3, max_nodes=6)


def test_the_owners_hear_when_the_ledger_is_short_of_anything(prod: dict[str, Json]) -> None:
    group = prod["azurerm_monitor_action_group.alarms"]
    assert [receiver["email_address"] for receiver in group["email_receiver"]] == ["platform@quantacirc.example"]
    alarms = {a: v for a, v in prod.items() if a.startswith("azurerm_monitor_metric_alert.")}
    assert {v["criteria"][0]["metric_name"] for v in alarms.values()} == {
        "cpu_percent",
        "memory_percent",
        "storage_percent",
        "SNATConnectionCount",
        "apiserver_cpu_usage_percentage",
        "apiserver_memory_usage_percentage",
        "etcd_database_usage_percentage",
        "kube_node_status_condition",
        "node_cpu_usage_percentage",
        "node_disk_usage_percentage",
        "node_memory_working_set_percentage",
    }
    ready = alarms["azurerm_monitor_metric_alert.cluster_ready"]
    assert ready["scopes"] == ["${azurerm_kubernetes_cluster.cluster.id}"]
    assert {one["name"]: one["values"] for one in ready["criteria"][0]["dimension"]} == {
        "condition": ["Ready"],
        "node": ["*"],
        "status": ["false", "unknown"],
    }
    assert "dimension" not in alarms["azurerm_monitor_metric_alert.cluster_cpu"]["criteria"][0]
    nat = alarms["azurerm_monitor_metric_alert.network_ports"]
    assert nat["scopes"] == ["${azurerm_nat_gateway.network.id}"]
    assert nat["criteria"][0]["dimension"] == [{"name": "ConnectionState", "operator": "Include", "values": ["Failed"]}]
    assert all(
        v["action"] == [{"action_group_id": "${azurerm_monitor_action_group.alarms.id}"}] for v in alarms.values()
    )


def test_the_zone_is_the_environments_domain(prod: dict[str, Json]) -> None:
    assert prod["azurerm_dns_zone.zone"]["name"] == "quantacirc.example"


def alarms(declared: Declared, *, with_cluster: bool = False, **changes: Any) -> dict[str, Json]:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        if with_cluster:
            cluster = {"name": "shop-prod", "network": NETWORK, "kubernetes_version": "1.34"}
            Cluster(scope, "cluster", ClusterProps(**cluster, node_pools={"base": POOL}, **shared))
        budget = Budget(**{"monthly_amount": 500, "start_month": "2026-12"} | changes)
        props = ObservabilityProps(name="shop-prod", owners=["a@shop.example"], budget=budget, **shared)
        Observability(scope, "alarms", props)

    return declared(declare)


def test_the_owners_hear_when_the_resource_groups_cost_too_much_or_will(declared: Declared) -> None:
    budget = alarms(declared, threshold_percents=[100, 50])["azurerm_consumption_budget_subscription.alarms"]
    assert (budget["name"], budget["amount"], budget["time_grain"]) == ("shop-prod-budget", 500, "Monthly")
    assert budget["subscription_id"] == "/subscriptions/11111111-1111-4111-8111-111111111111"
    shared = {"operator": "GreaterThan", "contact_groups": ["${azurerm_monitor_action_group.alarms.id}"]}
    assert budget["notification"] == [
        {"threshold_type": "Actual", "threshold": 50, **shared},
        {"threshold_type": "Actual", "threshold": 100, **shared},
        {"threshold_type": "Forecasted", "threshold": 100, **shared},
    ]


def test_a_budget_counts_the_nodes_which_are_in_a_group_of_their_own(declared: Declared) -> None:
    groups = ["${azurerm_resource_group.main.name}", "${azurerm_resource_group.recovery.name}"]
    for with_cluster, nodes in ((False, []), (True, ["${azurerm_kubernetes_cluster.cluster.node_resource_group}"])):
        found = alarms(declared, with_cluster=with_cluster)["azurerm_consumption_budget_subscription.alarms"]
        assert found["filter"] == {"dimension": [{"name": "ResourceGroupName", "values": [*groups, *nodes]}]}


def test_another_first_month_does_not_replace_a_budget(declared: Declared) -> None:
    budget = alarms(declared)["azurerm_consumption_budget_subscription.alarms"]
    assert budget["time_period"] == {"start_date": "2026-12-01T00:00:00Z"}
    assert budget["lifecycle"] == {"ignore_changes": ["time_period"]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start_month": None}, "shop-prod.budget.start_month: a budget without `start_month`"),
        ({"start_month": "2026-13"}, "a month such as 2026-12"),
        ({"start_month": "2016-12"}, "2016-12, before Azure had budgets"),
        ({"billing_account": "012345-567890-ABCDEF"}, "`billing_account`, which only Google Cloud has"),
        ({"threshold_percents": [1, 2, 3, 4, 5]}, "5 percentages, expected at most 4"),
    ],
)
def test_a_budget_is_what_azure_takes(declared: Declared, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PropsError) as error:
        alarms(declared, **changes)
    assert said in str(error.value)
