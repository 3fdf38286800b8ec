"""The Services of a namespace that a text names as hosts: in URLs, before a port, with their namespace, or alone."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

_POD = r"(?:[a-z0-9][-a-z0-9]*-[0-9]+\.)?"
_SERVICE = r"([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)"
_DOMAIN = r"\.svc(?:\.[a-z0-9-]+)*"
_HOST_KEY = re.compile(r"(?i)(.*[_.-])?(host|hostname|server|address|addr|endpoint|bootstrap_?servers|brokers?)")
"""Name of a variable or a key whose whole value can be a host."""


_IN_A_NAMESPACE = re.compile(rf"(?<![\w.-]){_POD}{_SERVICE}\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.svc(?![\w-])")


@dataclass(frozen=True)
class Host:
    """A Service in a text."""

    service: str
    start: int
    """Where its name begins."""
    end: int
    """Where its name ends."""
    qualified: bool
    """Whether its namespace follows."""


def is_host_key(name: str) -> bool:
    """Return whether a variable or key of this name can be a host as a whole."""
    return _HOST_KEY.fullmatch(name) is not None


def hosts(text: str, services: Collection[str], namespace: str, *, alone: bool = False) -> Iterator[Host]:
    """Yield the ``services`` of ``namespace`` that a text names as hosts, in order.

    ``alone`` says whether the whole text can be a host. A port has four digits or is 80 or 443, so that the tag of an
    image is none.
    """
    found: dict[int, Host] = {}
    for pattern in (*_patterns(namespace), *([_alone(namespace)] if alone else [])):
        for match in pattern.finditer(text):
            if match[1] in services:
                found[match.start(1)] = Host(match[1], match.start(1), match.end(1), qualified=bool(match[2]))
    yield from (found[start] for start in sorted(found))


def elsewhere(text: str, services: Collection[str], namespace: str) -> Iterator[tuple[str, str]]:
    """Yield the ``services`` that a text names in another namespace, each with that namespace."""
    for match in _IN_A_NAMESPACE.finditer(text):
        if match[1] in services and match[2] != namespace:
            yield match[1], match[2]


def qualified(text: str, services: Collection[str], namespace: str, *, alone: bool = False) -> str:
    """Return a text in which these hosts have their namespace, for pods of another one, whatever the cluster domain."""
    for host in reversed(list(hosts(text, services, namespace, alone=alone))):
        if not host.qualified:
            text = f"{text[: host.end]}.{namespace}.svc{text[host.end :]}"
    return text


@cache
def _patterns(namespace: str) -> tuple[re.Pattern[str], ...]:
    space = _space(namespace)
    port = r":(?:[0-9]{4,5}|80|443)(?![\w.-])"
    return (
        re.compile(rf"[a-z][a-z0-9+.-]*://(?:[^\s/\"'@]*@)?{_POD}{_SERVICE}{space}?(?=[:/?#,;\s\"']|\Z)"),
        re.compile(rf"(?<![\w./:$-]){_POD}{_SERVICE}{space}?(?={port})"),
        re.compile(rf"(?<![\w./:$-]){_POD}{_SERVICE}(\.{re.escape(namespace)}{_DOMAIN})(?![\w-])"),
        re.compile(rf"(?<=\bhost=){_POD}{_SERVICE}{space}?(?![\w.-])"),
    )


@cache
def _alone(namespace: str) -> re.Pattern[str]:
    return re.compile(rf"\A\s*{_POD}{_SERVICE}{_space(namespace)}?\s*\Z")


def _space(namespace: str) -> str:
    return rf"(\.{re.escape(namespace)}(?:{_DOMAIN})?)"
