"""General formats: addresses, versions, e-mail, subjects."""

import ipaddress
import re
from typing import Annotated

from quantacirc_cdk.limits.rule import Range, Rule, matching

DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"

_LABEL = re.compile(DNS_LABEL)
_TOKEN = re.compile(r"[A-Za-z0-9_-]+|\*")


def is_dns_name(text: str) -> bool:
    """Return whether ``text`` is a lower-case DNS name of at most 253 characters (RFC 1123)."""
    return len(text) <= 253 and all(_LABEL.fullmatch(label) for label in text.split("."))


def is_domain(text: str) -> bool:
    """Return whether ``text`` can be a public DNS zone: two or more labels, the last one not only of digits.

    https://www.rfc-editor.org/rfc/rfc3696#section-2
    """
    labels = text.split(".")
    return is_dns_name(text) and len(labels) > 1 and not labels[-1].isdigit()


DOMAIN = "a DNS name of two labels or more such as dev.example.com"
"""Expected format in messages about ``is_domain``."""


def _cidr(text: str) -> str | None:
    try:
        network = ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return "an IPv4 CIDR such as 10.20.0.0/16"
    if "/" not in text or str(network) != text:
        return f"an IPv4 CIDR without host bits, {network}"
    return None


def _subject(text: str) -> str | None:
    tokens = text.split(".")
    body = tokens[:-1] if tokens[-1] == ">" else tokens
    if not all(_TOKEN.fullmatch(token) for token in body) or not (body or text == ">"):
        return "a NATS subject such as work.tasks.* or work.events.>"
    return None


_RFC_1123 = "https://www.rfc-editor.org/rfc/rfc1123#page-13"

DnsName = Annotated[
    str,
    Rule(lambda text: None if is_dns_name(text) else "a DNS name such as dev.example.com (RFC 1123)", source=_RFC_1123),
]
Cidr = Annotated[str, Rule(_cidr, source="https://www.rfc-editor.org/rfc/rfc4632#section-3.1")]
PortNumber = Annotated[int, Range(1, 65535, source="https://www.rfc-editor.org/rfc/rfc6335#section-6")]
Subject = Annotated[str, Rule(_subject, source="https://docs.nats.io/nats-concepts/subjects")]
"""A NATS subject or pattern: words separated by dots, ``*`` for one word, ``>`` for all following words."""
_SEMANTIC = r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?"


def is_semantic(text: str) -> bool:
    """Return whether ``text`` is a semantic version."""
    return re.fullmatch(_SEMANTIC, text) is not None


SemVer = Annotated[
    str,
    matching(
        _SEMANTIC,
        "a semantic version such as 1.4.0 (https://semver.org)",
        source="https://semver.org",
    ),
]
Version = Annotated[
    str,
    matching(
        r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
        "a version such as 1.4.0, 2026.11.3 or v2-rc1: at most 63 letters, digits, dots, dashes and underscores",
        source="https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set",
    ),
]
"""A version in any scheme that labels and image tags allow."""
_ATOM, _HOST = r"[-A-Za-z0-9!#$%&'*+/=?^_`{|}~]+", r"[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
Email = Annotated[
    str,
    matching(
        rf"{_ATOM}(\.{_ATOM})*@({_HOST}\.)+{_HOST}",
        "an e-mail address",
        source="https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1",
    ),
]
VariableName = Annotated[
    str,
    matching(
        r"[A-Za-z_][A-Za-z0-9_]*",
        "an environment variable's name such as LOG_LEVEL",
        source="https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html",
    ),
]
"""The name of an environment variable that all shells and programs support."""
