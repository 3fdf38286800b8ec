"""Versions as programs, clouds and databases write them."""

import pytest

from quantacirc_cdk.limits.kubernetes_releases import minor
from quantacirc_cdk.limits.versions import release


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.17.0", (3, 17, 0)),
        ("v1.34.10-gke.1000", (1, 34, 10)),
        ("POSTGRES_17", (17,)),
        ("Python 3.11.2", (3, 11, 2)),
        ("v4.0.0-rc.1", (4, 0, 0)),
        (17, (17,)),
        ("latest", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_the_release_numbers_are_read(text: object, expected: tuple[int, ...]) -> None:
    assert release(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("1.34", 34), ("v1.34.2-gke.1", 34), ("1.9", 9), ("2.1", 0), ("1", 0), ("latest", 0)]
)
def test_the_minor_version_of_kubernetes_is_read(text: str, expected: int) -> None:
    assert minor(text) == expected
