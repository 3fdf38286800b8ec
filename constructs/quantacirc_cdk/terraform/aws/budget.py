"""The budget of an account, in AWS Budgets."""

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.interface.observability import Budget, ObservabilityProps, budget_name
from quantacirc_cdk.terraform.resource import Resource


def declare_budget(scope: Construct, name: str, props: ObservabilityProps, budget: Budget) -> None:
    """Create a budget that mails the owners.

    It counts all costs of the account: a filter for the tags of the stack would find nothing, and the budget never
    alert, until the payer's account activates these tags for cost allocation
    (https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html).
    """
    alerts = [("ACTUAL", percent) for percent in sorted(budget.threshold_percents)] + [("FORECASTED", 100)]
    Resource(
        scope,
        "aws_budgets_budget",
        name,
        name=budget_name(props),
        budget_type="COST",
        time_unit="MONTHLY",
        limit_amount=str(budget.monthly_amount),
        limit_unit="USD",
        notification=[
            {
                "notification_type": kind,
                "comparison_operator": "GREATER_THAN",
                "threshold": percent,
                "threshold_type": "PERCENTAGE",
                "subscriber_email_addresses": list(props.owners),
            }
            for kind, percent in alerts
        ],
    )
