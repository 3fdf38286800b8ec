"""Cron schedules with the syntax of Kubernetes and Velero: https://pkg.go.dev/github.com/robfig/cron/v3."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)},
    {name: n for n, name in enumerate("sun mon tue wed thu fri sat".split())},
)
"""Names of numbers, for each field."""
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def _pattern_of(low: int, high: int, names: Iterable[str]) -> str:
    """Return the regular expression of one field: numbers or names, ranges and steps, separated by commas."""
    tens = [f"0*{ten or ''}[{max(low, 10 * ten) % 10}-{min(high, 10 * ten + 9) % 10}]" for ten in range(high // 10 + 1)]
    words = ["".join(f"[{letter}{letter.upper()}]" for letter in name) for name in names]
    number = f"({'|'.join([*tens, *words])})"
    steps = "|".join(str(step) for step in range(1, high + 1))
    part = rf"([*?]|{number}(-{number})?)(/0*({steps}))?"
    return f"{part}(,{part})*"


SCHEDULE = "|".join(
    [
        "|".join(_MACROS),
        r"\s*"
        + r"\s+".join(_pattern_of(low, high, names) for (low, high), names in zip(_RANGES, NAMES, strict=True))
        + r"\s*",
    ]
)
"""The regular expression of all schedules. It does not compare the ends of a range."""
_LONGEST_MONTHS = {month: 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31 for month in range(1, 13)}
_LONGEST_GAP_DAYS = 8 * 366
"""Maximum days between two starts: the 29th of February, around a year such as 2100."""


def schedule_refusal(text: str) -> str | None:
    """Return what was expected in place of a schedule, or None.

    ``@every 1h`` is refused, because its times depend on when the object was created, and ``TZ=``, because a CronJob
    has a field for the time zone.
    """
    fields = text.split()
    known = text in _MACROS or (
        len(fields) == 5
        and all(
            _fits(part, low, high, names)
            for field, (low, high), names in zip(fields, _RANGES, NAMES, strict=True)
            for part in field.split(",")
        )
    )
    if not known:
        return 'a cron schedule of five fields such as "15 2 * * *"'
    _, _, days, months, weekdays = _MACROS.get(text, text).split()
    first = min(_numbers(2, days))
    if weekdays[0] in "*?" and all(first > _LONGEST_MONTHS[month] for month in _numbers(3, months)):
        return f"a day that one of its months has: it never starts on day {first}"
    return None


def _fits(part: str, low: int, high: int, names: dict[str, int]) -> bool:
    span, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and 0 < int(step[:4]) <= high):
        return False
    if span in ("*", "?"):
        return True
    first, dash, last = span.partition("-")
    numbers = [
        names.get(end.lower(), int(end[:4]) if end.isascii() and end.isdigit() else -1) for end in (first, last) if end
    ]
    return len(numbers) == 1 + bool(dash) and all(low <= n <= high for n in numbers) and numbers == sorted(numbers)


@dataclass(frozen=True)
class Cron:
    """The times of a schedule. Raises ``ValueError`` for an invalid schedule (see ``schedule_refusal``)."""

    text: str

    def __post_init__(self) -> None:
        if schedule_refusal(self.text) is not None:
            raise ValueError(f"no schedule: {self.text}")

    @property
    def _fields(self) -> list[str]:
        return _MACROS.get(self.text, self.text).split()

    def times_of_day(self) -> list[int]:
        """Return the minutes of the day at which it starts, sorted."""
        minutes, hours = (_numbers(index, self._fields[index]) for index in (0, 1))
        return sorted(60 * hour + minute for hour in hours for minute in minutes)

    @property
    def either(self) -> bool:
        """Whether one of day of month and day of week is enough, because both are set."""
        _, _, days, _, weekdays = self._fields
        return not (days[0] in "*?" or weekdays[0] in "*?")

    def numbers(self) -> list[str]:
        """Return the numbers of each field, separated by commas; ``*`` for a field with all of them."""
        found = [sorted(_numbers(index, field)) for index, field in enumerate(self._fields)]
        return [
            "*" if len(numbers) == high - low + 1 else ",".join(map(str, numbers))
            for numbers, (low, high) in zip(found, _RANGES, strict=True)
        ]

    def on(self, day: date) -> bool:
        """Return whether it starts on a day. If day of month and day of week are both set, one match is enough."""
        _, _, days, months, weekdays = self._fields
        if day.month not in _numbers(3, months):
            return False
        fits = (day.day in _numbers(2, days), day.isoweekday() % 7 in _numbers(4, weekdays))
        return any(fits) if self.either else all(fits)

    def starts(self, first: date, days: int) -> Iterator[datetime]:
        """Yield its starts on a number of days, without a time zone."""
        times = self.times_of_day()
        for day in (first + timedelta(days=number) for number in range(days)):
            if self.on(day):
                yield from (datetime(day.year, day.month, day.day, *divmod(minute, 60)) for minute in times)

    def before(self, moment: datetime) -> datetime | None:
        """Return the last start at or before a moment without a time zone; None if there is none."""
        times = self.times_of_day()
        for number in range(_LONGEST_GAP_DAYS):
            day = moment.date() - timedelta(days=number)
            if self.on(day):
                for minute in reversed(times):
                    start = datetime(day.year, day.month, day.day, *divmod(minute, 60))
                    if start <= moment:
                        return start
        return None

    def shortest_interval(self) -> int:
        """Return the minimum seconds between two starts, as if it ran every day."""
        times = self.times_of_day()
        return 60 * min(later - earlier for earlier, later in zip(times, [*times[1:], times[0] + 1440], strict=True))


def _numbers(index: int, text: str) -> set[int]:
    """Return the numbers of a valid field."""
    low, high = _RANGES[index]
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span in ("*", "?"):
            start, end = low, high
        else:
            start = _number(index, first)
            end = _number(index, last) if dash else high if slash else start
        found.update(range(start, end + 1, int(step) if slash else 1))
    return found


def _number(index: int, text: str) -> int:
    names = NAMES[index]
    return names[text.lower()] if text.lower() in names else int(text)
