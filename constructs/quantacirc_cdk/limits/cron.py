"""Schedules, as the parser reads them that Kubernetes and Velero use: https://pkg.go.dev/github.com/robfig/cron/v3."""

_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)},
    {name: n for n, name in enumerate("sun mon tue wed thu fri sat".split())},
)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MACROS = frozenset(("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"))


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
            for field, (low, high), names in zip(fields, _RANGES, _NAMES, strict=True)
            for part in field.split(",")
        )
    )
    return None if known else 'a cron schedule of five fields such as "15 2 * * *"'


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
