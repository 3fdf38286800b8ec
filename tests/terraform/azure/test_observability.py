"""Alarms and DNS on Azure."""

from support.terraform.stacks import Json


def test_the_owners_hear_when_the_ledger_is_short_of_anything(prod: dict[str, Json]) -> None:
    group = prod["azurerm_monitor_action_group.alarms"]
    assert [receiver["email_address"] for receiver in group["email_receiver"]] == ["platform@quantacirc.example"]
    alarms = {a: v for a, v in prod.items() if a.startswith("azurerm_monitor_metric_alert.")}
    assert {v["criteria"][0]["metric_name"] for v in alarms.values()} == {
        "cpu_percent",
        "memory_percent",
        "storage_percent",
    }
    assert all(
        v["action"] == [{"action_group_id": "${azurerm_monitor_action_group.alarms.id}"}] for v in alarms.values()
    )


def test_the_zone_is_the_environments_domain(prod: dict[str, Json]) -> None:
    assert prod["azurerm_dns_zone.zone"]["name"] == "quantacirc.example"
