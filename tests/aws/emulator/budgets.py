"""What moto's Budgets lacks: who an alert is sent to, tags, and changes of a budget."""

import json

from moto.budgets.models import Budget
from moto.budgets.responses import BudgetsResponse


def install() -> None:
    """Answer these operations, too."""
    BudgetsResponse.describe_subscribers_for_notification = _subscribers
    BudgetsResponse.list_tags_for_resource = _tags
    BudgetsResponse.update_budget = _update


def _subscribers(self: BudgetsResponse) -> str:
    """Return the subscribers of a notification."""
    budget: Budget = self.backend.budgets[self._get_param("AccountId")][self._get_param("BudgetName")]
    wanted = _of(self._get_param("Notification"))
    return json.dumps(
        {"Subscribers": next(one.subscribers for one in budget.notifications if _of(one.details) == wanted)}
    )


def _of(notification: dict[str, object]) -> tuple[object, ...]:
    """Return what tells a notification from others."""
    return tuple(notification[key] for key in ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType"))


def _tags(self: BudgetsResponse) -> str:
    """Return no tags: moto does not keep those of a budget."""
    return json.dumps({"ResourceTags": []})


def _update(self: BudgetsResponse) -> str:
    """Change a budget, and keep its notifications."""
    changed = self._get_param("NewBudget")
    self.backend.budgets[self._get_param("AccountId")][changed["BudgetName"]].budget |= changed
    return json.dumps({})
