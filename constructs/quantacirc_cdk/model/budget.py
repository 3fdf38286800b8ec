"""The budget of an environment: what it may cost, and when its owners receive an alert."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.limits import budgets, cloud_names
from quantacirc_cdk.limits.formats import Month
from quantacirc_cdk.model.base import Section


class Budget(Section):
    """What an environment may cost in a calendar month. The cloud sends the owners an e-mail when its costs reach a
    part of the amount, and when they are forecast to exceed it; it stops nothing."""

    monthly_amount: budgets.Amount
    """Amount for a month, as a whole number. AWS: in US dollars, for the whole account. Google Cloud and Azure: in the
    currency of the bill, for the project and for the resource groups of the stack."""
    threshold_percents: Annotated[list[budgets.Percent], Field(min_length=1)] = [50, 80, 100]
    """Parts of the amount, in percent, of which each sends an alert when the costs of the month exceed it. At most 4 on
    AWS and Azure. The forecast always sends one at 100 percent."""
    billing_account: cloud_names.BillingAccount | None = None
    """Google Cloud, required there: the billing account of the project, `012345-567890-ABCDEF`."""
    start_month: Month | None = None
    """Azure, required there: the first month of the budget, `2026-12`. Azure refuses a month that has passed when it
    creates the budget. Without effect on a budget that exists."""
