"""A chart has a semantic version, whatever the version of what it installs is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantacirc_cdk.helm.chart_version import semantic
from quantacirc_cdk.limits.formats import is_semantic


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.4.0", "1.4.0"),
        ("1.4.0-rc.1", "1.4.0-rc.1"),
        ("v4.5.0-rc.1", "4.5.0-rc.1"),
        ("2026.11.3", "2026.11.3"),
        ("2026.04.01", "2026.4.1"),
        ("24.04", "24.4.0"),
        ("20261128", "20261128.0.0"),
        ("2026.11.28.07", "2026.11.28-7"),
        ("RELEASE.2026-11-28T10-00-00Z", "0.0.0-RELEASE.2026-11-28T10-00-00Z"),
        ("nightly", "0.0.0-nightly"),
        ("9e107d9", "0.0.0-9e107d9"),
    ],
)
def test_the_nearest_semantic_version(version: str, expected: str) -> None:
    assert semantic(version) == expected


@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", fullmatch=True))
def test_it_is_semantic_whatever_the_version_is(version: str) -> None:
    assert is_semantic(semantic(version))
