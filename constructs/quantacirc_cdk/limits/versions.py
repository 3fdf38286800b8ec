"""Versions of programs and services, which write them in many ways: the only parser of them."""

import re

_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def release(text: object) -> tuple[int, ...]:
    """Return the release numbers of a version, without what follows them; empty for a text without a number.

    A comparison of two results is one of versions: a longer release is newer than its beginning.

        >>> release("v1.34.10-gke.1000"), release("POSTGRES_17"), release("2.0"), release("latest")
        ((1, 34, 10), (17,), (2, 0), ())
    """
    from packaging.version import Version

    found = _RELEASE.search(str(text))
    return Version(found[0]).release if found else ()
