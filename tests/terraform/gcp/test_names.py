"""Names and sizes on Google Cloud."""

import pytest

from quantacirc_cdk.contract.names import service_account_id
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.gcp import database_tier, node_type
from quantacirc_cdk.terraform.gcp.names import labels


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [
        (4, 16, "n2-standard-4"),
        (4, 4, "n2-highcpu-4"),
        (4, 32, "n2-highmem-4"),
        (3, 1, "n2-highcpu-4"),
        (2, 64, "n2-highmem-8"),
        (97, 4, "n2-standard-128"),
        (97, 864, "n2-highmem-128"),
    ],
)
def test_the_smallest_machine_that_fits(cpu: int, memory: int, expected: str) -> None:
    assert node_type(cpu, memory) == expected


@pytest.mark.parametrize(
    ("cpu", "memory", "plus", "expected"),
    [
        (1, 2, False, "db-custom-1-3840"),
        (2, 4, False, "db-custom-2-4096"),
        (3, 8, False, "db-custom-4-8192"),
        (2, 32, False, "db-custom-6-32768"),
        (16, 4, False, "db-custom-16-14848"),
        (4, 16, True, "db-perf-optimized-N-4"),
        (2, 33, True, "db-perf-optimized-N-8"),
    ],
)
def test_the_smallest_tier_that_fits(cpu: int, memory: int, plus: bool, expected: str) -> None:
    assert database_tier(cpu, memory, plus=plus) == expected


@pytest.mark.parametrize("cpu", range(1, 97))
def test_every_tier_is_within_the_limits_of_cloud_sql(cpu: int) -> None:
    for memory in (1, 4, 16, 64, 256, 600):
        cores, mib = map(int, database_tier(cpu, memory, plus=False).split("-")[2:])
        assert cores == 1 or cores % 2 == 0
        assert mib % 256 == 0
        assert mib >= 3840
        assert 0.9 <= mib / 1024 / cores <= 6.5


def test_a_tier_that_does_not_exist_is_refused() -> None:
    with pytest.raises(PropsError, match="no Cloud SQL tier"):
        database_tier(96, 1000, plus=False)


def test_a_service_account_has_at_most_30_characters_and_a_name_of_its_own() -> None:
    assert service_account_id("quantacirc-dev", "nodes") == "quantacirc-dev-nodes"
    long, other = service_account_id("a" * 40, "nodes"), service_account_id("a" * 41, "nodes")
    assert len(long) == 30
    assert long != other


def test_tags_become_labels() -> None:
    assert labels({"Owner": "Me@Example.com"}) == {"owner": "me-example-com"}
