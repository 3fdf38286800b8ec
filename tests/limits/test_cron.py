"""When a schedule starts, as the parser of Kubernetes reads it."""

from datetime import date, datetime

import pytest

from quantacirc_cdk.limits.cron import Cron

SUNDAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("0 3 * * *", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("0 3 * * 0", [1, 8]),
        ("0 3 1 * *", [1]),
        ("0 3 2 * mon,wed", [2, 4]),  # either is enough where both are given
        ("0 3 */2 * 0", [1]),  # a star with a step is a star: both have to fit, and the 8th is even
        ("0 3 5-7 mar *", [5, 6, 7]),
        ("@weekly", [1, 8]),
        ("0 3 * feb *", []),
    ],
)
def test_the_days_on_which_it_starts(text: str, days: list[int]) -> None:
    assert [start.day for start in Cron(text).starts(SUNDAY, 8)] == days


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("*/15 * * * *", 900), ("0,50 * * * *", 600), ("0 3 * * *", 86400), ("5/20 1 * * *", 1200), ("* * * * *", 60)],
)
def test_the_shortest_time_between_two_starts(text: str, seconds: int) -> None:
    assert Cron(text).shortest_interval() == seconds


def test_the_last_start_before_a_moment() -> None:
    moment = datetime(2026, 3, 1, 2, 59)
    assert Cron("0 3 * * *").before(moment) == datetime(2026, 2, 28, 3, 0)
    assert Cron("0 0 29 2 *").before(moment) == datetime(2024, 2, 29)


def test_what_is_no_schedule_has_no_times() -> None:
    with pytest.raises(ValueError, match="every 1h"):
        Cron("@every 1h")
