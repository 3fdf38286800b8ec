"""Names and sizes on Azure."""

import re

import pytest

from quantacirc_cdk.contract import unique_name
from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.limits.azure import database_sku, node_type
from quantacirc_cdk.model.regions import AZURE, PAIRS
from quantacirc_cdk.terraform.azure.names import storage_mb


@pytest.mark.parametrize(
    ("cpu", "memory", "expected"),
    [
        (4, 16, "Standard_D4s_v5"),
        (4, 8, "Standard_F4s_v2"),
        (4, 32, "Standard_E4s_v5"),
        (2, 64, "Standard_E8s_v5"),
        (72, 144, "Standard_F72s_v2"),
        (73, 144, "Standard_D96s_v5"),
        (64, 672, "Standard_E96s_v5"),
    ],
)
def test_the_smallest_machine_that_fits(cpu: int, memory: int, expected: str) -> None:
    assert node_type(cpu, memory) == expected


def test_the_smallest_server_that_fits() -> None:
    assert database_sku(4, 16, burstable=False) == "GP_Standard_D4ds_v5"
    assert database_sku(4, 32, burstable=True) == "MO_Standard_E4ds_v5"


@pytest.mark.parametrize(("gib", "offered"), [(20, 32), (32, 32), (33, 64), (4000, 4095)])
def test_disks_come_in_steps(gib: int, offered: int) -> None:
    assert storage_mb(gib) == offered * 1024


def test_a_disk_that_is_too_large_is_refused() -> None:
    with pytest.raises(PropsError, match="at most 32767"):
        storage_mb(32768)


def test_names_fit_and_differ_between_subscriptions() -> None:
    one, other = (unique_name("quantacirc-staging-keys", account, 24) for account in ("a", "b"))
    assert one != other
    assert re.fullmatch(r"quantacirc-stagin-[0-9a-f]{6}", one)
    assert unique_name("a-b_C", "x", 24, dashes=False).startswith("abc")


def test_every_pair_is_of_regions_that_exist_and_differ() -> None:
    for region, pair in PAIRS.items():
        assert region in AZURE
        assert pair in AZURE
        assert region != pair
