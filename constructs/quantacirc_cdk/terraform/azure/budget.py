"""The budget of a stack's resource groups, in Cost Management."""

from quantacirc_cdk.terraform.azure.place import place_of
from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.observability import Budget, ObservabilityProps, budget_name
from quantacirc_cdk.terraform.resource import Resource


def declare_budget(
    scope: Construct, name: str, props: ObservabilityProps, budget: Budget, action_group_id: str
) -> None:
    """Create a budget for the costs of the stack's resource groups, that alerts through an action group.

    The budget of one group would not count the nodes: AKS creates them in a separate group. The first month only
    matters when the budget is created; a later change would replace it, and so has no effect
    (https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update).
    """
    place = place_of(scope)
    alerts = [("Actual", percent) for percent in sorted(budget.threshold_percents)] + [("Forecasted", 100)]
    Resource(
        scope,
        "azurerm_consumption_budget_subscription",
        name,
        name=budget_name(props),
        subscription_id=f"/subscriptions/{place.account}",
        amount=budget.monthly_amount,
        time_grain="Monthly",
        time_period={"start_date": f"{budget.start_month}-01T00:00:00Z"},
        filter={"dimension": [{"name": "ResourceGroupName", "values": place.groups}]},
        notification=[
            {
                "threshold_type": kind,
                "threshold": percent,
                "operator": "GreaterThan",
                "contact_groups": [action_group_id],
            }
            for kind, percent in alerts
        ],
        lifecycle={"ignore_changes": ["time_period"]},
    )
