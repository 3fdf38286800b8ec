"""Which names of state buckets the clouds take."""

import pytest

from quantacirc_cdk.limits.state_buckets import refused_state_bucket


@pytest.mark.parametrize(
    ("cloud", "name", "taken"),
    [
        ("aws", "shop-prod-state", True),
        ("aws", "0-1", True),
        ("aws", "a" * 51, True),
        ("aws", "a" * 52, False),  # With -access-logs, it has 64 characters.
        ("aws", "-0o17", False),
        ("aws", "state-", False),
        ("aws", "Shop-state", False),
        ("aws", "shop.state", False),
        ("aws", "xn--state", False),
        ("aws", "shop-s3alias", False),
        ("aws", "shop--x-s3", False),
        ("gcp", "0-shop-state", True),
        ("gcp", "-shop", False),
        ("gcp", "goog-state", False),
        ("gcp", "my-google-state", False),
        ("gcp", "my-goog-state", True),
        ("azure", "shopstate", True),
        ("azure", "shop-state", False),
        ("azure", "a" * 25, False),
    ],
)
def test_a_name_is_taken_where_the_cloud_takes_it(cloud: str, name: str, taken: bool) -> None:
    assert (refused_state_bucket(cloud, name) is None) == taken
