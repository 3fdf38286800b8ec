"""The audit trail on Azure."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.azure import AuditTrail, Observability
from quantacirc_cdk.terraform.interface import AuditTrailProps, ObservabilityProps
from support.terraform.stacks import Json

Declared = Callable[[Callable[[Stack, dict[str, Any]], object]], dict[str, Json]]


def trail(declared: Declared, **changes: Any) -> dict[str, Json]:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        AuditTrail(scope, "audit-trail", AuditTrailProps(name="shop-prod", **shared, **changes))

    return declared(declare)


def test_the_activity_log_of_the_subscription_is_kept_in_the_workspace(declared: Declared) -> None:
    found = trail(declared, retention_days=400)
    setting = found["azurerm_monitor_diagnostic_setting.audit_trail"]
    assert setting["target_resource_id"] == "/subscriptions/11111111-1111-4111-8111-111111111111"
    assert setting["log_analytics_workspace_id"] == "${azurerm_log_analytics_workspace.logs.id}"
    assert {"category": "Administrative"} in setting["enabled_log"]
    assert found["azurerm_log_analytics_workspace.logs"]["retention_in_days"] == 400
    assert not [address for address in found if "security_center" in address]


def test_defender_watches_containers_where_it_is_asked_to(declared: Declared) -> None:
    plan = trail(declared, threat_detection=True)["azurerm_security_center_subscription_pricing.audit_trail"]
    assert (plan["resource_type"], plan["tier"]) == ("Containers", "Standard")


def test_the_owners_hear_of_security_alerts_of_the_subscription(declared: Declared) -> None:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        made = AuditTrail(scope, "audit-trail", AuditTrailProps(name="shop-prod", threat_detection=True, **shared))
        owners = ("a@shop.example",)
        Observability(scope, "alarms", ObservabilityProps(name="shop-prod", owners=owners, **shared)).watch_threats(
            made
        )

    alert = declared(declare)["azurerm_monitor_activity_log_alert.audit_trail_threats"]
    assert alert["scopes"] == ["/subscriptions/11111111-1111-4111-8111-111111111111"]
    assert (alert["criteria"], alert["location"]) == ({"category": "Security"}, "global")
    assert alert["action"] == [{"action_group_id": "${azurerm_monitor_action_group.alarms.id}"}]


def test_a_trail_without_threat_detection_finds_none(declared: Declared) -> None:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        made = AuditTrail(scope, "audit-trail", AuditTrailProps(name="shop-prod", **shared))
        Observability.from_existing(name="shop-prod", targets=["group"]).watch_threats(made)

    with pytest.raises(PropsError, match="shop-prod: an audit trail without threat detection, which finds no threats"):
        declared(declare)


@pytest.mark.parametrize("days", [29, 731])
def test_a_trail_is_kept_as_long_as_a_workspace_can(declared: Declared, days: int) -> None:
    with pytest.raises(PropsError, match=f"{days} days, expected 30 to 730"):
        trail(declared, retention_days=days)
