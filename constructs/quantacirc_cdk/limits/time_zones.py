"""Names of time zones, from the release of the tz database that this library locks."""

from functools import cache
from importlib.resources import files

from quantacirc_cdk.errors import nearest

SOURCE = "https://www.iana.org/time-zones"


@cache
def names() -> frozenset[str]:
    """Return all names. The machine's database is not used, so that all machines accept the same names."""
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())


def refusal(name: str) -> str | None:
    """Return None for the name of a time zone, or else what was expected."""
    if name in names():
        return None
    return f"a time zone of the tz database such as Europe/Berlin: {nearest(name, names())}"
