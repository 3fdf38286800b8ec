"""Alarms for managed resources and for costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.limits.budgets import LONGEST_NAME, Amount, Percent, refused_budget, refused_owners
from quantacirc_cdk.limits.cloud_names import BillingAccount
from quantacirc_cdk.limits.formats import Email, Month
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.rules import Rules
from quantacirc_cdk.text.terraform import has_expression

LATE_SECONDS = 300
"""Seconds that a read replica of a database may be behind for 15 minutes before an alarm."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What the resources of a stack may cost in a calendar month. It alerts and stops nothing."""

    monthly_amount: Amount
    """Whole amount for a month: in US dollars on AWS, in the currency of the bill elsewhere."""
    threshold_percents: Sequence[Percent] = (50, 80, 100)
    """Parts of the amount, in percent, of which each alerts when the costs exceed it; at most 4 on AWS and Azure. The
    forecast alerts at 100 percent."""
    billing_account: BillingAccount | None = None
    """Google Cloud, required there: the billing account of the project."""
    start_month: Month | None = None
    """Azure, required there: the first month, ``2026-12``. Without effect on a budget that exists."""


@dataclass(frozen=True, kw_only=True)
class ObservabilityProps:
    """A topic for alarms, its recipients by e-mail, and a budget."""

    name: str
    """Prefix of the alarms' names."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription."""
    keys: KeyRingLike
    """Keys for the messages."""
    owners: Sequence[Email] = ()
    """E-mail addresses that every alarm is sent to."""
    budget: Budget | None = None
    """What the stack may cost in a month; no budget by default."""

    def check_budget(self, cloud: str) -> None:
        """Raise ``PropsError`` for a budget that ``cloud`` refuses."""
        if self.budget is None:
            return
        rules = Rules(self.name)
        rules.refused(refused_budget(cloud, self.region, self.budget), "budget")
        rules.refused(refused_owners(cloud, self.owners), "owners")
        if not has_expression(self.name) and len(budget_name(self)) > LONGEST_NAME[cloud]:
            rules.refuse("name", f'the budget "{budget_name(self)}"', f"at most {LONGEST_NAME[cloud]} characters")
        rules.check()


def budget_name(props: ObservabilityProps) -> str:
    """Return the name of the budget."""
    return f"{props.name}-budget"


@dataclass(frozen=True, kw_only=True)
class ExistingObservability:
    """Existing targets of alarms: topics, channels or action groups."""

    name: str
    """Prefix of the alarms' names."""
    targets: Sequence[str]
    """Ids of the targets: topic ARNs, names of notification channels, ids of action groups."""
