"""Names and sizes as Azure takes them."""

import json
from collections.abc import Mapping

from quantacirc_cdk.errors import PropsError
from quantacirc_cdk.model.regions import PAIRS
from quantacirc_cdk.terraform.expressions import Number
from quantacirc_cdk.terraform.interface.rules import Rules

_CPUS = (2, 4, 8, 16, 32, 48, 64, 96)
_ARM_CPUS = 64
"""Cores of the largest general-purpose Arm size of the fifth generation."""
_STORAGE_GIB = (32, 64, 128, 256, 512, 1024, 2048, 4095, 8192, 16384, 32767)


def check_pair(rules: Rules, region: str, recovery_region: str | None, what: str) -> None:
    """Refuse a recovery region that is not where Azure copies ``what`` to by itself."""
    pair = PAIRS.get(region)
    if recovery_region and recovery_region != pair:
        expected = f"its pair, {pair}" if pair else f"none: {region} has no pair"
        rules.refuse("recovery_region", f"{recovery_region}, but Azure copies {what} to the paired region", expected)


def node_type(cpu: int, memory_gib: int, architecture: str = "amd64") -> str:
    """Return the smallest machine of the fifth generation with ``cpu`` cores and ``memory_gib``."""
    if architecture == "arm64":
        if cpu > _ARM_CPUS or memory_gib > _ARM_CPUS * 4:
            raise PropsError(f"no Arm size has {cpu} cores and {memory_gib} GiB; set the type by its name")
        return _smallest(cpu, memory_gib, {"Standard_D{}pls_v5": 2, "Standard_D{}ps_v5": 4})
    return _smallest(cpu, memory_gib, {"Standard_F{}s_v2": 2, "Standard_D{}s_v5": 4, "Standard_E{}s_v5": 8})


def database_sku(cpu: int, memory_gib: int, *, high_availability: bool) -> str:
    """Return the smallest PostgreSQL server with ``cpu`` cores and ``memory_gib``; a burstable one has no standby."""
    if cpu <= 2 and memory_gib <= 4 and not high_availability:
        return "B_Standard_B2s"
    return _smallest(cpu, memory_gib, {"GP_Standard_D{}ds_v5": 4, "MO_Standard_E{}ds_v5": 8})


def storage_mb(gib: int) -> int:
    """Return the smallest disk that PostgreSQL servers offer with ``gib``, in MiB."""
    if isinstance(gib, Number):
        steps = json.dumps(_STORAGE_GIB)
        return Number(f"[for step in {steps} : step * 1024 if step >= {gib.expression}][0]", 32768)
    fitting = next((step for step in _STORAGE_GIB if step >= gib), None)
    if fitting is None:
        raise PropsError(f"no disk of a PostgreSQL server has {gib} GiB, expected at most {_STORAGE_GIB[-1]}")
    return fitting * 1024


def _smallest(cpu: int, memory_gib: int, families: Mapping[str, int]) -> str:
    fitting = [
        (cpus, cpus * gib, form.format(cpus))
        for form, gib in families.items()
        for cpus in _CPUS
        if cpus >= cpu and cpus * gib >= memory_gib
    ]
    if not fitting:
        raise PropsError(f"no size has {cpu} cores and {memory_gib} GiB; set the type by its name")
    return min(fitting)[2]
