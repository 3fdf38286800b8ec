"""The budget of a project, in Cloud Billing."""

from collections.abc import Sequence

from quantacirc_cdk.terraform.engine import Construct
from quantacirc_cdk.terraform.gcp.services import enable, project_number
from quantacirc_cdk.terraform.interface.observability import Budget, ObservabilityProps, budget_name
from quantacirc_cdk.terraform.resource import Resource


def declare_budget(
    scope: Construct, name: str, props: ObservabilityProps, budget: Budget, channels: Sequence[str]
) -> None:
    """Create a budget for the costs of the project, in the currency of its billing account, that alerts through
    ``channels`` alone.

    By default, Google Cloud would also mail the administrators of the billing account
    (https://cloud.google.com/billing/docs/how-to/budgets-notification-recipients).
    """
    rules = [("CURRENT_SPEND", percent / 100) for percent in sorted(budget.threshold_percents)]
    Resource(
        scope,
        "google_billing_budget",
        name,
        billing_account=budget.billing_account,
        display_name=budget_name(props),
        budget_filter={"projects": [f"projects/{project_number(scope)}"], "calendar_period": "MONTH"},
        amount={"specified_amount": {"units": str(budget.monthly_amount)}},
        threshold_rules=[
            {"spend_basis": basis, "threshold_percent": part} for basis, part in (*rules, ("FORECASTED_SPEND", 1))
        ],
        all_updates_rule={
            "monitoring_notification_channels": list(channels),
            "disable_default_iam_recipients": True,
        },
        depends_on=enable(scope, "billingbudgets"),
    )
