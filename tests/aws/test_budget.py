"""A budget on AWS is created, and changed in place, by the real Terraform and provider on loopback."""

from pathlib import Path
from typing import Any

import pytest

from aws.service import served
from aws.stack import AppliedStack
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.aws import Observability, Provider
from quantacirc_cdk.terraform.interface import Budget, ExistingKeyRing, ObservabilityProps
from support.terraform.stacks import synthesized

pytestmark = [pytest.mark.cloud, pytest.mark.terraform]

ACCOUNT, REGION = "111122223333", "eu-central-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-4111-8111-111111111111"


def test_a_budget_settles_and_takes_another_amount_and_other_thresholds(tmp_path: Path) -> None:
    def written(name: str, budget: Budget) -> Path:
        synthesized(tmp_path / name, lambda stack: declare(stack, budget))
        return tmp_path / name / "stacks" / "test"

    with served(ACCOUNT, REGION, tmp_path) as aws:
        stack = AppliedStack.first(tmp_path / "one", written("first", Budget(monthly_amount=500)), aws)
        stack.apply()
        assert stack.plan() == {}, "a second plan finds something to do"

        stack.replace(written("second", Budget(monthly_amount=700, threshold_percents=[90])))
        (actions, changed) = stack.plan()["aws_budgets_budget.alarms"]
        assert (actions, changed.keys()) == (["update"], {"limit_amount", "notification"})
        stack.apply()
        assert stack.plan() == {}

        (budget,) = aws.ask("budgets", "describe_budgets", AccountId=ACCOUNT)["Budgets"]
        assert float(budget["BudgetLimit"]["Amount"]) == 700
        asked = {"AccountId": ACCOUNT, "BudgetName": "shop-prod-budget"}
        alerts = aws.ask("budgets", "describe_notifications_for_budget", **asked)["Notifications"]
        assert {(one["NotificationType"], one["Threshold"]) for one in alerts} == {("ACTUAL", 90), ("FORECASTED", 100)}
        assert stack.destroy().returncode == 0


def declare(stack: Stack, budget: Budget) -> None:
    place: dict[str, Any] = {"region": REGION, "account": ACCOUNT}
    Provider(stack, "provider", **place, recovery_region=None, tags={})
    keys = ExistingKeyRing(keys={"logs": KEY})
    props = ObservabilityProps(name="shop-prod", **place, keys=keys, owners=["a@shop.example"], budget=budget)
    Observability(stack, "alarms", props)
