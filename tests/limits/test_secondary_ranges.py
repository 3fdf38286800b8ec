"""Secondary ranges that a VPC takes beside its own."""

import pytest

from quantacirc_cdk.limits.secondary_ranges import refused_secondary_range


@pytest.mark.parametrize(
    ("cidr", "secondary"),
    [
        ("10.8.0.0/16", "100.64.0.0/16"),
        ("10.8.0.0/16", "100.127.240.0/20"),
        ("10.8.0.0/16", "10.9.0.0/16"),
        ("10.8.0.0/16", "10.0.0.0/16"),
        ("172.16.0.0/16", "172.30.0.0/16"),
        ("192.168.0.0/20", "192.168.64.0/18"),
        ("100.64.0.0/16", "100.65.0.0/16"),
        ("${var.cidr}", "100.64.0.0/16"),
    ],
)
def test_a_vpc_takes_shared_addresses_and_more_of_its_own_private_range(cidr: str, secondary: str) -> None:
    assert refused_secondary_range("aws", cidr, secondary) is None


@pytest.mark.parametrize(
    ("cidr", "secondary", "what"),
    [
        ("10.8.0.0/16", "172.16.0.0/16", "172.16.0.0/16, which a VPC of 10.8.0.0/16 does not take"),
        ("172.16.0.0/16", "10.8.0.0/16", "does not take"),
        ("10.1.0.0/16", "10.0.0.0/18", "10.0.0.0/18, a part of 10.0.0.0/16"),
        ("172.16.0.0/16", "172.31.0.0/16", "a part of 172.31.0.0/16"),
        ("100.64.0.0/16", "10.8.0.0/16", "does not take"),
        ("10.8.0.0/16", "198.19.0.0/16", "does not take"),
        ("10.8.0.0/16", "8.8.0.0/16", "does not take"),
        ("10.8.0.0/16", "100.64.0.0/10", "a /10"),
        ("10.8.0.0/16", "100.64.0.0/21", "a /21"),
    ],
)
def test_others_are_refused(cidr: str, secondary: str, what: str) -> None:
    refused = refused_secondary_range("aws", cidr, secondary)
    assert refused is not None
    assert what in refused[0]


def test_other_clouds_have_a_range_of_pods() -> None:
    assert refused_secondary_range("gcp", "10.8.0.0/16", "100.64.0.0/16") == (
        "a secondary range, which only AWS has",
        "none: pods have the addresses of `pod_cidr`",
    )
    assert refused_secondary_range("gcp", "10.8.0.0/16", None) is None
