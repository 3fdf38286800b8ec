"""Service level objectives: alerts on the burn rate of an error budget, each with a long and a short window.

The windows and factors are those of https://sre.google/workbook/alerting-on-slos/ (multiwindow, multi-burn-rate). The
long window detects that a part of the budget is used up, the short one that the burn rate is still high.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from quantacirc_cdk.kubernetes.monitoring.prometheus_rule import Alert, Recording, Severity

WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


@dataclass(frozen=True, kw_only=True)
class Objective:
    """Target percentage of good events over thirty days."""

    name: str
    """Prefix of the alert names, in CamelCase (``Task``)."""
    noun: str
    """Noun for the events in messages (``tasks``)."""
    series: str
    """Level and metric in the names of the recorded series (``agent:tasks``)."""
    by: tuple[str, ...]
    """Labels; each combination of their values has a separate error budget."""
    bad: str
    """Selector of the counter of bad events, without a range."""
    total: str
    """Selector of the counter of all events, without a range."""
    percent: float
    """Percentage of events that must be good (99.0)."""
    least: int = 5
    """Minimum number of bad events in the long window for an alert, because a high ratio of a few events is not
    significant.
    """
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the recorded series that tell them from those of other releases."""


@dataclass(frozen=True)
class _Burn:
    """A burn rate that triggers an alert."""

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


def selected(objective: Objective, window: str) -> str:
    """Return the selector of the series with the share of bad events in a window."""
    matchers = ",".join(f'{name}="{text}"' for name, text in objective.labels.items())
    return recorded(objective, window) + (f"{{{matchers}}}" if matchers else "")


def canary_query(objective: Objective, pods: str, window: str = WINDOWS[0]) -> str:
    """Return the query for the share of bad events of the pods whose names match ``pods``, a regular expression.

    The result always is one number: 0 without events, and with fewer bad events in the window than ``least``.
    """
    bad, total = (_narrowed(selector, f'pod=~"{pods}"') for selector in (objective.bad, objective.total))
    return (
        f"(sum(rate({bad}[{window}])) / (sum(rate({total}[{window}])) > 0)\n"
        f"and sum(increase({bad}[{window}])) >= {objective.least})\n"
        "or vector(0)"
    )


def _narrowed(selector: str, matcher: str) -> str:
    """Return a selector with another matcher."""
    metric, _, matchers = selector.removesuffix("}").partition("{")
    return f"{metric}{{{','.join(filter(None, (matchers, matcher)))}}}"


def burn_rate_recordings(objective: Objective) -> Sequence[Recording]:
    """Return a recording rule for the ratio of bad events in each window; no series without events."""
    by = f"sum by ({', '.join(objective.by)})"
    return [
        Recording(
            name=recorded(objective, window),
            # Without `or`, a series with no failures would be absent instead of 0.
            expression=(
                f"({by} (rate({objective.bad}[{window}])) or 0 * {by} (rate({objective.total}[{window}])))\n"
                f"/ ({by} (rate({objective.total}[{window}])) > 0)"
            ),
            labels=objective.labels,
        )
        for window in WINDOWS
    ]


def burn_rate_alerts(objective: Objective) -> Sequence[Alert]:
    """Return four alerts, two for each name: one for a budget that is used up within days, one for a budget that does
    not last the month.
    """
    budget, by = (100 - objective.percent) / 100, ", ".join(objective.by)
    return [
        Alert(
            name=f"{objective.name}{burn.suffix}",
            expression=(
                f"{selected(objective, burn.long)} > {burn.factor * budget:.6g}\n"
                f"and {selected(objective, burn.short)} > {burn.factor * budget:.6g}\n"
                f"and on ({by}) sum by ({by}) (increase({objective.bad}[{burn.long}])) >= {objective.least}"
            ),
            minutes=burn.minutes,
            severity=burn.severity,
            summary=f"{{{{ $value | humanizePercentage }}}} of the {objective.noun}"
            f"{_of(objective.by)} fail, {burn.factor:g} times what the objective allows.",
            description=f"{burn.gone}: at most {100 - objective.percent:.3g}% of all {objective.noun} of thirty days "
            "may "
            "fail. At this rate, the objective will be missed.",
            labels={"long_window": burn.long, "short_window": burn.short},
        )
        for burn in BURNS
    ]


def _of(labels: Sequence[str]) -> str:
    return f" of {', '.join(f'{{{{ $labels.{label} }}}}' for label in labels)}" if labels else ""
