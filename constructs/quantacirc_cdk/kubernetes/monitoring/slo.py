"""Service level objectives: alerts on how fast an error budget burns, each in a long and a short window.

The windows and factors are those of https://sre.google/workbook/alerting-on-slos/ (multiwindow, multi-burn-rate): the
long window sees that much of the budget is gone, the short one that it is still going.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, Recording, Severity

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A share of events that must be good, over thirty days."""

    name: str
    """Start of the alerts' names, words run together (``Task``)."""
    noun: str
    """What the events are, for people (``tasks``)."""
    series: str
    """Level and metric of the recorded series (``agent:tasks``)."""
    by: tuple[str, ...]
    """Labels that each have an objective of their own."""
    bad: str
    """Selector of the counter of bad events, without a range."""
    total: str
    """Selector of the counter of all events, without a range."""
    percent: float
    """Good events in a hundred (99.0)."""
    least: int = 5
    """Bad events in the long window below which nobody is told: one of two in a quiet night says nothing."""


@dataclass(frozen=True)
class _Burn:
    """How fast the budget may burn before people are told."""

    suffix: str
    factor: float
    long: str
    short: str
    minutes: int
    severity: Severity
    gone: str


BURNS = (
    _Burn("BudgetBurnsFast", 14.4, "1h", "5m", 2, "critical", "2% of a month's budget within an hour"),
    _Burn("BudgetBurnsFast", 6, "6h", "30m", 15, "critical", "5% of a month's budget within six hours"),
    _Burn("BudgetBurnsSlowly", 3, "1d", "2h", 60, "warning", "10% of a month's budget within a day"),
    _Burn("BudgetBurnsSlowly", 1, "3d", "6h", 180, "warning", "10% of a month's budget within three days"),
)


def recorded(objective: Objective, window: str) -> str:
    """Return the name of the series with the share of bad events in a window."""
    return f"{objective.series}_bad:ratio_rate{window}"


def burn_rate_recordings(objective: Objective) -> Sequence[Recording]:
    """Return the share of bad events in every window; no series where there was no event at all."""
    by = f"sum by ({', '.join(objective.by)})"
    return [
        Recording(
            name=recorded(objective, window),
            # Without `or` a level that never failed would have no bad events rather than none.
            expression=(
                f"({by} (rate({objective.bad}[{window}])) or 0 * {by} (rate({objective.total}[{window}])))\n"
                f"/ ({by} (rate({objective.total}[{window}])) > 0)"
            ),
        )
        for window in WINDOWS
    ]


def burn_rate_alerts(objective: Objective) -> Sequence[Alert]:
    """Return four alerts, two for each name: a budget that is gone in days, and one that does not last the month."""
    budget = (100 - objective.percent) / 100
    return [
        Alert(
            name=f"{objective.name}{burn.suffix}",
            expression=(
                f"{recorded(objective, burn.long)} > {burn.factor * budget:.6g}\n"
                f"and {recorded(objective, burn.short)} > {burn.factor * budget:.6g}\n"
                f"and sum by ({', '.join(objective.by)}) (increase({objective.bad}[{burn.long}])) >= {objective.least}"
            ),
            minutes=burn.minutes,
            severity=burn.severity,
            summary=f"{{{{ $value | humanizePercentage }}}} of the {objective.noun}"
            f"{_of(objective.by)} fail, {burn.factor:g} times what the objective allows.",
            description=f"{burn.gone}: at most {100 - objective.percent:.3g}% of all {objective.noun} of thirty days "
            "may "
            "fail. At this rate the objective is missed.",
            labels={"long_window": burn.long, "short_window": burn.short},
        )
        for burn in BURNS
    ]


def _of(labels: Sequence[str]) -> str:
    return f" of {', '.join(f'{{{{ $labels.{label} }}}}' for label in labels)}" if labels else ""
