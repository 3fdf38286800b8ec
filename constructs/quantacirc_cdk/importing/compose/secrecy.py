"""Decide which variables of `.env` a project may contain: settings, whose values it needs as they are."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from quantacirc_cdk.importing.compose.shell import names_in

FREE = frozenset({"annotations", "command", "entrypoint", "environment", "labels"})
"""Keys of a service whose texts can contain passwords; the test of `healthcheck` is another."""
_SETTING = re.compile(r"(?i)(?:^|_)(?:domain|host|hostname|image|port|tag|version)$")
"""Ends of the names of variables that are settings wherever they are used."""
_SECRET = re.compile(
    r"(?i)(?:^|_)(?:auth|credentials?|dsn|(?:[a-z]*key)|pass|passphrase|passwd|password|pin|pw|pwd|salt|secret|token)$"
)
"""Ends of the names of variables that are secrets wherever they are used."""


def hidden(values: Mapping[str, str], services: Iterable[Any], read: Collection[str]) -> frozenset[str]:
    """Return the names of the variables with ``values`` that a project must not contain.

    A setting has a name such as ``VERSION`` or ``WEB_PORT``, or is in a key of a service in which Kubernetes needs the
    value itself: an image, a port, a path, a number. ``read`` are the keys that the import reads.
    """
    used = {name for service in services for text in _needed(service, read) for name in names_in(text)}
    return frozenset(name for name in values if _SECRET.search(name) or not (name in used or _SETTING.search(name)))


def _needed(service: Any, read: Collection[str]) -> Iterator[str]:
    """Yield the texts of a service that Kubernetes needs as they are."""
    for key, value in service.items() if isinstance(service, dict) else ():
        if key == "healthcheck" and isinstance(value, dict):
            value = {name: one for name, one in value.items() if name != "test"}
        if key in read and key not in FREE:
            yield from _texts(value)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
