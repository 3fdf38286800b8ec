"""The kinds of text a model holds, each refused with what was expected and why."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from quantacirc_cdk.units import parse_quantity


def expected(what: str) -> PydanticCustomError:
    """Return the error a validator raises: the value is named by the reader, ``what`` says what was expected."""
    return PydanticCustomError("expected", "{expected}", {"expected": what})


_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBJECT_TOKEN = re.compile(r"[A-Za-z0-9_-]+|\*")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_ENV_VAR = re.compile(r"[A-Z_][A-Z0-9_]*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_REPOSITORY = re.compile(r"[a-z0-9]+([._/-]{1,2}[a-z0-9]+)*")
_REGISTRY = re.compile(r"[a-zA-Z0-9.-]+(:[0-9]{1,5})?(/[a-z0-9._/-]*[a-z0-9])?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def _name(value: str) -> str:
    if not _LABEL.fullmatch(value):
        raise expected("a name of at most 63 lower-case letters, digits and dashes, starting with a letter (RFC 1035)")
    return value


def _dns_name(value: str) -> str:
    if len(value) > 253 or not all(_DNS_LABEL.fullmatch(label) for label in value.split(".")):
        raise expected("a DNS name such as dev.example.com (RFC 1123)")
    return value


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        raise expected("an IPv4 CIDR such as 10.20.0.0/16") from None
    if "/" not in value or str(network) != value:
        raise expected(f"an IPv4 CIDR without host bits, {network}")
    return value


def _quantity(value: str) -> str:
    try:
        amount = parse_quantity(value)
    except ValueError:
        raise expected("a Kubernetes quantity such as 250m, 512Mi or 1.5Gi") from None
    if amount == 0:
        raise expected("a quantity above zero")
    return value


def _bytes(value: str) -> str:
    if value.endswith("m") or parse_quantity(_quantity(value)) < 1024:
        raise expected("a size in bytes with a unit, such as 512Mi or 10Gi")
    return value


def _matches(pattern: re.Pattern[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise expected(what)
        return value

    return AfterValidator(check)


def _subject(value: str) -> str:
    tokens = value.split(".")
    body = tokens[:-1] if tokens[-1] == ">" else tokens
    if not all(_SUBJECT_TOKEN.fullmatch(token) for token in body) or not (body or value == ">"):
        raise expected("a NATS subject such as work.tasks.* or work.events.>")
    return value


_CRON_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)},
    {name: n for n, name in enumerate("sun mon tue wed thu fri sat".split())},
)
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_CRON_MACROS = {"@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"}


def _cron(value: str) -> str:
    """Check a schedule as Kubernetes' own parser does (https://pkg.go.dev/github.com/robfig/cron/v3)."""
    fields = value.split()
    if value in _CRON_MACROS:
        return value
    known = len(fields) == 5 and all(
        _cron_part(part, low, high, names)
        for field, (low, high), names in zip(fields, _CRON_RANGES, _CRON_NAMES, strict=True)
        for part in field.split(",")
    )
    if not known:
        raise expected('a cron schedule of five fields such as "15 2 * * *"')
    return value


def _cron_part(part: str, low: int, high: int, names: dict[str, int]) -> bool:
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


Name = Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": f"^{_LABEL.pattern}$"})]
"""A name usable as a Kubernetes Service name: an RFC 1035 label."""
DnsName = Annotated[str, AfterValidator(_dns_name)]
Cidr = Annotated[str, AfterValidator(_cidr)]
Quantity = Annotated[str, AfterValidator(_quantity)]
Bytes = Annotated[str, AfterValidator(_bytes)]
Subject = Annotated[str, AfterValidator(_subject)]
Cron = Annotated[str, AfterValidator(_cron)]
Digest = Annotated[
    str,
    _matches(_DIGEST, "sha256: and 64 hexadecimal digits"),
    Field(json_schema_extra={"pattern": f"^{_DIGEST.pattern}$"}),
]
SemVer = Annotated[str, _matches(_SEMVER, "a semantic version such as 1.4.0 (https://semver.org)")]
EnvVarName = Annotated[str, _matches(_ENV_VAR, "an environment variable's name such as LOG_LEVEL")]
EnvVarPrefix = Annotated[str, _matches(re.compile(r"[A-Z][A-Z0-9_]*_"), "a prefix such as APP_")]
Email = Annotated[str, _matches(_EMAIL, "an e-mail address")]
Registry = Annotated[str, _matches(_REGISTRY, "a registry such as registry.example.com/team, without a scheme")]
Repository = Annotated[str, _matches(_REPOSITORY, "an image repository such as team/app")]
Tag = Annotated[str, _matches(_TAG, "an image tag")]
Port = Annotated[int, Field(ge=1, le=65535)]
Percent = Annotated[int, Field(ge=1, le=100)]
HttpPath = Annotated[str, _matches(re.compile(r"/[-A-Za-z0-9._~/]*"), "a path that starts with a slash")]
KubernetesVersion = Annotated[
    str, _matches(re.compile(r"1\.(2[7-9]|3\d)"), 'a Kubernetes minor version such as "1.34"')
]
