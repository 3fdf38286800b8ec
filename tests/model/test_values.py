"""Each kind of text is accepted or refused as its standard says."""

import pytest
from pydantic import TypeAdapter, ValidationError

from quantacirc_cdk.model import values

GOOD: list[tuple[object, str]] = [
    (values.Name, "planner"),
    (values.Name, "a" * 63),
    (values.DnsName, "a.b-c.example"),
    (values.Cidr, "10.0.0.0/8"),
    (values.Quantity, "250m"),
    (values.Quantity, "1.5Gi"),
    (values.Bytes, "512Mi"),
    (values.Subject, "a.*.c"),
    (values.Subject, "a.>"),
    (values.Subject, ">"),
    (values.Cron, "*/5 0-6 1,15 jan-mar mon-fri"),
    (values.Cron, "@daily"),
    (values.Digest, "sha256:" + "0f" * 32),
    (values.SemVer, "1.0.0-rc.1+build"),
    (values.Registry, "localhost:5000/team"),
]
BAD: list[tuple[object, str]] = [
    (values.Name, "1st"),
    (values.Name, "a" * 64),
    (values.Name, "trailing-"),
    (values.Name, "line\n"),
    (values.DnsName, "a..b"),
    (values.Cidr, "10.0.0.0"),
    (values.Cidr, "10.0.0.1/8"),
    (values.Cidr, "::/0"),
    (values.Quantity, "0"),
    (values.Quantity, "1 Gi"),
    (values.Quantity, "-1"),
    (values.Bytes, "500m"),
    (values.Bytes, "12"),
    (values.Subject, "a.>.b"),
    (values.Subject, "a b"),
    (values.Subject, ""),
    (values.Cron, "* * * *"),
    (values.Cron, "60 * * * *"),
    (values.Cron, "5-1 * * * *"),
    (values.Cron, "*/0 * * * *"),
    (values.Cron, "@sometimes"),
    (values.Digest, "sha256:" + "0F" * 32),
    (values.SemVer, "01.0.0"),
    (values.Registry, "https://registry.example.com"),
]


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_good_values_are_kept_as_they_are(kind: object, text: str) -> None:
    assert TypeAdapter(kind).validate_python(text) == text


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_bad_values_are_refused(kind: object, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)
