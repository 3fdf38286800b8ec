"""Alarms and the budget on Google Cloud."""

from pathlib import Path
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform.gcp import Observability
from quantacirc_cdk.terraform.interface import Budget, ObservabilityProps
from support.terraform.stacks import Json, resources, synthesized
from support.terraform.switched import Keys

PROPS: dict[str, Any] = {"name": "shop-prod", "region": "europe-west3", "account": "shop-prod", "keys": Keys()}
ACCOUNT = "012345-567890-ABCDEF"


def test_the_owners_hear_when_the_ledger_is_short_of_anything_or_silent(prod: dict[str, Json]) -> None:
    channel = prod["google_monitoring_notification_channel.alarms_1"]
    assert channel["labels"] == {"email_address": "platform@quantacirc.example"}
    alarms = {a: v for a, v in prod.items() if a.startswith("google_monitoring_alert_policy.")}
    nat = alarms.pop("google_monitoring_alert_policy.network_ports")
    nodes = {m: alarms.pop(f"google_monitoring_alert_policy.cluster_{m}") for m in ("cpu", "memory", "ready")}
    assert alarms.keys() == {f"google_monitoring_alert_policy.ledger_{m}" for m in ("cpu", "memory", "disk")}
    for alarm in alarms.values():
        condition = alarm["conditions"][0]["condition_threshold"]
        assert 'database_id = "quantacirc-prod:quantacirc-prod-ledger"' in condition["filter"]
        assert condition["evaluation_missing_data"] == "EVALUATION_MISSING_DATA_ACTIVE"
        assert alarm["notification_channels"] == ["${google_monitoring_notification_channel.alarms_1.name}"]
    for alarm in nodes.values():
        condition = alarm["conditions"][0]["condition_threshold"]
        assert 'resource.labels.cluster_name = "quantacirc-prod"' in condition["filter"]
        assert condition["filter"].count('"') % 2 == 0
        assert condition["evaluation_missing_data"] == "EVALUATION_MISSING_DATA_INACTIVE", "nodes come and go"
        assert alarm["notification_channels"] == ["${google_monitoring_notification_channel.alarms_1.name}"]
    ready = nodes["ready"]["conditions"][0]["condition_threshold"]
    assert ready["filter"].endswith('metric.labels.condition = "Ready" AND metric.labels.status != "True"')
    assert ready["aggregations"][0]["per_series_aligner"] == "ALIGN_FRACTION_TRUE"
    assert nat["notification_channels"] == ["${google_monitoring_notification_channel.alarms_1.name}"]
    condition = nat["conditions"][0]["condition_threshold"]
    assert f'gateway_name = "{prod["google_compute_router_nat.network"]["name"]}"' in condition["filter"]
    assert 'reason = "OUT_OF_RESOURCES"' in condition["filter"]
    assert condition["evaluation_missing_data"] == "EVALUATION_MISSING_DATA_INACTIVE"


def alarms(tmp_path: Path, **changes: Any) -> dict[str, Json]:
    budget = Budget(**{"monthly_amount": 500, "billing_account": ACCOUNT} | changes)
    props = ObservabilityProps(**PROPS, owners=["a@shop.example", "b@shop.example"], budget=budget)
    return resources(synthesized(tmp_path, lambda scope: Observability(scope, "alarms", props)))


def test_the_owners_hear_when_the_project_costs_too_much_or_will(tmp_path: Path) -> None:
    found = alarms(tmp_path, threshold_percents=[120, 55])
    budget = found["google_billing_budget.alarms"]
    assert (budget["billing_account"], budget["display_name"]) == (ACCOUNT, "shop-prod-budget")
    # The number: with the id, each plan would show a change.
    assert budget["budget_filter"] == {
        "projects": ["projects/${data.google_project.current.number}"],
        "calendar_period": "MONTH",
    }
    assert budget["amount"] == {"specified_amount": {"units": "500"}}
    assert budget["threshold_rules"] == [
        {"spend_basis": "CURRENT_SPEND", "threshold_percent": 0.55},
        {"spend_basis": "CURRENT_SPEND", "threshold_percent": 1.2},
        {"spend_basis": "FORECASTED_SPEND", "threshold_percent": 1},
    ]
    assert budget["all_updates_rule"] == {
        "monitoring_notification_channels": [
            f"${{google_monitoring_notification_channel.alarms_{number}.name}}" for number in (1, 2)
        ],
        "disable_default_iam_recipients": True,
    }
    assert budget["depends_on"] == ["google_project_service.billingbudgets"]
    assert found["google_project_service.billingbudgets"]["service"] == "billingbudgets.googleapis.com"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"billing_account": None}, "shop-prod.budget.billing_account: a budget without `billing_account`"),
        ({"billing_account": "ABC"}, "the id of a billing account such as 012345-567890-ABCDEF"),
        ({"start_month": "2026-12"}, "`start_month`, which only Azure has"),
    ],
)
def test_a_budget_is_what_google_cloud_takes(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PropsError) as error:
        alarms(tmp_path, **changes)
    assert said in str(error.value)
