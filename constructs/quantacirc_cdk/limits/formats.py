"""General formats: addresses, versions, e-mail, subjects."""

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

from quantacirc_cdk.limits import go_pattern
from quantacirc_cdk.limits.rule import Range, Rule, matching

DNS_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"

_LABEL = re.compile(DNS_LABEL)
_TOKEN = re.compile(r"[A-Za-z0-9_-]+|\*")


_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_HEX = "[0-9a-fA-F]{1,4}"
IPV4 = rf"({_OCTET}\.){{3}}{_OCTET}"
IPV6 = "|".join(
    [
        f"({_HEX}:){{7}}{_HEX}",
        *(f"({_HEX}:){{1,{7 - after}}}(:{_HEX}){{{after}}}" for after in range(1, 7)),
        f":(:{_HEX}){{1,7}}",
        f"({_HEX}:){{1,7}}:",
        "::",
    ]
)
"""An address without a zone and without an address of IPv4 inside
(https://www.rfc-editor.org/rfc/rfc4291#section-2.2). Each form but the first has a gap of zeros at another place.
"""
CIDR = rf"{IPV4}/(3[0-2]|[12]?[0-9])"
CIDR6 = rf"({IPV6})/(12[0-8]|1[01][0-9]|[1-9]?[0-9])"


def is_dns_name(text: str) -> bool:
    """Return whether ``text`` is a lower-case DNS name of at most 253 characters (RFC 1123)."""
    return len(text) <= 253 and all(_LABEL.fullmatch(label) for label in text.split("."))


NAME_OF_KEY = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
"""The key of a label, without its prefix."""
HUGE_PAGES = "hugepages-[1-9][0-9]*[KMGT]i"
"""The resource of huge pages of one size."""
SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_SUBDOMAIN = re.compile(SUBDOMAIN)


def is_subdomain(text: str) -> bool:
    """Return whether ``text`` is what Kubernetes calls a DNS subdomain: the format of a DNS name, with labels of any
    length up to the 253 characters of the whole.

    https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go
    """
    return len(text) <= 253 and _SUBDOMAIN.fullmatch(text) is not None


def is_domain(text: str) -> bool:
    """Return whether ``text`` can be a public DNS zone: two or more labels, the last one not only of digits.

    https://www.rfc-editor.org/rfc/rfc3696#section-2
    """
    labels = text.split(".")
    return is_dns_name(text) and len(labels) > 1 and not labels[-1].isdigit()


DOMAIN = "a DNS name of two labels or more such as dev.example.com"
"""Expected format in messages about ``is_domain``."""


def _cidr_refusal(text: str, read: Callable[..., Any], words: str, examples: str) -> str | None:
    try:
        network = read(text, strict=False)
    except ValueError:
        return f"{words} such as {examples}"
    if "/" not in text or str(network) != text:
        return f"{words} without host bits, {network}"
    return None


def _cidr(text: str) -> str | None:
    return _cidr_refusal(text, ipaddress.IPv4Network, "an IPv4 CIDR", "10.20.0.0/16")


def _addresses(text: str) -> str | None:
    return _cidr_refusal(text, ipaddress.ip_network, "a CIDR", "10.20.0.0/16 or 2001:db8::/32")


def _subject(text: str) -> str | None:
    tokens = text.split(".")
    body = tokens[:-1] if tokens[-1] == ">" else tokens
    if not all(_TOKEN.fullmatch(token) for token in body) or not (body or text == ">"):
        return "a NATS subject such as work.tasks.* or work.events.>"
    return None


_RFC_1123 = "https://www.rfc-editor.org/rfc/rfc1123#page-13"

