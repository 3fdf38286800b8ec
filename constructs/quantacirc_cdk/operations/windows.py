"""Change windows: the times at which an environment may be changed, by a pipeline, a person or Argo CD."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from quantacirc_cdk.errors import Problem
from quantacirc_cdk.limits.cron import Cron
from quantacirc_cdk.model.environment import ChangeWindow


def closed(windows: Sequence[ChangeWindow], environment: str) -> Problem | None:
    """Return the problem that no change window is open now; None if one is, or if there are none."""
    if is_open(windows, datetime.now(UTC)):
        return None
    what = f"no change window of {environment} is open; nothing was changed"
    return Problem(what=what, expected=f"{described(windows)}, or --emergency REASON")


def is_open(windows: Sequence[ChangeWindow], now: datetime) -> bool:
    """Return whether one of the windows is open at ``now``, a time with a time zone; true if there is none."""
    return not windows or any(_is_open(window, now) for window in windows)


def _is_open(window: ChangeWindow, now: datetime) -> bool:
    zone = ZoneInfo(window.time_zone)
    start = Cron(window.schedule).before(now.astimezone(zone).replace(tzinfo=None))
    return start is not None and now - start.replace(tzinfo=zone) < timedelta(hours=window.hours)


def described(windows: Sequence[ChangeWindow]) -> str:
    """Return the windows for a message."""
    return ", ".join(f'"{one.schedule}" for {one.hours} h ({one.time_zone})' for one in windows)


def as_shell(windows: Sequence[ChangeWindow]) -> str:
    """Return the windows for ``scripts/lib.sh``, which compares numbers only.

    ``MINUTES|HOURS|DAYS|MONTHS|WEEKDAYS|EITHER|LENGTH|ZONE`` for each, joined by ``;``: comma-separated numbers or
    ``*``, whether one of day and weekday is enough, and hours.
    """
    return ";".join(
        "|".join([*Cron(one.schedule).numbers(), str(Cron(one.schedule).either).lower(), str(one.hours), one.time_zone])
        for one in windows
    )
