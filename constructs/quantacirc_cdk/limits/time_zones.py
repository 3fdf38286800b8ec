"""The names of time zones: those of the tz database, in the release that this library is locked to."""

from functools import cache
from importlib.resources import files

from quantacirc_cdk.errors import nearest

SOURCE = "https://www.iana.org/time-zones"


@cache
def names() -> frozenset[str]:
    """Return every name; the machine's own database is not asked, so that every machine takes the same names."""
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())


def refusal(name: str) -> str | None:
    """Return None for the name of a time zone, or else what was expected."""
    if name in names():
        return None
    return f"a time zone of the tz database such as Europe/Berlin: {nearest(name, names())}"