DnsName = Annotated[
    str,
    Rule(
        lambda text: None if is_dns_name(text) else "a DNS name such as dev.example.com (RFC 1123)",
        source=_RFC_1123,
        keywords={"maxLength": 253, "pattern": rf"^{DNS_LABEL}(\.{DNS_LABEL})*$"},
    ),
]
Cidr = Annotated[
    str, Rule(_cidr, source="https://www.rfc-editor.org/rfc/rfc4632#section-3.1", keywords={"pattern": f"^{CIDR}$"})
]
AddressRange = Annotated[
    str,
    Rule(
        _addresses,
        source="https://www.rfc-editor.org/rfc/rfc4291#section-2.3",
        keywords={"pattern": f"^({CIDR}|{CIDR6})$"},
    ),
]
"""Addresses of IPv4, as in ``Cidr``, or of IPv6."""
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
Day = Annotated[
    str,
    matching(
        r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
        "a day such as 2026-12-24",
        source="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
    ),
]
Month = Annotated[
    str,
    matching(
        r"[0-9]{4}-(0[1-9]|1[0-2])",
        "a month such as 2026-12",
        source="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
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

_URL = "https://www.rfc-editor.org/rfc/rfc3986#section-3"

ProjectPath = Annotated[
    str,
    matching(
        r"[^/\x00][^\x00]*",
        "a relative path such as files/app.yaml",
        source="https://www.rfc-editor.org/rfc/rfc3986#section-4.2",
        schema=True,
    ),
]
JsonPointer = Annotated[
    str,
    matching(
        r"(/([^~/]|~[01])*)+",
        "a JSON pointer such as /spec/replicas, with ~1 for a slash in a key",
        source="https://www.rfc-editor.org/rfc/rfc6901#section-3",
        schema=True,
    ),
]
HttpsAddress = Annotated[
    str, matching(r"https://[^\s'\"]+", "an address such as https://docs.example/runbooks", source=_URL, schema=True)
]
_PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
HttpAddress = Annotated[
    str,
    matching(
        rf"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?)(:{_PORT})?(/[^\s'\"]*)?",
        "an address such as https://s3.example or http://minio:9000",
        source=_URL,
        schema=True,
    ),
]


def port_of(address: str) -> int:
    """Return the port of an ``HttpAddress``: its own, or that of its scheme."""
    found = urlsplit(address)
    return found.port or (443 if found.scheme == "https" else 80)


GitAddress = Annotated[
    str,
    matching(
        r"https://[^\s'\"/@]+(/[^\s'\"]*)?|ssh://[^\s'\"]+|git@[^\s'\":/]+:[^\s'\"]+",
        "an address such as https://git.example/shop.git without credentials, ssh://git@… or git@git.example:shop.git",
        source="https://git-scm.com/docs/git-clone#_git_urls",
        schema=True,
    ),
]
Branch = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9._/-]*",
        "a branch such as main or release/1.x",
        source="https://git-scm.com/docs/git-check-ref-format",
        schema=True,
    ),
]
ChartAddress = Annotated[
    str,
    matching(
        r"oci://[a-z0-9][a-z0-9.:-]*(/[a-z0-9][a-z0-9._-]*)+",
        "an address such as oci://registry.example/charts/keda: only a chart in a registry has a digest",
        source="https://helm.sh/docs/topics/registries/",
        schema=True,
    ),
]
ChartVersion = Annotated[
    str,
    matching(
        r"v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?",
        "the version of a chart such as 1.14.3",
        source="https://helm.sh/docs/topics/charts/#charts-and-versioning",
        schema=True,
    ),
]
SlackChannel = Annotated[
    str,
    matching(
        r"[a-z0-9]+([_-][a-z0-9]+)*",
        "the name of a channel such as deployments, in lower case and without #",
        source="https://slack.com/help/articles/201402297-Create-a-channel",
        longest=80,
        schema=True,
    ),
]
PullRequestLabel = Annotated[
    str,
    matching(
        r"[A-Za-z0-9](?:[A-Za-z0-9 ._:/-]*[A-Za-z0-9])?",
        "the name of a label such as preview, of letters, digits and ` ._:/-`",
        source="https://docs.github.com/en/issues/using-labels-and-milestones-to-track-work/managing-labels",
        longest=50,
        schema=True,
    ),
]
MetricName = Annotated[
    str,
    matching(
        r"[a-zA-Z_:][a-zA-Z0-9_:]*",
        "the name of a metric such as http_requests_total",
        source="https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels",
        schema=True,
    ),
]
MetricLabel = Annotated[
    str,
    matching(
        r"[a-zA-Z_][a-zA-Z0-9_]*",
        "the label of a metric such as code",
        source="https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels",
        schema=True,
    ),
]


_PATTERN = matching(
    r"[A-Za-z0-9_.|*+()/ -]+",
    "a regular expression such as 5.. or timeout|refused, of letters, digits, blanks and _.|*+()/-",
    source="https://prometheus.io/docs/prometheus/latest/querying/basics/#time-series-selectors",
    longest=200,
)


def _pattern_refusal(text: str) -> str | None:
    if expected := _PATTERN.refusal(text):
        return expected
    if reason := go_pattern.refusal(text):
        return f"a regular expression without errors ({reason})"
    return None


LabelPattern = Annotated[
    str,
    Rule(_pattern_refusal, source=_PATTERN.source, schema={"pattern": r"^[A-Za-z0-9_.|*+()/ -]+$", "maxLength": 200}),
]
