"""What the clouds refuse of a budget for the costs of an environment."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Protocol

from quantacirc_cdk.limits.aws import partition
from quantacirc_cdk.limits.clouds import Refused
from quantacirc_cdk.limits.rule import Range

_AZURE = "https://learn.microsoft.com/azure/templates/microsoft.consumption/budgets"

Amount = Annotated[int, Range(1, source=_AZURE)]
"""A whole amount of the bill's currency. Azure refuses less than 1, and fractions help nobody."""
Percent = Annotated[int, Range(1, 1000, "percent", source=_AZURE)]
"""A part of a budget. Azure, with the lowest maximum, takes up to 1000."""

MOST_ALERTS = {
    # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_CreateBudget.html, though the page
    # of the type `Notification` says ten
    "aws": 5,
    "azure": 5,  # https://learn.microsoft.com/azure/templates/microsoft.consumption/budgets
}
"""Alerts of a budget, of which one is that of the forecast. Google Cloud states no limit."""
MOST_RECIPIENTS = {
    # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_NotificationWithSubscribers.html
    "aws": 10,
    # https://cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets#notificationsrule
    "gcp": 5,
}
"""E-mail addresses of an alert. On Azure they belong to the action group."""
LONGEST_NAME = {
    # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html
    "aws": 100,
    # https://cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets
    "gcp": 60,
    # https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update
    "azure": 63,
}
"""Characters of a budget's name."""
FIRST_MONTH = "2017-06"
"""First month that Azure has budgets for (https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update)."""


class Budget(Protocol):
    """A budget, of the model or of the props."""

    @property
    def threshold_percents(self) -> Sequence[int]:
        """Parts of the amount that alert."""

    @property
    def billing_account(self) -> str | None:
        """Google Cloud: the account that pays."""

    @property
    def start_month(self) -> str | None:
        """Azure: the first month."""


def refused_budget(cloud: str, region: str, budget: Budget) -> Iterator[Refused]:
    """Yield thresholds, a billing account and a first month that a cloud refuses, or does not know, and a budget in
    GovCloud, whose costs are those of an account outside
    (https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/usage-and-payment.html).
    """
    if cloud == "aws" and partition(region) == "aws-us-gov":
        yield (), f"a budget in {region}", "none: create it in the standard account that pays for GovCloud"
    percents = budget.threshold_percents
    for index, percent in enumerate(percents):
        if percent in percents[:index]:
            yield ("threshold_percents", index), f"{percent} percent twice", "each percentage once"
    most = MOST_ALERTS.get(cloud, len(percents) + 1) - 1
    if len(percents) > most:
        expected = f"at most {most}: the cloud takes {most + 1} alerts, with that of the forecast"
        yield ("threshold_percents",), f"{len(percents)} percentages", expected
    yield from _only("gcp", cloud, "billing_account", budget.billing_account, "the account that pays for the project")
    yield from _only("azure", cloud, "start_month", budget.start_month, "the month of the first apply, or a later one")
    if cloud == "azure" and budget.start_month and budget.start_month < FIRST_MONTH:
        yield ("start_month",), f"{budget.start_month}, before Azure had budgets", f"{FIRST_MONTH} or later"


_NAMES = {"gcp": "Google Cloud", "azure": "Azure"}


def _only(needed_on: str, cloud: str, key: str, value: str | None, expected: str) -> Iterator[Refused]:
    """Yield a value that is missing on the cloud that needs it, or stated on another one."""
    if cloud == needed_on and value is None:
        yield (key,), f"a budget without `{key}`", expected
    elif cloud != needed_on and value is not None:
        yield (key,), f"`{key}`, which only {_NAMES[needed_on]} has", "none"


def refused_owners(cloud: str, owners: Sequence[str]) -> Iterator[Refused]:
    """Yield owners that the alerts of a budget cannot all be sent to."""
    most = MOST_RECIPIENTS.get(cloud, len(owners))
    if len(owners) > most:
        yield (), f"{len(owners)} owners of an environment with a budget", f"at most {most}: an alert takes no more"
    elif not owners:
        yield (), "a budget without owners, who would get its alerts", "at least one"
