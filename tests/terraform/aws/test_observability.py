"""The budget on AWS."""

from collections.abc import Callable
from typing import Any

import pytest

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.terraform import Stack
from quantacirc_cdk.terraform.aws import Observability
from quantacirc_cdk.terraform.interface import Budget, ObservabilityProps
from support.terraform.stacks import Json

Declared = Callable[[Callable[[Stack, dict[str, Any]], object]], dict[str, Json]]
OWNERS = ("a@shop.example", "b@shop.example")


def alarms(declared: Declared, budget: Budget | None, **changes: Any) -> dict[str, Json]:
    def declare(scope: Stack, shared: dict[str, Any]) -> None:
        props = {"name": "shop-prod", "owners": OWNERS, "budget": budget, **shared, **changes}
        Observability(scope, "alarms", ObservabilityProps(**props))

    return declared(declare)


def test_the_owners_hear_when_the_account_costs_too_much_or_will(declared: Declared) -> None:
    budget = alarms(declared, Budget(monthly_amount=500, threshold_percents=[100, 50]))["aws_budgets_budget.alarms"]
    assert budget["name"] == "shop-prod-budget"
    assert (budget["budget_type"], budget["time_unit"]) == ("COST", "MONTHLY")
    assert (budget["limit_amount"], budget["limit_unit"]) == ("500", "USD")
    shared = {"comparison_operator": "GREATER_THAN", "threshold_type": "PERCENTAGE"}
    shared["subscriber_email_addresses"] = [*OWNERS]
    assert budget["notification"] == [
        {"notification_type": "ACTUAL", "threshold": 50, **shared},
        {"notification_type": "ACTUAL", "threshold": 100, **shared},
        {"notification_type": "FORECASTED", "threshold": 100, **shared},
    ]
    # A filter for tags that nobody activated finds no costs.
    assert "cost_filter" not in budget


def test_there_is_no_budget_by_default(declared: Declared, prod: dict[str, Json]) -> None:
    assert "aws_budgets_budget.alarms" not in alarms(declared, None)
    assert not [address for address in prod if "budget" in address]


@pytest.mark.parametrize(
    ("budget", "changes", "said"),
    [
        ({"threshold_percents": [1, 2, 3, 4, 5]}, {}, "shop-prod.budget.threshold_percents: 5 percentages"),
        ({"threshold_percents": [50, 50]}, {}, "shop-prod.budget.threshold_percents[1]: 50 percent twice"),
        ({"threshold_percents": [0]}, {}, "budget.threshold_percents"),
        ({"monthly_amount": 0}, {}, "budget.monthly_amount"),
        ({"start_month": "2026-12"}, {}, "`start_month`, which only Azure has"),
        ({"billing_account": "012345-567890-ABCDEF"}, {}, "`billing_account`, which only Google Cloud has"),
        ({}, {"owners": ()}, "a budget without owners, who would get its alerts"),
        ({}, {"owners": [f"a{number}@shop.example" for number in range(11)]}, "11 owners"),
        ({}, {"region": "us-gov-west-1"}, "shop-prod.budget: a budget in us-gov-west-1"),
        ({}, {"name": "s" * 94}, "expected at most 100 characters"),
    ],
)
def test_a_budget_is_what_aws_takes(
    declared: Declared, budget: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(PropsError) as error:
        alarms(declared, Budget(**{"monthly_amount": 500} | budget), **changes)
    assert said in str(error.value)
