"""Version of a chart: Helm requires a semantic version (https://semver.org) for software with any version scheme."""

import re

from quantacirc_cdk.limits.formats import is_semantic

_NUMBERS = re.compile(r"[vV]?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:[._-](.+))?")


def semantic(version: str) -> str:
    """Return ``version`` if it is semantic, else the nearest semantic version.

    >>> semantic("2026.04"), semantic("v1.2.3-rc.1"), semantic("2026.11.28.2"), semantic("nightly")
    ('2026.4.0', '1.2.3-rc.1', '2026.11.28-2', '0.0.0-nightly')
    """
    if is_semantic(version):
        return version
    found = _NUMBERS.fullmatch(version)
    if found is None:
        return f"0.0.0-{_identifiers(version)}"
    numbers = ".".join(str(int(number or "0")) for number in found.groups()[:3])
    return f"{numbers}-{_identifiers(found[4])}" if found[4] else numbers


def has_numbers(version: str) -> bool:
    """Return whether a version begins with numbers, as that of a chart does.

    >>> has_numbers("2026.04"), has_numbers("nightly")
    (True, False)
    """
    return is_semantic(version) or _NUMBERS.fullmatch(version) is not None


def _identifiers(text: str) -> str:
    """Return a text as pre-release identifiers of a semantic version, without leading zeros in numbers."""
    parts = [part for part in re.split(r"[^0-9A-Za-z-]+", text) if part]
    return ".".join(str(int(part)) if part.isdigit() else part for part in parts) or "0"
